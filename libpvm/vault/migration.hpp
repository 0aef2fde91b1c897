// SPDX-License-Identifier: Apache-2.0
// From an older format of the vault to the present one; migrate_vault of vault.hpp, and its core. Floor: vault.
//
// The steps stand in schema.cpp, one a format. Each is taken only from a file whose tables are those of the format that
// it says it has. Nothing but `pvmctl migrate`, and a restore in its own copy, calls this.
#pragma once

#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/vault/change.hpp"

namespace pvm::vault {

/// Takes every step from format `from` to the present one within `change`, checks the outcome and appends the entry,
/// which names `copy`, the vault as it was. Does not commit. Errors: malformed; of the database.
[[nodiscard]] base::Result<void> take_steps(const Database& database, Change& change, int from,
                                            const std::string& copy);

}  // namespace pvm::vault
