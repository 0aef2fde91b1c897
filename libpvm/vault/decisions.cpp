// SPDX-License-Identifier: Apache-2.0
// The way of a command through the vault: candidates, decision, outcome.
#include <algorithm>
#include <set>

#include "libpvm/base/text.hpp"
#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::int64_t k_most_live_per_anchor = 256;
constexpr std::int64_t k_most_lapsed_per_anchor = 8;
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

// Runs `select` (agent, action, anchor, now, limit) for each anchor and gathers the grants, each once.
Result<std::vector<StoredGrant>> gather(const Database& database, const char* select,
                                        const model::Operation& operation, base::UnixTime now, std::int64_t limit) {
  std::vector<StoredGrant> grants;
  std::set<std::string> seen;
  Statement rows = database.prepare(select);
  const std::string_view action = model::to_text(operation.action);
  for (const std::string& anchor : anchors_of(operation)) {
    rows.reset();
    rows.bind(operation.agent, action, Blob{anchor}, base::unix_seconds(now), limit);
    for (;;) {
      const auto row = rows.step();
      if (!row) return base::pass_on(row);
      if (!*row) break;
      const std::string hex = rows.text(0);
      const auto id = base::GrantId::from_hex(hex);
      if (!id || !seen.insert(hex).second) continue;
      StoredGrant grant{*id, rows.text(1), rows.text(2), rows.counter(3), std::nullopt, {}};
      if (const auto revoked = rows.maybe_integer(4)) grant.revoked = base::from_unix(*revoked);
      grant.added = base::from_unix(rows.integer(5));
      grants.push_back(std::move(grant));
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
  Statement row = database.prepare("SELECT used, revoked FROM grants WHERE grant_id = ?1");
  for (model::Candidate& candidate : candidates) {
    const std::string id = candidate.grant.id.hex();
    row.reset();
    const auto found = row.bind(id).step();
    if (!found) return base::pass_on(found);
    // A row that went away permits nothing, nor does one with a count that was never counted.
    if (!*found || !row.is_null(1) || row.integer(0) < 0) {
      candidate.revocation = model::Revocation::revoked;
    } else {
      candidate.used = row.counter(0);
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
  auto grants = gather(database_,
                       "SELECT g.grant_id, g.statement, g.signature, g.used, g.revoked, g.added "
                       "FROM grant_anchors a JOIN grants g ON g.grant_id = a.grant_id "
                       "WHERE a.agent = ?1 AND a.action = ?2 AND a.anchor = ?3 AND a.not_after >= ?4 "
                       // A row that lists would show as another agent's, or as ended, permits nothing.
                       "AND g.agent = a.agent AND g.action = a.action AND g.not_after = a.not_after "
                       "AND g.revoked IS NULL AND (g.use_limit IS NULL OR g.used < g.use_limit) "
                       "ORDER BY a.not_after DESC LIMIT ?5",
                       operation, now, k_most_live_per_anchor);
  if (!grants) return base::pass_on(grants);
  return Candidates{state->generation, {now, id_, state->epoch, lock_of(*state)}, std::move(*grants)};
}

Result<std::vector<StoredGrant>> SqliteVault::find_lapsed(const model::Operation& operation, base::UnixTime now) {
  const auto snapshot = Snapshot::begin(database_);
  if (!snapshot) return base::pass_on(snapshot);
  return gather(database_,
                "SELECT g.grant_id, g.statement, g.signature, g.used, g.revoked, g.added "
                "FROM grant_anchors a JOIN grants g ON g.grant_id = a.grant_id "
                "WHERE a.agent = ?1 AND a.action = ?2 AND a.anchor = ?3 "
                "AND (a.not_after < ?4 OR g.revoked IS NOT NULL OR g.used >= g.use_limit) "
                "ORDER BY a.not_after DESC LIMIT ?5",
                operation, now, k_most_lapsed_per_anchor);
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
  Statement counted = database_.prepare("SELECT 1 FROM grants WHERE grant_id = ?1 AND used = ?2");
  for (const base::GrantId& id : permit.grants()) {
    const std::string hex = id.hex();
    use.reset();
    if (auto done = use.bind(hex).run(); !done) return base::pass_on(done);
    if (database_.changes() != 1) return fail(Code::malformed, "the vault lost grant " + id.brief() + " meanwhile");
    // In a damaged tree the count can be written where nobody will read it.
    counted.reset();
    const auto found = counted.bind(hex, static_cast<std::int64_t>(used_before(verified, id) + 1)).step();
    if (!found) return base::pass_on(found);
    if (!*found) return fail(Code::malformed, "the vault is damaged: a use of grant " + id.brief() + " was not counted");
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
  auto change = Change::begin(database_, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
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
