// SPDX-License-Identifier: Apache-2.0
// A backup as hostile input: whoever could write it may have put anything into it. It is only read; what is opened as a
// database is a copy of our own, and what comes out is a vault of the present format that was found sound. Floor: vault.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/vault/change.hpp"
#include "libpvm/vault/vault.hpp"
#include "libpvm/vault/vault_files.hpp"

namespace pvm::vault {

/// Called every now and then, with what is being done ("copying", "verifying"), in what unit, and how far it is.
using StageProgress =
    std::function<void(std::string_view doing, std::string_view unit, std::uint64_t done, std::uint64_t all)>;

/// Who vouches for the log of that vault. Whose backup it is, is known only when it was opened.
using FindWitnesses = std::function<base::Result<LogWitnesses>(const base::VaultId& vault)>;

struct SoundCopy {
  PrivateDirectory aside;  // holds the copy, closed
  base::VaultId id;
  State state;             // of the backup; `state.log` is its log, without an entry of a migration
  int format = 0;          // of the backup; the copy is of the present one
  LogReport report;
};

/// Copies `backup` into a private directory in `place` (of place_for_copies) and checks the copy, which is to become the
/// vault in `directory` (the checked state directory): tables,
/// SQLite's own integrity check, state row, and with its witnesses the log. Heads kept outside that are larger than
/// the backup's log are no witness against it: it is older than they are. An older format is migrated in the copy.
/// Errors: missing; unsafe (no regular file, or one that others could have written); usage (the vault's own file; a
/// copy whose -wal was left beside it); malformed; newer; broken, naming the first fault of the log; full; io.
[[nodiscard]] base::Result<SoundCopy> take_in_backup(const std::string& backup, const std::string& directory,
                                                     const std::string& place, const FindWitnesses& witnesses, base::UnixTime now,
                                                     const StageProgress& progress);

}  // namespace pvm::vault
