// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/row_batch.hpp"

#include <algorithm>

namespace pvm::vault {
namespace {

// The texts of a row in the order in which they are kept; the record is the last.
constexpr int k_grant = 8;
constexpr int k_record = 10;
constexpr int k_text_columns[] = {3, 4, 5, 6, 7, k_grant, 9, k_record};

constexpr std::string_view k_select_all =
    "SELECT entry_id, timestamp, tier, entry_type, agent_id, scope, decision, details, grant_id, leaf, record "
    "FROM audit ORDER BY entry_id";
constexpr std::string_view k_select_records =
    "SELECT entry_id, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, record FROM audit ORDER BY entry_id";

}  // namespace

AuditRow RowBatch::row(std::size_t index) const {
  const Row& row = rows_[index];
  std::size_t at = row.start;
  const auto next = [this, &at](std::uint32_t size) {
    const std::string_view text(texts_.data() + at, size);
    at += size;
    return text;
  };
  AuditRow out{row.number, row.time, row.tier, row.has_grant, {}, {}, {}, {}, {}, {}, {}, {}};
  std::string_view* const views[k_texts] = {&out.type,    &out.agent, &out.scope, &out.decision,
                                            &out.details, &out.grant, &out.leaf,  &out.leaf_input};
  for (std::size_t i = 0; i < k_texts; ++i) *views[i] = next(row.sizes[i]);
  return out;
}

void RowBatch::clear(std::size_t most_bytes) {
  rows_.clear();
  texts_.clear();
  leaves_.clear();
  if (texts_.capacity() > 4 * most_bytes) texts_.shrink_to_fit();  // a huge row is not to be paid for ever after
}

void RowBatch::add(const Statement& row) {
  Row& kept = rows_.emplace_back();
  kept = {row.counter(0), row.integer(1), row.integer(2), texts_.size(), {}, !row.is_null(k_grant)};
  for (std::size_t i = 0; i < k_texts; ++i) {
    const std::string_view text = row.view(k_text_columns[i]);
    const std::size_t before = texts_.size();
    if (k_text_columns[i] == k_record) texts_ += '\0';
    texts_ += text;
    kept.sizes[i] = static_cast<std::uint32_t>(texts_.size() - before);
  }
}

bool RowBatch::hash_one(crypto::Sha256 sha256) {
  if (leaves_.size() == rows_.size()) return false;
  leaves_.push_back(sha256(row(leaves_.size()).leaf_input));
  return true;
}

RowReader::RowReader(const Database& database, Columns columns, std::size_t batch_bytes)
    : rows_(database.prepare(columns == Columns::all ? k_select_all : k_select_records)), batch_bytes_(batch_bytes) {}

base::Result<bool> RowReader::fill(RowBatch& batch, std::uint64_t most_rows) {
  batch.clear(batch_bytes_);
  while (batch.size() < most_rows && batch.bytes() < batch_bytes_) {
    auto row = rows_.step();
    if (!row || !*row) return row;
    batch.add(rows_);
  }
  return true;
}

}  // namespace pvm::vault
