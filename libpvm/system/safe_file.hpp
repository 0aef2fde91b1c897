// SPDX-License-Identifier: Apache-2.0
// Files and directories that others must not be able to change or swap under us. Floor: system.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/result.hpp"

namespace pvm::system {

/// Who may own a thing, and what its mode must not allow.
enum class Guard {
  own_private,   ///< owned by us, nothing for group and others (state directory 0700, vault file 0600)
  own_or_root,   ///< owned by us or root, not writable by group and others (trust files); where this user namespace maps
                 ///< no root, by the overflow user, whom root's files seem to belong to there
  root_only,     ///< owned by root, not writable by group and others (/etc/pvm and what is in it)
  group_shared,  ///< root's, and a group's to read and write, nothing for others: a vault that is shared (2770, 0660)
  group_made,    ///< as group_shared, of any owner: a file that a member of the group made beside such a vault
};

/// The real path of directory `path` (symlinks resolved), after checking the directory against `guard` and
/// every parent: owned by root or us (root_only, group_shared: by root), not writable by group or others unless sticky.
/// group_shared also wants the setgid bit, no sticky bit, and that we are of that group.
/// Errors: missing; unsafe, naming the path at fault, what is wrong and the chmod or chown that mends it; io.
[[nodiscard]] base::Result<std::string> checked_directory(const std::string& path, Guard guard);

/// Checks that `path` is a regular file with one link, and `guard`; does not follow a symlink and does not
/// open it (opening and closing a database file beside SQLite would drop its locks). group_shared and group_made also
/// want the group that its directory has, and that the whole group can read and write it: so a file that somebody
/// moved or linked there is one that they could write as it was.
/// Errors: missing; unsafe; io.
[[nodiscard]] base::Result<void> check_file(const std::string& path, Guard guard);

/// A regular file (not a symlink), opened to be read and then checked, so that it cannot be swapped in between. Never
/// blocks on a FIFO. Errors: missing; unsafe; io.
[[nodiscard]] base::Result<base::Descriptor> open_checked_file(const std::string& path, Guard guard);

/// The contents of a regular file (not a symlink), checked by descriptor so that it cannot be swapped in
/// between. Never blocks on a FIFO. Errors: missing; unsafe; limit (over max_bytes); io.
[[nodiscard]] base::Result<std::string> read_checked_file(const std::string& path, Guard guard,
                                                          std::size_t max_bytes);

/// Writes a new file with `mode`, syncs it and renames it over `path`, then syncs the directory; so `path`
/// always holds the old or the new text, whole. Errors: as errno says.
[[nodiscard]] base::Result<void> write_file_atomically(const std::string& path, std::string_view text,
                                                       mode_t mode);

/// Creates `path` and missing parents with mode 0700. Errors: as errno says.
[[nodiscard]] base::Result<void> make_private_directories(const std::string& path);

/// Refuses a directory on a network or FUSE file system, where SQLite's WAL has no shared memory to rely on.
/// Errors: unsafe, naming the kind of file system; missing; io.
[[nodiscard]] base::Result<void> check_local_file_system(const std::string& path);

/// Refuses a directory where no file can be locked (fcntl): tries it on one that nobody else sees.
/// Errors: unsafe; missing; as errno says.
[[nodiscard]] base::Result<void> check_locks(const std::string& path);

/// The name of a file system that check_local_file_system refuses, by statfs(2)'s f_type; empty for others.
[[nodiscard]] std::string_view remote_file_system(std::uint32_t type);

}  // namespace pvm::system
