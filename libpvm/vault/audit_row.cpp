// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/audit_row.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/merkle.hpp"
#include "libpvm/vault/record.hpp"

namespace pvm::vault {

using base::Code;
using base::fail;
using base::Result;

Result<base::Digest> read_leaf(const Statement& row, int record, int leaf) {
  const std::string text = row.text(record);
  if (!text.empty()) return crypto::leaf_hash(text);
  const std::string kept = row.text(leaf);
  base::Digest digest{};
  if (kept.size() != digest.size()) return fail(Code::broken, "an audit entry has neither a record nor a hash");
  std::copy(kept.begin(), kept.end(), digest.begin());
  return digest;
}

std::string detail(std::string_view details, std::string_view name) {
  std::string found;
  each_detail(details, [&](std::string_view key, std::string_view value) {
    if (key != name) return;
    if (auto decoded = base::percent_decode(value)) found = std::move(*decoded);
  });
  return found;
}

StatementTexts kept_statement(const AuditEntry& entry) {
  return {detail(entry, "statement"), detail(entry, "signature")};
}

std::optional<KeptReset> kept_reset(std::uint64_t entry, std::string_view record) {
  const auto read = read_record(record);
  if (!read) return std::nullopt;
  StatementTexts texts = kept_statement(decoded(*read));
  auto reset = model::decode_reset(texts.statement);
  return KeptReset{entry, std::move(texts), std::move(reset)};
}

Result<void> each_reset(const Database& database, const std::function<void(const KeptReset&)>& visit) {
  // Found by a partial index; a row that hides from it by another type is a fault that verify finds.
  Statement rows = database.prepare(
      "SELECT entry_id, record FROM audit WHERE entry_type = 'reset' AND length(record) > 0 ORDER BY entry_id");
  for (;;) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) return {};
    if (const auto kept = kept_reset(rows.counter(0), rows.view(1))) visit(*kept);
  }
}

}  // namespace pvm::vault
