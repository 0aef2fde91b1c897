// SPDX-License-Identifier: Apache-2.0
// A grant's row as the way of a command reads it. Floor: vault (its own files only).
#pragma once

#include "libpvm/vault/sqlite.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::vault {

/// One statement (grant_id) for each question that is asked of a grant's row: to prepare another costs more
/// than to read all of it.
inline constexpr const char* k_grant_row =
    "SELECT statement, signature, used, revoked, added, agent, action, not_after, use_limit "
    "FROM grants WHERE grant_id = ?1";
/// Its columns.
namespace grant_row {
inline constexpr int statement = 0;
inline constexpr int signature = 1;
inline constexpr int used = 2;
inline constexpr int revoked = 3;
inline constexpr int added = 4;
inline constexpr int agent = 5;
inline constexpr int action = 6;
inline constexpr int not_after = 7;
inline constexpr int use_limit = 8;
}  // namespace grant_row

/// Whether the row says that so many uses were all.
[[nodiscard]] inline bool is_used_up(const Statement& row) {
  const auto limit = row.maybe_integer(grant_row::use_limit);
  return limit && row.integer(grant_row::used) >= *limit;
}

}  // namespace pvm::vault
