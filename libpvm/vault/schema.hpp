// SPDX-License-Identifier: Apache-2.0
// The tables of a vault. Floor: vault.
//
// Everything here but `state` is either signed (grants), derived from what is signed (grant_anchors, an index that
// is only a hint) or borne out by the audit log. application_id and user_version name the format.
#pragma once

#include "libpvm/base/result.hpp"
#include "libpvm/vault/sqlite.hpp"

namespace pvm::vault {

inline constexpr int k_application_id = 0x50564D31;  // "PVM1"
inline constexpr int k_schema_version = 1;

/// Creates the tables in an empty database.
[[nodiscard]] base::Result<void> create_schema(const Database& database);

/// Compares application id, version and every table and index with what this program expects.
/// Errors: malformed (not a vault, or another schema); newer.
[[nodiscard]] base::Result<void> check_schema(const Database& database);

}  // namespace pvm::vault
