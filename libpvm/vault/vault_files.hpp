// SPDX-License-Identifier: Apache-2.0
// The files of a vault, and copies of it: looked at before they are opened, made in private, put in place, synced.
// Floor: vault.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/system/safe_file.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::vault {

inline constexpr std::string_view k_vault_name = "vault.db";
/// What SQLite puts beside a database, and believes where it finds it.
inline constexpr std::array<std::string_view, 3> k_beside = {"-wal", "-shm", "-journal"};

[[nodiscard]] system::Guard guard_of(Sharing sharing);

/// The real path of the state directory, checked. Errors: missing (hint: pvmctl init); unsafe; io.
[[nodiscard]] base::Result<std::string> checked_state_directory(const std::string& directory, system::Guard guard);
/// The vault's own file must be there and sound; those that SQLite puts beside it may be missing. `path`: a real path.
/// Errors: missing (hint: pvmctl init); unsafe; io.
[[nodiscard]] base::Result<void> check_vault_files(const std::string& path, system::Guard guard);

/// Whether there is anything of that name, a dangling symlink too.
[[nodiscard]] bool is_there(const std::string& path);
[[nodiscard]] base::Result<void> sync_directory(const std::string& path);
/// REQUIRES: no connection of this process has the file open (closing it would drop the locks).
[[nodiscard]] base::Result<void> sync_file(const std::string& path);

/// Renames, and never over anything. Errors: exists; as errno says.
[[nodiscard]] base::Result<void> rename_to_new(const std::string& from, const std::string& to);

/// "PATH.KIND-20261121T093000Z", with "-2", "-3" and so on after it where there is something of that name already.
[[nodiscard]] std::string dated_name(const std::string& path, std::string_view kind, base::UnixTime now);

/// Where copies of the vault in `directory` are made before they get their names: within it; where a group shares it,
/// above it, since members could put another directory in the place of a private one. The same file system, so that a
/// rename leads from one to the other. `directory`: a real path. Errors: unsafe (shared, and we are not root; a mount
/// point); as errno says.
[[nodiscard]] base::Result<std::string> place_for_copies(const std::string& directory, Sharing sharing);

/// Whether a directory was judged by checked_state_directory, where a group may write in what it shares; or is any,
/// and is fit only where nobody but root and us can swap what is in it.
enum class ParentIs { checked, unknown };

/// A directory of our own (0700) within another, for a database that nobody else is to know of yet. It goes with the
/// object, and the database in it. Where that could not happen (kill -9), remove_leftovers does it: a directory
/// that is in use is locked (flock).
class PrivateDirectory {
 public:
  /// `parent`: a real path. Errors: missing, unsafe, full, io.
  [[nodiscard]] static base::Result<PrivateDirectory> make(const std::string& parent, ParentIs state);
  PrivateDirectory(PrivateDirectory&&) = default;
  PrivateDirectory& operator=(PrivateDirectory&&) = delete;
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  ~PrivateDirectory();

  /// Real path of the database in it, which is not there yet.
  [[nodiscard]] std::string database() const { return path_ + "/" + std::string(k_vault_name); }

  /// Gives the database to the group of `parent`, to read and write (0660). The file is found from the directory that
  /// was made, not by its path, and is touched only where it is ours alone. REQUIRES: as sync_file. Errors: unsafe; io.
  [[nodiscard]] base::Result<void> share_database(const std::string& parent) const;

 private:
  PrivateDirectory(std::string path, base::Descriptor directory)
      : path_(std::move(path)), directory_(std::move(directory)) {}
  std::string path_;
  base::Descriptor directory_;
};

/// Takes away what a killed process left in `parent`; what is in use, or is not ours, stays. Best effort.
void remove_leftovers(const std::string& parent);

/// Held while files of the vault are moved, by one process at a time. Errors: busy, after about 1.6 s.
[[nodiscard]] base::Result<base::Descriptor> lock_directory(const std::string& path);

}  // namespace pvm::vault
