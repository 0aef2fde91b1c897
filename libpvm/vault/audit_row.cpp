// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/audit_row.hpp"

#include <algorithm>

#include "libpvm/crypto/merkle.hpp"

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

std::string detail(const AuditEntry& entry, std::string_view name) {
  std::string found;
  for (auto& [key, value] : read_details(entry.details)) {
    if (key == name) found = std::move(value);
  }
  return found;
}

StatementTexts kept_statement(const AuditEntry& entry) {
  return {detail(entry, "statement"), detail(entry, "signature")};
}

Result<std::vector<KeptReset>> read_resets(const Database& database) {
  // Found by a partial index; a row that hides from it by another type is a fault that verify finds.
  Statement rows = database.prepare(
      "SELECT entry_id, record FROM audit WHERE entry_type = 'reset' AND length(record) > 0 ORDER BY entry_id");
  std::vector<KeptReset> found;
  for (;;) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) return found;
    const auto entry = decode_record(rows.text(1));
    if (!entry) continue;
    StatementTexts texts = kept_statement(*entry);
    auto reset = model::decode_reset(texts.statement);
    found.push_back({rows.counter(0), std::move(texts), std::move(reset)});
  }
}

}  // namespace pvm::vault
