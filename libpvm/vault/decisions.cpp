// SPDX-License-Identifier: Apache-2.0
// The way of a command through the vault: candidates, decision, outcome.
#include <algorithm>
#include <iterator>
#include <set>

#include "libpvm/base/text.hpp"
#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr int k_most_live_per_anchor = 256;
constexpr int k_most_lapsed_per_anchor = 8;

constexpr const char* k_not_ended =
    "SELECT grant_id, not_after FROM grant_anchors "
    "WHERE agent = ?1 AND action = ?2 AND anchor = ?3 AND not_after >= ?4 ORDER BY not_after DESC";
// For a hint only, so a bounded look is enough.
constexpr const char* k_latest_not_ended =
    "SELECT grant_id, not_after FROM grant_anchors "
    "WHERE agent = ?1 AND action = ?2 AND anchor = ?3 AND not_after >= ?4 ORDER BY not_after DESC LIMIT 256";
constexpr const char* k_latest_ended =
    "SELECT grant_id, not_after FROM grant_anchors "
    "WHERE agent = ?1 AND action = ?2 AND anchor = ?3 AND not_after < ?4 ORDER BY not_after DESC LIMIT 8";
constexpr int k_tier_shim = 0;

model::LockState lock_of(const State& state) {
  return state.lock_id ? model::LockState::locked : model::LockState::open;
}

// Every anchor under which a scope covering one of the resources can stand.
std::set<std::string> anchors_of(const model::Operation& operation) {
  std::set<std::string> anchors;
  for (const model::Resource& resource : operation.resources) {
    for (std::string& anchor : model::anchors_of(resource.name)) anchors.insert(std::move(anchor));
  }
  return anchors;
}

// One statement for each question that is asked of a grant's row: to prepare another costs more than to read all of it.
constexpr const char* k_grant_row =
    "SELECT statement, signature, used, revoked, added, agent, action, not_after, use_limit "
    "FROM grants WHERE grant_id = ?1";

enum class Standing {
  live,
  lapsed,  // ended, revoked or used up
  odd,     // the row says otherwise than the index
};

Standing standing_of(const Statement& row, const model::Operation& operation, std::int64_t not_after, base::UnixTime now) {
  if (row.text(5) != operation.agent || row.text(6) != model::to_text(operation.action)) return Standing::odd;
  if (row.integer(7) != not_after) return Standing::odd;
  const auto limit = row.maybe_integer(8);
  const bool is_used_up = limit && row.integer(2) >= *limit;
  return is_used_up || !row.is_null(3) || not_after < base::unix_seconds(now) ? Standing::lapsed : Standing::live;
}

// What lists show of a grant is its row. One that would be shown as another's, as ended or as used up permits nothing.
bool is_as_signed(const Statement& row, const model::Grant& grant) {
  return row.text(5) == grant.terms.agent && row.text(6) == model::to_text(grant.terms.action) &&
         row.integer(7) == base::unix_seconds(grant.terms.window.not_after) &&
         row.maybe_integer(8) == (grant.uses ? std::optional<std::int64_t>(*grant.uses) : std::nullopt);
}

StoredGrant stored_grant(const Statement& row, const base::GrantId& id) {
  StoredGrant grant{id, row.text(0), row.text(1), row.counter(2), std::nullopt, base::from_unix(row.integer(4))};
  if (const auto revoked = row.maybe_integer(3)) grant.revoked = base::from_unix(*revoked);
  return grant;
}

// The grants of that standing to which `anchors` (agent, action, anchor, now: grant_id, not_after) leads, each once
// and at most `limit` an anchor.
Result<std::vector<StoredGrant>> gather(const Database& database, const char* anchors,
                                        const model::Operation& operation, base::UnixTime now, Standing wanted,
                                        int limit) {
  std::vector<StoredGrant> grants;
  std::set<std::string> seen;
  Statement index = database.prepare(anchors);
  Statement row = database.prepare(k_grant_row);
  const std::string_view action = model::to_text(operation.action);
  for (const std::string& anchor : anchors_of(operation)) {
    index.reset();
    index.bind(operation.agent, action, Blob{anchor}, base::unix_seconds(now));
    for (int found = 0; found < limit;) {
      const auto next = index.step();
      if (!next) return base::pass_on(next);
      if (!*next) break;
      const std::string hex = index.text(0);
      const auto id = base::GrantId::from_hex(hex);
      if (!id || !seen.insert(hex).second) continue;
      row.reset();
      const auto is_there = row.bind(hex).step();
      if (!is_there) return base::pass_on(is_there);
      if (!*is_there || standing_of(row, operation, index.integer(1), now) != wanted) continue;
      grants.push_back(stored_grant(row, *id));
      ++found;
    }
  }
  return grants;
}

std::string question_details(const Question& question, Details details) {
  if (!question.invocation.argv.empty()) {
    details.add("command", base::shell_command(question.invocation.argv)).add("cwd", question.invocation.cwd);
  }
  if (question.effect) details.add("effect", "sha256:" + base::to_hex(*question.effect));
  details.add("files", question.summary.files)
      .add("directories", question.summary.directories)
      .add("bytes", question.summary.bytes);
  return details.text();
}

std::string joined(const std::vector<base::GrantId>& ids) {
  std::string out;
  for (const base::GrantId& id : ids) out += (out.empty() ? "" : ",") + id.hex();
  return out;
}

// Uses and revocation as they are now, under the lock.
Result<void> refresh(const Database& database, std::vector<model::Candidate>& candidates) {
  Statement row = database.prepare(k_grant_row);
  for (model::Candidate& candidate : candidates) {
    const std::string id = candidate.grant.id.hex();
    row.reset();
    const auto found = row.bind(id).step();
    if (!found) return base::pass_on(found);
    // A row that went away permits nothing, nor does one with a count that was never counted.
    if (!*found || !row.is_null(3) || row.integer(2) < 0 || !is_as_signed(row, candidate.grant)) {
      candidate.revocation = model::Revocation::revoked;
    } else {
      candidate.used = row.counter(2);
      candidate.revocation = model::Revocation::none;
    }
  }
  return {};
}

std::uint64_t used_before(const std::vector<model::Candidate>& candidates, const base::GrantId& id) {
  const auto found =
      std::ranges::find(candidates, id, [](const model::Candidate& candidate) { return candidate.grant.id; });
  return found == candidates.end() ? 0 : found->used;
}

}  // namespace

Result<Candidates> SqliteVault::find_candidates(const model::Operation& operation, base::UnixTime now) {
  const auto snapshot = Snapshot::begin(database_);
  if (!snapshot) return base::pass_on(snapshot);
  const auto state = read_state(database_);
  if (!state) return base::pass_on(state);
  auto live = gather(database_, k_not_ended, operation, now, Standing::live, k_most_live_per_anchor);
  if (!live) return base::pass_on(live);
  return Candidates{state->generation, {now, id_, state->epoch, lock_of(*state)}, std::move(*live)};
}

Result<std::vector<StoredGrant>> SqliteVault::find_lapsed(const model::Operation& operation, base::UnixTime now) {
  const auto snapshot = Snapshot::begin(database_);
  if (!snapshot) return base::pass_on(snapshot);
  std::vector<StoredGrant> lapsed;
  for (const char* anchors : {k_latest_not_ended, k_latest_ended}) {
    auto some = gather(database_, anchors, operation, now, Standing::lapsed, k_most_lapsed_per_anchor);
    if (!some) return base::pass_on(some);
    lapsed.insert(lapsed.end(), std::make_move_iterator(some->begin()), std::make_move_iterator(some->end()));
  }
  return lapsed;
}

Result<Decided> SqliteVault::decide(const Question& question, std::uint64_t generation,
                                    std::vector<model::Candidate> verified, base::UnixTime now) {
  auto change = Change::begin(database_, now, ClockRule::refuse);
  if (!change) return base::pass_on(change);
  const State& state = change->state();
  if (state.generation != generation) return fail(Code::conflict, "the vault changed meanwhile");
  if (auto done = refresh(database_, verified); !done) return base::pass_on(done);

  const model::Situation situation{now, id_, state.epoch, lock_of(state)};
  const auto decision = model::authorize(question.operation, question.effect, verified, situation);

  AuditEntry entry;
  entry.type = EntryType::decision;
  entry.agent = question.operation.agent;
  entry.scope = scope_of(question.operation, {});
  entry.tier = k_tier_shim;
  Details details;
  details.add("action", model::to_text(question.operation.action));

  if (const auto* denial = std::get_if<model::Denial>(&decision)) {
    entry.decision = "deny";
    entry.grant = denial->grant;
    details.add("why", model::to_text(denial->kind));
    entry.details = question_details(question, details);
    if (auto done = change->append(std::move(entry)); !done) return base::pass_on(done);
    // Not synced: nothing is started, and the next durable commit covers it.
    if (auto done = change->commit(); !done) return base::pass_on(done);
    return Decided(*denial);
  }

  const auto& permit = std::get<model::Permit>(decision);
  Statement use = database_.prepare("UPDATE grants SET used = used + 1 WHERE grant_id = ?1 AND revoked IS NULL");
  Statement counted = database_.prepare(k_grant_row);
  for (const base::GrantId& id : permit.grants()) {
    const std::string hex = id.hex();
    use.reset();
    if (auto done = use.bind(hex).run(); !done) return base::pass_on(done);
    if (database_.changes() != 1) return fail(Code::malformed, "the vault lost grant " + id.brief() + " meanwhile");
    // In a damaged tree the count can be written where nobody will read it.
    counted.reset();
    const auto found = counted.bind(hex).step();
    if (!found) return base::pass_on(found);
    if (!*found || counted.counter(2) != used_before(verified, id) + 1) return fail(Code::malformed, "the vault is damaged: a use of grant " + id.brief() + " was not counted");
  }
  entry.decision = "allow";
  if (!permit.grants().empty()) entry.grant = permit.grants().front();
  if (permit.grants().size() > 1) details.add("grants", joined(permit.grants()));
  for (const model::Candidate& candidate : verified) {
    if (entry.grant == candidate.grant.id) {
      details.add("approver", candidate.grant.approver).add("via", candidate.grant.via);
    }
  }
  entry.details = question_details(question, details);
  const auto number = change->append(std::move(entry));
  if (!number) return base::pass_on(number);
  if (auto done = commit_durably(*change); !done) return base::pass_on(done);
  return Decided(Receipt(*number, permit.grants()));
}

Result<void> SqliteVault::record_outcome(std::uint64_t receipt_entry, std::string_view agent,
                                         std::string_view outcome, base::UnixTime now) {
  if (database_.wal_frames() > k_most_wal_frames) database_.empty_wal();
  auto change = Change::begin(database_, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  // Under the lock that a restore takes before it moves the vault: what is restored knows nothing of that receipt.
  if (database_.is_moved()) return fail(Code::conflict, "the vault was replaced meanwhile");
  AuditEntry entry;
  entry.type = EntryType::outcome;
  entry.agent = agent;
  entry.details = Details().add("entry", receipt_entry).add("outcome", outcome).text();
  if (auto done = change->append(std::move(entry)); !done) return base::pass_on(done);
  return change->commit();
}

Result<void> SqliteVault::record_error(std::string_view agent, const base::Error& error, base::UnixTime now) {
  auto change = Change::begin(database_, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  AuditEntry entry;
  entry.type = EntryType::error;
  entry.agent = agent;
  entry.decision = "error";
  entry.details = Details().add("message", error.message).text();
  if (auto done = change->append(std::move(entry)); !done) return base::pass_on(done);
  return change->commit();
}

}  // namespace pvm::vault
