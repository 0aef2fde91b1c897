// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/replay.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"
#include "libpvm/vault/audit_row.hpp"

namespace pvm::vault {
namespace {

using base::Result;

Place place_of(std::uint64_t entry, std::uint64_t item) { return {Place::Part::entries, entry, item}; }

std::string lock_name(const std::optional<std::string>& lock) {
  return lock ? "locked by " + base::display(lock->substr(0, 8)) : "open";
}

// The ids of a list with commas between them; what is none is left out.
template <class Id>
void add_ids(std::vector<Id>& ids, std::string_view list) {
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    if (const auto id = Id::from_hex(list.substr(at, end - at))) ids.push_back(*id);
    at = end + 1;
  }
}

std::vector<base::GrantId> grants_used(const Record& record) {
  const std::string list = detail(base::percent_decode(record.details).value(), "grants");
  std::vector<base::GrantId> ids;
  if (const auto id = base::GrantId::from_hex(record.grant); list.empty() && id) ids.push_back(*id);
  add_ids(ids, list);
  return ids;
}

}  // namespace

void Replay::fault(std::uint64_t entry, std::string_view what, std::uint64_t item) {
  if (is_first_) faults_.add(place_of(entry, item), entry_name(entry) +": " + std::string(what));
}

void Replay::take(const Record& record, bool sets_clock) {
  const base::UnixTime time = base::from_unix(record.time);
  clock_mark_ = sets_clock ? time : std::max(clock_mark_, time);
  switch (record.type) {
    case EntryType::init: {
      const AuditEntry entry = decoded(record);
      if (entry.entry != 1 || detail(entry, "vault") != vault_.hex()) fault(entry.entry, "it begins another vault");
      return;
    }
    case EntryType::decision:
      if (record.decision == "allow") take_decision(record);
      return;
    case EntryType::approve:
    case EntryType::allow:
      return take_stored(decoded(record));
    case EntryType::revoke:
      return take_revocation(decoded(record));
    case EntryType::request:
    case EntryType::deny:
    case EntryType::cancel:
    case EntryType::expire:
    case EntryType::stale:
      return take_request(decoded(record));
    case EntryType::lock:
      return take_lock(decoded(record));
    case EntryType::unlock:
      return take_unlock(decoded(record));
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

void Replay::take_decision(const Record& record) {
  if (lock_) fault(record.entry, "it allows while the vault is locked");
  const auto used = grants_used(record);
  if (used.empty()) fault(record.entry, "it allows and names no grant");
  for (std::size_t i = 0; i < used.size(); ++i) ledger_.use(used[i], place_of(record.entry, k_second + i));
}

void Replay::take_stored(const AuditEntry& entry) {
  if (entry.type == EntryType::approve) take_request(entry);
  // Its request may be told of at another reading, and comes first all the same.
  if (!entry.grant) return fault(entry.entry, "it keeps a grant and names none", k_second);
  ledger_.store(*entry.grant, entry.agent, place_of(entry.entry, k_second));
}

void Replay::take_revocation(const AuditEntry& entry) {
  const std::string what = detail(entry, "what");
  if (what == "all") {
    if (!is_first_) return;
    const auto epoch = base::parse_decimal(detail(entry, "epoch"), model::k_max_count);
    if (!epoch || *epoch <= epoch_) return fault(entry.entry, "the revocation floor does not rise");
    epoch_ = *epoch;
  } else if (what == "agent") {
    ledger_.revoke_agent(entry.agent, place_of(entry.entry, k_first));
  } else if (entry.grant) {
    ledger_.revoke(*entry.grant, place_of(entry.entry, k_first));
  } else {
    fault(entry.entry, "it revokes nothing that can be told");
  }
}

void Replay::take_request(const AuditEntry& entry) {
  const auto id = base::RequestId::from_hex(detail(entry, "request"));
  if (!id) return fault(entry.entry, "it names no request");
  const Place at = place_of(entry.entry, k_first);
  if (entry.type == EntryType::request) return ledger_.file(*id, at);
  std::vector<base::RequestId> answered;
  if (entry.type == EntryType::approve) add_ids(answered, detail(entry, "requests"));
  if (std::ranges::find(answered, *id) == answered.end()) answered.insert(answered.begin(), *id);
  for (const base::RequestId& one : answered) ledger_.answer(one, entry.type, at);
}

void Replay::take_lock(const AuditEntry& entry) {
  if (!is_first_) return;
  if (lock_) fault(entry.entry, "it locks what is locked");
  lock_ = base::LockId::from_hex(detail(entry, "lock"));
  if (!lock_) fault(entry.entry, "its lock has no id");
}

void Replay::take_unlock(const AuditEntry& entry) {
  if (!is_first_) return;
  const StatementTexts texts = kept_statement(entry);
  const auto unlock = model::decode_unlock(texts.statement);
  const bool is_sound = unlock && unlock->vault == vault_ && lock_ == unlock->lock;
  if (!is_sound) {
    fault(entry.entry, "it ends a lock by a statement about another");
  } else if (judge_({model::k_unlock_namespace, texts.statement, texts.signature, unlock->approver,
                     unlock->time}) == Witness::forged) {
    fault(entry.entry, "it ends a lock by a statement that nobody signed");
  }
  lock_.reset();
}

Result<void> Replay::compare(const Database& database, const State& state) {
  if (is_first_) compare_state(state);
  return ledger_.compare(database);
}

bool Replay::begin_next() {
  is_first_ = false;
  return ledger_.begin_next();
}

void Replay::compare_state(const State& state) {
  Place at{Place::Part::state};
  const auto lock = lock_ ? std::optional<std::string>(lock_->hex()) : std::nullopt;
  if (state.lock_id != lock) {
    faults_.add(at, "the stop switch: " + lock_name(lock) + " by the log, and " + lock_name(state.lock_id) +
                        " by its row");
  }
  if (state.epoch != epoch_) {
    faults_.add(at, "the revocation floor: " + std::to_string(epoch_) + " by the log, and " +
                        std::to_string(state.epoch) + " by its row");
  }
  // With every entry pruned but the last, the mark may be of one that is gone.
  if (is_pruned_ ? state.clock_mark < clock_mark_ : state.clock_mark != clock_mark_) {
    faults_.add(at, "the clock mark: " + base::iso_time(clock_mark_) + " by the log, and " +
                        base::iso_time(state.clock_mark) + " by its row");
  }
}

}  // namespace pvm::vault
