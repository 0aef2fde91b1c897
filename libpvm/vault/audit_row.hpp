// SPDX-License-Identifier: Apache-2.0
// Reading rows of the audit log. Floor: vault.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/model/reset.hpp"
#include "libpvm/vault/audit.hpp"
#include "libpvm/vault/sqlite.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::vault {

/// The leaf hash of a row: of its record, hashed anew; of a pruned one (no record) as it is kept. Columns by number.
/// Errors: broken, where neither can be had.
[[nodiscard]] base::Result<base::Digest> read_leaf(const Statement& row, int record, int leaf);

/// A statement of an approver's as an entry keeps it; empty texts where the entry keeps none.
struct StatementTexts {
  std::string statement;
  std::string signature;
};
[[nodiscard]] StatementTexts kept_statement(const AuditEntry& entry);

/// An entry of type reset, its statement read but not judged.
struct KeptReset {
  std::uint64_t entry = 0;
  StatementTexts texts;
  base::Result<model::Reset> reset;
};
/// nullopt, where `record` is none.
[[nodiscard]] std::optional<KeptReset> kept_reset(std::uint64_t entry, std::string_view record);
/// Visits those that are not pruned themselves, in order. Errors: of the database only.
[[nodiscard]] base::Result<void> each_reset(const Database& database,
                                            const std::function<void(const KeptReset&)>& visit);

/// The last value of that name in details, or empty.
[[nodiscard]] std::string detail(std::string_view details, std::string_view name);
[[nodiscard]] inline std::string detail(const AuditEntry& entry, std::string_view name) {
  return detail(entry.details, name);
}

}  // namespace pvm::vault
