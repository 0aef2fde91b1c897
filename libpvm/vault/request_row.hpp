// SPDX-License-Identifier: Apache-2.0
// A request to and from its row. Floor: vault.
#pragma once

#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/vault/sqlite.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::vault {

/// What read_request reads, in its order.
inline constexpr std::string_view k_request_columns =
    "request_id, state, operation, scopes, invocation, effect, files, directories, bytes, bounded, manifest, reason, "
    "note, wanted_time, wanted_uses, host, ancestry, asked, expires, resolved, waiting_until, previous, grant_id";

/// The request of the current row. Errors: malformed.
[[nodiscard]] base::Result<Request> read_request(const Statement& row);

[[nodiscard]] base::Result<void> insert_request(const Database& database, const Request& request,
                                                const std::string& wish_key, const std::string& fingerprint);

}  // namespace pvm::vault
