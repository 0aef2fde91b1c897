// SPDX-License-Identifier: Apache-2.0
// Restoring in two steps, so that a person can be shown what it will do in between; restore_vault of vault.hpp is both
// at once. Floor: vault.
//
// What is in the vault's place at any moment, kill -9 included: the old vault; for the time of a few renames none, and
// then everything refuses; the new one, whole. The order of these renames is in `set_aside`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/vault/backup_copy.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::vault {

/// The vault that is there, as far as it can be read.
struct PresentVault {
  enum class Condition {
    none,
    readable,
    unreadable,  ///< damaged, or something else altogether
  };
  Condition condition = Condition::none;
  std::optional<base::VaultId> id;  // readable only, as all that follows
  State state;
  std::string fault;                // unreadable only: why
};

/// What a restore would do.
struct RestorePlan {
  std::string backup;
  base::VaultId id;
  State state;                      // of the backup
  std::optional<int> older_format;  // of the backup, where it is migrated on the way
  std::uint64_t pending = 0;        // requests of the backup that wait for an answer again
  LogReport report;
  PresentVault present;
  std::uint64_t common = 0;  // so many entries, from the first on, are in the backup and in the present vault alike
};

class Restoration {
 public:
  /// Takes the backup in (take_in_backup) and looks at the vault that is there; changes nothing. Errors: as
  /// restore_vault.
  [[nodiscard]] static base::Result<Restoration> prepare(const std::string& backup, const std::string& state_directory,
                                                         Sharing sharing, const FindWitnesses& witnesses,
                                                         base::UnixTime now, const StageProgress& progress);

  [[nodiscard]] const RestorePlan& plan() const { return plan_; }

  /// Does it. The vault that is there is looked at anew, under its write lock. Errors: conflict, where it is not any
  /// more what the plan says; busy; full; io. To be called once.
  [[nodiscard]] base::Result<Restored> finish(base::UnixTime now);

 private:
  Restoration(std::string directory, Sharing sharing, PrivateDirectory aside, RestorePlan plan)
      : directory_(std::move(directory)), sharing_(sharing), aside_(std::move(aside)), plan_(std::move(plan)) {}

  [[nodiscard]] std::string vault_path() const { return directory_ + "/" + std::string(k_vault_name); }
  [[nodiscard]] base::Result<Restored> enter(const PresentVault& present, const std::string& kept, base::UnixTime now);
  [[nodiscard]] base::Result<void> seal() const;

  std::string directory_;
  Sharing sharing_;
  PrivateDirectory aside_;
  RestorePlan plan_;
};

}  // namespace pvm::vault
