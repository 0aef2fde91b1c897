// SPDX-License-Identifier: Apache-2.0
// The audit log: its head, its entries and leaves, and whether it extends a head that was seen before. How it is
// verified stands in verify.cpp.
#include "libpvm/base/text.hpp"
#include "libpvm/vault/audit_row.hpp"
#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::uint64_t k_progress_step = 65536;

std::string entries_text(std::uint64_t count) { return base::counted(count, "entry", "entries"); }

}  // namespace

Result<model::TreeHead> SqliteVault::durable_head() {
  const auto state = read_state(database_);
  if (!state) return base::pass_on(state);
  if (auto done = sync(); !done) return base::pass_on(done);
  return state->log.head();
}

Result<crypto::TreeEdge> SqliteVault::extend(const crypto::TreeEdge& seen, const Progress& progress) {
  auto now = [&]() -> Result<crypto::TreeEdge> {
    const auto snapshot = Snapshot::begin(database_);
    if (!snapshot) return base::pass_on(snapshot);
    auto state = read_state(database_);
    if (!state) return base::pass_on(state);
    crypto::TreeEdge edge = seen;
    if (state->log.size() < seen.size()) {
      return fail(Code::broken, "the audit log has " + entries_text(state->log.size()) + ", and had " +
                                    entries_text(seen.size()) + " before");
    }
    Statement rows =
        database_.prepare("SELECT entry_id, record, leaf FROM audit WHERE entry_id > ?1 ORDER BY entry_id");
    rows.bind(static_cast<std::int64_t>(seen.size()));
    for (;;) {
      const auto row = rows.step();
      if (!row) return base::pass_on(row);
      if (!*row) break;
      const auto leaf = read_leaf(rows, 1, 2);
      if (!leaf || rows.counter(0) != edge.size() + 1) {
        return fail(Code::broken, "audit entry " + std::to_string(edge.size() + 1) + " is missing or damaged");
      }
      edge.append(*leaf);
      if (progress && edge.size() % k_progress_step == 0) progress(edge.size(), state->log.size());
    }
    if (edge == state->log) return edge;
    return fail(Code::broken, seen.size() == 0 ? "the audit log does not hash to its head"
                                               : "the audit log does not lead from its first " +
                                                     entries_text(seen.size()) + ", as they were, to its head");
  }();
  if (!now) return now;
  if (auto done = sync(); !done) return base::pass_on(done);
  return now;
}

Result<void> SqliteVault::each_leaf(
    std::uint64_t from, std::uint64_t to,
    const std::function<void(std::uint64_t entry, const base::Digest& leaf)>& visit) {
  Statement rows = database_.prepare(
      "SELECT entry_id, record, leaf FROM audit WHERE entry_id BETWEEN ?1 AND ?2 ORDER BY entry_id");
  rows.bind(static_cast<std::int64_t>(from), static_cast<std::int64_t>(to));
  for (std::uint64_t expected = from; expected <= to; ++expected) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    const auto leaf = *row && rows.counter(0) == expected ? read_leaf(rows, 1, 2) : fail(Code::broken, "");
    if (!leaf) {
      return fail(Code::broken, "audit entry " + std::to_string(expected) + " is missing or damaged",
                  "see what is wrong with: pvmctl audit verify");
    }
    visit(expected, *leaf);
  }
  return {};
}

Result<void> SqliteVault::append(const AuditEntry& entry) {
  auto change = Change::begin(database_, entry.time, ClockRule::accept);
  if (!change) return base::pass_on(change);
  if (auto done = change->append(entry); !done) return base::pass_on(done);
  return commit_durably(*change);
}

Result<void> SqliteVault::each_entry(std::uint64_t from, const std::function<Visit(const AuditEntry&)>& visit) {
  // What was pruned has no record any more.
  Statement rows = database_.prepare(
      "SELECT entry_id, record FROM audit WHERE entry_id >= ?1 AND length(record) > 0 ORDER BY entry_id");
  rows.bind(static_cast<std::int64_t>(from));
  for (;;) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) return {};
    const auto entry = decode_record(rows.text(1));
    if (!entry) {
      return fail(Code::malformed, "audit entry " + std::to_string(rows.integer(0)) + " cannot be read",
                  "see what is wrong with: pvmctl audit verify");
    }
    if (visit(*entry) == Visit::stop) return {};
  }
}

}  // namespace pvm::vault
