// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/change.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::vault {

using base::Code;
using base::fail;
using base::Result;

namespace {

// Far above what counting reaches, and far below where it would wrap.
constexpr std::int64_t k_most_of_anything = std::int64_t{1} << 60;

}  // namespace

Result<State> read_state(const Database& database) {
  Statement row = database.prepare(
      "SELECT vault_id, generation, epoch, lock_id, lock_reason, locked_at, clock_mark, log_size, log_edge "
      "FROM state WHERE one = 1");
  const auto found = row.step();
  if (!found) return base::pass_on(found);
  if (!*found) return fail(Code::malformed, "the vault has no state row", "a human must look at it: pvmctl doctor");
  for (const int number : {1, 2, 5, 6, 7}) {
    if (row.integer(number) >= 0 && row.integer(number) < k_most_of_anything) continue;
    return fail(Code::malformed, "the vault's state row holds a number that was never written",
                "a human must look at it: pvmctl doctor");
  }
  State state;
  state.vault_id = row.text(0);
  state.generation = row.counter(1);
  state.epoch = row.counter(2);
  state.lock_id = row.maybe_text(3);
  state.lock_reason = row.text(4);
  state.locked_at = base::from_unix(row.integer(5));
  state.clock_mark = base::from_unix(row.integer(6));
  auto edge = crypto::TreeEdge::from_parts(row.counter(7), row.text(8));
  if (!edge) return base::pass_on(edge);
  state.log = std::move(*edge);
  return state;
}

Result<Change> Change::begin(const Database& database, base::UnixTime now, ClockRule rule) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return base::pass_on(transaction);
  auto state = read_state(database);
  if (!state) return base::pass_on(state);
  if (rule == ClockRule::refuse && now + k_clock_tolerance < state->clock_mark) {
    return fail(Code::clock,
                "the clock (" + base::iso_time(now) + ") is " + base::human_duration(state->clock_mark - now) +
                    " behind the last audit entry",
                "set the clock right; a human can look at it with: pvmctl doctor");
  }
  return Change(database, std::move(*transaction), std::move(*state), now);
}

Result<std::uint64_t> Change::append(AuditEntry entry) {
  entry.entry = state_.log.size() + 1;
  entry.time = now_;
  const std::string record = encode_record(entry);
  const base::Digest leaf = crypto::leaf_hash(record);
  const std::string_view leaf_bytes(reinterpret_cast<const char*>(leaf.data()), leaf.size());
  const std::optional<std::string> grant =
      entry.grant ? std::optional<std::string>(entry.grant->hex()) : std::nullopt;

  Statement insert = database_->prepare(
      "INSERT INTO audit(entry_id, timestamp, entry_type, agent_id, scope, decision, details, grant_id, tier, "
      "record, leaf) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
  const auto done = insert
                        .bind(static_cast<std::int64_t>(entry.entry), base::unix_seconds(entry.time),
                              to_text(entry.type), entry.agent, scope_column(entry), entry.decision,
                              entry.details, grant, static_cast<std::int64_t>(entry.tier), Blob{record},
                              Blob{leaf_bytes})
                        .run();
  if (!done) return base::pass_on(done);
  // In a damaged tree a row can be put where nobody will find it; what runs is to be on record.
  Statement written = database_->prepare("SELECT 1 FROM audit WHERE entry_id = ?1 AND leaf = ?2");
  const auto found = written.bind(static_cast<std::int64_t>(entry.entry), Blob{leaf_bytes}).step();
  if (!found) return base::pass_on(found);
  if (!*found) {
    return fail(Code::malformed, "the audit log is damaged: what is written to it cannot be found again",
                "a human must look at it: pvmctl doctor");
  }
  state_.log.append(leaf);
  state_.clock_mark = std::max(state_.clock_mark, now_);
  return entry.entry;
}

Result<void> Change::commit() {
  const std::string edge = state_.log.hashes();
  Statement update = database_->prepare(
      "UPDATE state SET generation = ?1, epoch = ?2, lock_id = ?3, lock_reason = ?4, locked_at = ?5, "
      "clock_mark = ?6, log_size = ?7, log_edge = ?8 WHERE one = 1");
  const auto done = update
                        .bind(static_cast<std::int64_t>(state_.generation), static_cast<std::int64_t>(state_.epoch),
                              state_.lock_id, state_.lock_reason, base::unix_seconds(state_.locked_at),
                              base::unix_seconds(state_.clock_mark), static_cast<std::int64_t>(state_.log.size()),
                              Blob{edge})
                        .run();
  if (!done) return done;
  return transaction_.commit();
}

}  // namespace pvm::vault
