// SPDX-License-Identifier: Apache-2.0
// The tables of a vault. Floor: vault.
//
// Everything here but `state` and `deliveries` is either signed (grants), derived from what is signed (grant_anchors, an index
// that is only a hint) or borne out by the audit log; `deliveries` says who was told of a request, and decides nothing. application_id and user_version name the format. A vault of an older
// format is known too, so that it can be checked before it is migrated (migration.hpp).
#pragma once

#include <span>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/vault/sqlite.hpp"

namespace pvm::vault {

inline constexpr int k_application_id = 0x50564D31;  // "PVM1"
inline constexpr int k_schema_version = 3;

/// Creates the tables in an empty database.
[[nodiscard]] base::Result<void> create_schema(const Database& database);

/// Compares application id, version and every table and index with what this program expects.
/// Errors: malformed (not a vault, or another schema); newer; older (hint: pvmctl migrate).
[[nodiscard]] base::Result<void> check_schema(const Database& database);

/// The format that the file says it has, 1 to k_schema_version; nothing else is looked at. Errors: malformed (not a
/// vault, or a format that never was); newer.
[[nodiscard]] base::Result<int> read_format(const Database& database);
[[nodiscard]] base::Result<void> write_format(const Database& database, int format);
/// Compares every table and index with those of `format`. Errors: malformed.
[[nodiscard]] base::Result<void> check_objects(const Database& database, int format);

/// The format of a vault whose tables are those of it, this or an older one. Errors: malformed; newer.
[[nodiscard]] base::Result<int> check_any_schema(const Database& database);

/// What makes format `from` + 1 of format `from`.
struct Step {
  int from;
  std::string_view sql;
};
/// In order, one for each format before k_schema_version.
[[nodiscard]] std::span<const Step> migration_steps();

}  // namespace pvm::vault
