// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/ledger.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"

namespace pvm::vault {
namespace {

using base::Result;
using Part = Place::Part;

// Beyond it nothing is halved any more: more ids than that are in no file.
constexpr std::uint64_t k_most_classes = std::uint64_t{1} << 30;

// The first characters of an id of a row, whatever it holds.
std::string brief(std::string_view id) { return base::display(id.substr(0, 8)); }

std::string times(std::uint64_t count) { return base::counted(count, "time", "times"); }

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

}  // namespace

Ledger::Ledger(std::uint64_t pruned_until, const Means& means, Faults& faults)
    : pruned_until_(pruned_until), means_(means), faults_(faults) {
  crypto::random_bytes(salt_.data(), salt_.size());
}

// ---- classes ------------------------------------------------------------------------------------

bool Ledger::is_mine(const IdTable<int>::Key& id) const {
  // Not the bits that a table finds its slots by.
  return class_.count == 1 || ((hash_(id) >> 32) & (class_.count - 1)) == class_.number;
}

void Ledger::halve_if_full() {
  while (grants_.size() + requests_.size() + agents_.size() > means_.most_ids && class_.count < k_most_classes) {
    left_.push_back({class_.count * 2, class_.number + class_.count});
    class_.count *= 2;
    const auto is_another = [this](const auto& entry) { return !is_mine(entry.key); };
    grants_.erase_if(is_another);
    requests_.erase_if(is_another);
    IdTable<AgentFacts> agents(hash_);
    for (const auto& [id, facts] : grants_) {
      if (agents.find(facts.agent) == nullptr) agents.insert(facts.agent, *agents_.find(facts.agent));
    }
    std::swap(agents_, agents);
  }
}

bool Ledger::begin_next() {
  if (left_.empty()) return false;
  class_ = left_.back();
  left_.pop_back();
  is_first_ = false;
  grants_.clear();
  requests_.clear();
  agents_.clear();
  return true;
}

// ---- entries ------------------------------------------------------------------------------------

// Names are as long as somebody made them; two of them must not be taken for one.
IdTable<int>::Key Ledger::key_of(std::string_view agent) const {
  std::string input(salt_.begin(), salt_.end());
  const base::Digest digest = means_.sha256(input.append(agent));
  IdTable<int>::Key key{};
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

void Ledger::store(const base::GrantId& id, std::string_view agent, const Place& at) {
  if (!is_mine(id.raw())) return;
  if (grants_.find(id.raw()) != nullptr) {
    return faults_.add(at, entry_name(at.position) + ": grant " + id.brief() + " is stored a second time");
  }
  GrantFacts facts;
  facts.stored = at.position;
  facts.agent = key_of(agent);
  grants_.insert(id.raw(), facts);
  if (agents_.find(facts.agent) == nullptr) agents_.insert(facts.agent, {});
  halve_if_full();
}

void Ledger::use(const base::GrantId& id, const Place& at) {
  if (!is_mine(id.raw())) return;
  GrantFacts* const facts = grants_.find(id.raw());
  if (facts == nullptr) {
    // What was stored before the log was pruned went with it.
    if (pruned_until_ > 0) return;
    return faults_.add(at, entry_name(at.position) + ": it uses grant " + id.brief() + ", which was never stored");
  }
  ++facts->used;
  if (!is_revoked(*facts)) return;
  faults_.add(at, entry_name(at.position) + ": it uses grant " + id.brief() + ", which was revoked");
}

// An agent's grants are revoked by every later entry that revokes all of theirs.
bool Ledger::is_revoked(const GrantFacts& facts) {
  return facts.is_revoked || facts.stored < agents_.find(facts.agent)->revoked;
}

void Ledger::revoke(const base::GrantId& id, const Place& at) {
  if (!is_mine(id.raw())) return;
  GrantFacts* const facts = grants_.find(id.raw());
  if (facts != nullptr) {
    facts->is_revoked = true;
  } else if (pruned_until_ == 0) {
    faults_.add(at, entry_name(at.position) + ": it revokes grant " + id.brief() + ", which was never stored");
  }
}

void Ledger::revoke_agent(std::string_view agent, const Place& at) {
  // It concerns no grant that is stored later, so of an agent without one there is nothing to keep.
  if (AgentFacts* const facts = agents_.find(key_of(agent)); facts != nullptr) facts->revoked = at.position;
}

void Ledger::file(const base::RequestId& id, const Place& at) {
  if (!is_mine(id.raw())) return;
  if (requests_.find(id.raw()) != nullptr) {
    return faults_.add(at, entry_name(at.position) + ": request " + id.brief() + " is filed a second time");
  }
  RequestFacts facts;
  facts.filed = at.position;
  requests_.insert(id.raw(), facts);
  halve_if_full();
}

void Ledger::answer(const base::RequestId& id, EntryType answer, const Place& at) {
  if (!is_mine(id.raw())) return;
  RequestFacts* const facts = requests_.find(id.raw());
  if (facts == nullptr) {
    if (pruned_until_ > 0) return;
    return faults_.add(at, entry_name(at.position) + ": request " + id.brief() + " was never filed");
  }
  const EntryType from = answer == EntryType::stale && facts->last == EntryType::approve
                             ? EntryType::request  // what was approved may go stale
                             : facts->last;
  if (from != EntryType::request) {
    faults_.add(at, entry_name(at.position) + ": request " + id.brief() + " was answered already");
  }
  facts->last = answer;
}

// ---- rows ---------------------------------------------------------------------------------------

Result<void> Ledger::compare(const Database& database) {
  if (auto done = compare_grants(database); !done) return done;
  return compare_requests(database);
}

Result<void> Ledger::compare_grants(const Database& database) {
  Statement rows = database.prepare("SELECT grant_id, used, revoked FROM grants ORDER BY rowid");
  for (Place at{Part::grant_rows};; ++at.position) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) break;
    const auto id = base::GrantId::from_hex(rows.view(0));
    if (id ? !is_mine(id->raw()) : !is_first_) continue;
    GrantFacts* const facts = id ? grants_.find(id->raw()) : nullptr;
    const std::string name = "grant " + brief(rows.view(0));
    if (facts == nullptr) {
      faults_.add(at, name + ": no entry says that it was stored");
      continue;
    }
    facts->is_seen = true;
    if (rows.integer(1) < 0 || rows.counter(1) != facts->used) {
      faults_.add(at, name + ": used " + times(facts->used) + " by the log, and " + std::to_string(rows.integer(1)) +
                          " by its row");
    }
    if (rows.is_null(2) == is_revoked(*facts)) {
      faults_.add(at, name + (is_revoked(*facts) ? ": revoked by the log, and not by its row"
                                                 : ": revoked by its row, and by no entry"));
    }
  }
  for (const auto& [key, facts] : grants_) {
    if (facts.is_seen) continue;
    faults_.add({Part::missing_grants, facts.stored}, "grant " + base::GrantId(key).brief() + ": stored by " +
                                                          entry_name(facts.stored) + ", and not there");
  }
  return {};
}

Result<void> Ledger::compare_requests(const Database& database) {
  Statement rows = database.prepare("SELECT request_id, state FROM requests ORDER BY rowid");
  for (Place at{Part::request_rows};; ++at.position) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) break;
    const auto id = base::RequestId::from_hex(rows.view(0));
    if (id ? !is_mine(id->raw()) : !is_first_) continue;
    RequestFacts* const facts = id ? requests_.find(id->raw()) : nullptr;
    const std::string name = "request " + brief(rows.view(0));
    if (facts == nullptr) {
      faults_.add(at, name + ": no entry says that it was filed");
      continue;
    }
    facts->is_seen = true;
    const std::string_view state = to_text(state_after(facts->last));
    if (rows.view(1) != state) {
      faults_.add(at, name + ": " + std::string(state) + " by the log, and " + base::display(rows.view(1), 16) +
                          " by its row");
    }
  }
  for (const auto& [key, facts] : requests_) {
    if (facts.is_seen) continue;
    faults_.add({Part::missing_requests, facts.filed}, "request " + base::RequestId(key).brief() + ": filed by " +
                                                           entry_name(facts.filed) + ", and not there");
  }
  return {};
}

}  // namespace pvm::vault
