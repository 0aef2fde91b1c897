// SPDX-License-Identifier: Apache-2.0
// Vaults to measure with, and grants in them that are signed in earnest. Their agent is "bench", their
// approver too.
#pragma once

#include <memory>
#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/model/grant.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::bench {

/// The vault in `directory`, made where it is missing.
[[nodiscard]] base::Result<std::unique_ptr<vault::Vault>> open_or_create(const std::string& directory,
                                                                         base::UnixTime now);

/// A grant to rm, of unlimited use, that the vault would take now, but for its scopes.
[[nodiscard]] base::Result<model::Grant> make_grant(vault::Vault& vault, base::UnixTime now);
[[nodiscard]] base::Result<void> set_scope(model::Grant& grant, const std::string& pattern);

/// Signed by ssh-keygen with the key `directory`/key, and stored.
[[nodiscard]] base::Result<void> add_real_grant(vault::Vault& vault, const std::string& directory,
                                                const std::string& scope, base::UnixTime now);

}  // namespace pvm::bench
