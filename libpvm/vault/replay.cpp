// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/replay.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"

namespace pvm::vault {
namespace {

using base::Result;

std::string entry_name(std::uint64_t entry) { return "entry " + std::to_string(entry); }

// The first characters of an id of a row, whatever it holds.
std::string brief(const std::string& id) { return base::display(id.substr(0, 8)); }

std::string times(std::uint64_t count) { return base::counted(count, "time", "times"); }

std::string lock_name(const std::optional<std::string>& lock) {
  return lock ? "locked by " + brief(*lock) : "open";
}

/// What a request's row must say after that entry.
RequestState state_after(EntryType last) {
  switch (last) {
    case EntryType::approve:
      return RequestState::approved;
    case EntryType::deny:
      return RequestState::denied;
    case EntryType::cancel:
      return RequestState::cancelled;
    case EntryType::expire:
      return RequestState::expired;
    case EntryType::stale:
      return RequestState::stale;
    default:
      return RequestState::pending;
  }
}

std::vector<base::GrantId> grants_used(const AuditEntry& entry) {
  const std::string list = detail(entry, "grants");
  std::vector<base::GrantId> ids;
  if (list.empty() && entry.grant) ids.push_back(*entry.grant);
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    if (const auto id = base::GrantId::from_hex(std::string_view(list).substr(at, end - at))) ids.push_back(*id);
    at = end + 1;
  }
  return ids;
}

}  // namespace

void Replay::take(const AuditEntry& entry, bool sets_clock) {
  const std::string name = entry_name(entry.entry);
  clock_mark_ = sets_clock ? entry.time : std::max(clock_mark_, entry.time);
  switch (entry.type) {
    case EntryType::init:
      if (entry.entry != 1 || detail(entry, "vault") != vault_.hex()) fault_(name + ": it begins another vault");
      return;
    case EntryType::decision:
      return take_decision(entry, name);
    case EntryType::allow:
    case EntryType::approve: {
      if (entry.type == EntryType::approve) take_request(entry, name);
      if (!entry.grant) return fault_(name + ": it keeps a grant and names none");
      const bool is_new = grants_.try_emplace(*entry.grant, GrantFacts{entry.entry, 0, entry.agent}).second;
      if (!is_new) fault_(name + ": grant " + entry.grant->brief() + " is stored a second time");
      return;
    }
    case EntryType::revoke:
      return take_revocation(entry, name);
    case EntryType::request:
    case EntryType::deny:
    case EntryType::cancel:
    case EntryType::expire:
    case EntryType::stale:
      return take_request(entry, name);
    case EntryType::lock:
      if (lock_) fault_(name + ": it locks what is locked");
      lock_ = base::LockId::from_hex(detail(entry, "lock"));
      if (!lock_) fault_(name + ": its lock has no id");
      return;
    case EntryType::unlock:
      return take_unlock(entry, name);
    case EntryType::outcome:
    case EntryType::trust:
    case EntryType::exported:
    case EntryType::error:
    case EntryType::reset:
    case EntryType::backup:
    case EntryType::restore:
    case EntryType::migrate:
      return;
  }
}

void Replay::take_decision(const AuditEntry& entry, const std::string& name) {
  if (entry.decision != "allow") return;
  if (lock_) fault_(name + ": it allows while the vault is locked");
  const auto used = grants_used(entry);
  if (used.empty()) fault_(name + ": it allows and names no grant");
  for (const base::GrantId& id : used) take_use(id, name);
}

void Replay::take_use(const base::GrantId& id, const std::string& name) {
  const auto found = grants_.find(id);
  if (found == grants_.end()) {
    // What was stored before the log was pruned went with it.
    if (pruned_until_ == 0) fault_(name + ": it uses grant " + id.brief() + ", which was never stored");
    return;
  }
  ++found->second.used;
  if (is_revoked(found->second)) fault_(name + ": it uses grant " + id.brief() + ", which was revoked");
}

bool Replay::is_revoked(const GrantFacts& facts) const {
  if (facts.revoked) return true;
  const auto agent = agents_revoked_.find(facts.agent);
  return agent != agents_revoked_.end() && facts.stored < agent->second;
}

void Replay::take_revocation(const AuditEntry& entry, const std::string& name) {
  const std::string what = detail(entry, "what");
  if (what == "all") {
    const auto epoch = base::parse_decimal(detail(entry, "epoch"), model::k_max_count);
    if (!epoch || *epoch <= epoch_) return fault_(name + ": the revocation floor does not rise");
    epoch_ = *epoch;
  } else if (what == "agent") {
    agents_revoked_[entry.agent] = entry.entry;
  } else if (entry.grant) {
    const auto found = grants_.find(*entry.grant);
    if (found != grants_.end()) found->second.revoked = true;
    if (found == grants_.end() && pruned_until_ == 0) {
      fault_(name + ": it revokes grant " + entry.grant->brief() + ", which was never stored");
    }
  } else {
    fault_(name + ": it revokes nothing that can be told");
  }
}

void Replay::take_request(const AuditEntry& entry, const std::string& name) {
  const auto id = base::RequestId::from_hex(detail(entry, "request"));
  if (!id) return fault_(name + ": it names no request");
  if (entry.type == EntryType::request) {
    if (!requests_.try_emplace(*id, RequestFacts{entry.entry}).second) {
      fault_(name + ": request " + id->brief() + " is filed a second time");
    }
    return;
  }
  const auto found = requests_.find(*id);
  if (found == requests_.end()) {
    if (pruned_until_ == 0) fault_(name + ": request " + id->brief() + " was never filed");
    return;
  }
  const EntryType from = entry.type == EntryType::stale && found->second.last == EntryType::approve
                             ? EntryType::request  // what was approved may go stale
                             : found->second.last;
  if (from != EntryType::request) fault_(name + ": request " + id->brief() + " was answered already");
  found->second.last = entry.type;
}

void Replay::take_unlock(const AuditEntry& entry, const std::string& name) {
  const StatementTexts texts = kept_statement(entry);
  const auto unlock = model::decode_unlock(texts.statement);
  const bool is_sound = unlock && unlock->vault == vault_ && lock_ == unlock->lock;
  if (!is_sound) {
    fault_(name + ": it ends a lock by a statement about another");
  } else if (judge_({model::k_unlock_namespace, texts.statement, texts.signature, unlock->approver,
                     unlock->time}) == Witness::forged) {
    fault_(name + ": it ends a lock by a statement that nobody signed");
  }
  lock_.reset();
}

Result<void> Replay::compare_grants(const Database& database) {
  Statement rows = database.prepare("SELECT grant_id, used, revoked FROM grants ORDER BY rowid");
  for (;;) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) break;
    const auto id = base::GrantId::from_hex(rows.text(0));
    const auto found = id ? grants_.find(*id) : grants_.end();
    const std::string name = "grant " + brief(rows.text(0));
    if (found == grants_.end()) {
      fault_(name + ": no entry says that it was stored");
      continue;
    }
    GrantFacts& facts = found->second;
    facts.seen = true;
    if (rows.integer(1) < 0 || rows.counter(1) != facts.used) {
      fault_(name + ": used " + times(facts.used) + " by the log, and " + std::to_string(rows.integer(1)) +
             " by its row");
    }
    if (rows.is_null(2) == is_revoked(facts)) {
      fault_(name + (is_revoked(facts) ? ": revoked by the log, and not by its row"
                                       : ": revoked by its row, and by no entry"));
    }
  }
  for (const auto& [id, facts] : grants_) {
    if (!facts.seen) fault_("grant " + id.brief() + ": stored by " + entry_name(facts.stored) + ", and not there");
  }
  return {};
}

Result<void> Replay::compare_requests(const Database& database) {
  Statement rows = database.prepare("SELECT request_id, state FROM requests ORDER BY rowid");
  for (;;) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) break;
    const auto id = base::RequestId::from_hex(rows.text(0));
    const auto found = id ? requests_.find(*id) : requests_.end();
    const std::string name = "request " + brief(rows.text(0));
    if (found == requests_.end()) {
      fault_(name + ": no entry says that it was filed");
      continue;
    }
    found->second.seen = true;
    const std::string_view state = to_text(state_after(found->second.last));
    if (rows.text(1) != state) {
      fault_(name + ": " + std::string(state) + " by the log, and " + base::display(rows.text(1), 16) + " by its row");
    }
  }
  for (const auto& [id, facts] : requests_) {
    if (!facts.seen) fault_("request " + id.brief() + ": filed by " + entry_name(facts.filed) + ", and not there");
  }
  return {};
}

Result<void> Replay::compare(const Database& database, const State& state) {
  if (auto done = compare_grants(database); !done) return done;
  if (auto done = compare_requests(database); !done) return done;
  const auto lock = lock_ ? std::optional<std::string>(lock_->hex()) : std::nullopt;
  if (state.lock_id != lock) {
    fault_("the stop switch: " + lock_name(lock) + " by the log, and " + lock_name(state.lock_id) + " by its row");
  }
  if (state.epoch != epoch_) {
    fault_("the revocation floor: " + std::to_string(epoch_) + " by the log, and " + std::to_string(state.epoch) +
           " by its row");
  }
  // With every entry pruned but the last, the mark may be of one that is gone.
  if (pruned_until_ > 0 ? state.clock_mark < clock_mark_ : state.clock_mark != clock_mark_) {
    fault_("the clock mark: " + base::iso_time(clock_mark_) + " by the log, and " + base::iso_time(state.clock_mark) +
           " by its row");
  }
  return {};
}

}  // namespace pvm::vault
