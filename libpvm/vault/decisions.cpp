// SPDX-License-Identifier: Apache-2.0
// The way of a command through the vault: decision and outcome. Its candidates stand in candidates.cpp.
#include <algorithm>

#include "libpvm/base/text.hpp"
#include "libpvm/vault/grant_row.hpp"
#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr int k_tier_shim = 0;

// What lists show of a grant is its row. One that they would show as another's, or as over though by its text it is
// not, permits nothing.
bool is_hidden(const Statement& row, const model::Grant& grant, base::UnixTime now) {
  if (row.text(grant_row::agent) != grant.terms.agent) return true;
  if (row.text(grant_row::action) != model::to_text(grant.terms.action)) return true;
  const bool looks_ended = row.integer(grant_row::not_after) < base::unix_seconds(now);
  if (looks_ended && grant.terms.window.not_after >= now) return true;
  return is_used_up(row) && !(grant.uses && row.counter(grant_row::used) >= *grant.uses);
}

// A row that went away permits nothing, nor does one with a count that was never counted.
bool permits_nothing(const Statement& row, const model::Grant& grant, base::UnixTime now) {
  return !row.is_null(grant_row::revoked) || row.integer(grant_row::used) < 0 || is_hidden(row, grant, now);
}

std::string question_details(const Question& question, Details details) {
  if (!question.invocation.argv.empty()) {
    details.add("command", base::shell_command(question.invocation.argv)).add("cwd", question.invocation.cwd);
  }
  if (question.effect) details.add("effect", "sha256:" + base::to_hex(*question.effect));
  details.add(question.summary);
  return details.text();
}

std::string joined(const std::vector<base::GrantId>& ids) {
  std::string out;
  for (const base::GrantId& id : ids) out += (out.empty() ? "" : ",") + id.hex();
  return out;
}

// Uses and revocation as they are now, under the lock.
Result<void> refresh(const Database& database, std::vector<model::Candidate>& candidates, base::UnixTime now) {
  Statement row = database.prepare(k_grant_row);
  for (model::Candidate& candidate : candidates) {
    const std::string id = candidate.grant.id.hex();
    row.reset();
    const auto found = row.bind(id).step();
    if (!found) return base::pass_on(found);
    if (!*found || permits_nothing(row, candidate.grant, now)) {
      candidate.revocation = model::Revocation::revoked;
    } else {
      candidate.used = row.counter(grant_row::used);
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

Result<Decided> SqliteVault::decide(const Question& question, std::uint64_t generation,
                                    std::vector<model::Candidate> verified, base::UnixTime now) {
  auto change = Change::begin(database_, now, ClockRule::refuse);
  if (!change) return base::pass_on(change);
  const State& state = change->state();
  if (state.generation != generation) return fail(Code::conflict, "the vault changed meanwhile");
  if (auto done = refresh(database_, verified, now); !done) return base::pass_on(done);

  const auto decision = model::authorize(question.operation, question.effect, verified, situation_of(state, now));

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
    if (!*found || counted.counter(grant_row::used) != used_before(verified, id) + 1) return fail(Code::malformed, "the vault is damaged: a use of grant " + id.brief() + " was not counted");
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
