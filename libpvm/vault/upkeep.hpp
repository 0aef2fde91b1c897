// SPDX-License-Identifier: Apache-2.0
// What backup, migration and restore share: looking for damage, and a copy in a file of its own. Floor: vault.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/vault/sqlite.hpp"

namespace pvm::vault {

/// What SQLite's integrity_check and foreign_key_check complain of, at most a hundred lines; empty: sound. Reads the
/// whole file. Errors: of the database, where it is too damaged to be checked.
[[nodiscard]] base::Result<std::vector<std::string>> find_damage(const Database& database);
/// The same as an Error. Errors: malformed, naming the first complaint and `what` is damaged; of the database.
[[nodiscard]] base::Result<void> check_undamaged(const Database& database, const std::string& what);

/// What a copy is for: to be kept anywhere, and looked at on a disk that cannot be written too; or to lie beside the
/// vault, in its checked directory, and to be a vault again by no more than a rename.
enum class CopyFor { keeping, renaming };

/// Writes what `database` holds, as the caller's open transaction sees it, to the new file `path`: one file (0600) that
/// opens without another beside it, checked and synced. Made in a private directory beside `path`, or in
/// `place` (of place_for_copies), so that nothing of that name is there before it is whole. The real path of it. Errors: exists; unsafe (a directory that others can
/// change); missing; malformed (damage); full; io. What a failed copy leaves is taken away.
/// REQUIRES: the transaction has read something.
[[nodiscard]] base::Result<std::string> copy_to_new_file(const Database& database, const std::string& path, CopyFor purpose,
                                                         const PageProgress& progress,
                                                         const std::string& place = {});

}  // namespace pvm::vault
