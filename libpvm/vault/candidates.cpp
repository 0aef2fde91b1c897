// SPDX-License-Identifier: Apache-2.0
// Grants that might fit a command, found by the anchors of their scopes. Hints only: nothing in them is
// verified yet.
#include <iterator>
#include <optional>
#include <set>

#include "libpvm/vault/grant_row.hpp"
#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {
namespace {

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

// Every anchor under which a scope covering one of the resources can stand.
std::set<std::string> anchors_of(const model::Operation& operation) {
  std::set<std::string> anchors;
  for (const model::Resource& resource : operation.resources) {
    for (std::string& anchor : model::anchors_of(resource.name)) {
      if (!anchors.insert(std::move(anchor)).second) break;  // and so what is above it
    }
  }
  return anchors;
}

enum class Standing {
  live,
  lapsed,  // ended, revoked or used up
  odd,     // the row says otherwise than the index
};

// What the grants of an index are looked up by: an agent pattern and an action.
struct Key {
  std::string agent;
  std::string_view action;
};

Standing standing_of(const Statement& row, const Key& key, std::int64_t not_after, base::UnixTime now) {
  if (row.text(grant_row::agent) != key.agent || row.text(grant_row::action) != key.action)
    return Standing::odd;
  if (row.integer(grant_row::not_after) != not_after) return Standing::odd;
  return is_used_up(row) || !row.is_null(grant_row::revoked) || not_after < base::unix_seconds(now)
             ? Standing::lapsed
             : Standing::live;
}

StoredGrant stored_grant(const Statement& row, const base::GrantId& id) {
  StoredGrant grant{id,
                    row.text(grant_row::statement),
                    row.text(grant_row::signature),
                    row.counter(grant_row::used),
                    std::nullopt,
                    base::from_unix(row.integer(grant_row::added))};
  if (const auto revoked = row.maybe_integer(grant_row::revoked)) grant.revoked = base::from_unix(*revoked);
  return grant;
}

// Which of many anchors are in the index at all. Those of a call with many operands are mostly the operands
// themselves, of which few are: one look tells how far to go on.
class AnchorFilter {
 public:
  AnchorFilter(const Database& database, const Key& key)
      : key_(key),
        next_(database.prepare(
            "SELECT anchor FROM grant_anchors WHERE agent = ?1 AND action = ?2 AND anchor >= ?3 "
            "ORDER BY anchor LIMIT 1")) {}

  /// To be asked in the order of the anchors.
  Result<bool> may_have(const std::string& anchor) {
    if (is_known_ && (!upcoming_ || anchor < *upcoming_)) return false;
    next_.reset();
    const auto row = next_.bind(key_.agent, key_.action, Blob{anchor}).step();
    if (!row) return row;
    is_known_ = true;
    upcoming_ = *row ? std::optional<std::string>(next_.text(0)) : std::nullopt;
    return upcoming_ == anchor;
  }

 private:
  const Key& key_;
  Statement next_;
  bool is_known_ = false;
  std::optional<std::string> upcoming_;  // the first in the index that is not before what was asked for
};

// Collects the grants of one standing, each once.
class Gathering {
 public:
  Gathering(const Database& database, const char* anchors, base::UnixTime now, Standing wanted, int limit)
      : database_(database),
        index_(database.prepare(anchors)),
        row_(database.prepare(k_grant_row)),
        now_(now),
        wanted_(wanted),
        limit_(limit) {}

  /// Those to which the index (agent, action, anchor, now: grant_id, not_after) leads from each of `anchors`, at most
  /// `limit` an anchor.
  Result<void> add(const Key& key, const std::set<std::string>& anchors) {
    constexpr std::size_t k_many = 64;
    std::optional<AnchorFilter> filter;
    if (anchors.size() > k_many) filter.emplace(database_, key);
    for (const std::string& anchor : anchors) {
      if (filter) {
        const auto may_have = filter->may_have(anchor);
        if (!may_have) return base::pass_on(may_have);
        if (!*may_have) continue;
      }
      if (auto done = add_of(key, anchor); !done) return done;
    }
    return {};
  }

  std::vector<StoredGrant> take() { return std::move(grants_); }

 private:
  Result<void> add_of(const Key& key, const std::string& anchor) {
    index_.reset();
    index_.bind(key.agent, key.action, Blob{anchor}, base::unix_seconds(now_));
    for (int found = 0; found < limit_;) {
      const auto next = index_.step();
      if (!next) return base::pass_on(next);
      if (!*next) break;
      const std::string hex = index_.text(0);
      const auto id = base::GrantId::from_hex(hex);
      if (!id || seen_.contains(hex)) continue;
      row_.reset();
      const auto is_there = row_.bind(hex).step();
      if (!is_there) return base::pass_on(is_there);
      if (!*is_there || standing_of(row_, key, index_.integer(1), now_) != wanted_) continue;
      seen_.insert(hex);
      grants_.push_back(stored_grant(row_, *id));
      ++found;
    }
    return {};
  }

  const Database& database_;
  Statement index_;
  Statement row_;
  base::UnixTime now_;
  Standing wanted_;
  int limit_;
  std::set<std::string> seen_;
  std::vector<StoredGrant> grants_;
};

// Those that speak of the operation's agent, by its name and by the patterns that take it in. Most vaults have grants for few of
// these, which one look at the index tells.
Result<std::vector<StoredGrant>> gather(const Database& database, const char* anchors, const model::Operation& operation,
                                        base::UnixTime now, Standing wanted, int limit) {
  Gathering gathering(database, anchors, now, wanted, limit);
  const std::set<std::string> wanted_anchors = anchors_of(operation);
  Statement any = database.prepare("SELECT 1 FROM grant_anchors WHERE agent = ?1 AND action = ?2 LIMIT 1");
  for (std::string& agent : model::agent_patterns_for(operation.agent)) {
    const Key key{std::move(agent), model::to_text(operation.action)};
    any.reset();
    const auto has_some = any.bind(key.agent, key.action).step();
    if (!has_some) return base::pass_on(has_some);
    if (!*has_some) continue;
    if (auto done = gathering.add(key, wanted_anchors); !done) return base::pass_on(done);
  }
  return gathering.take();
}

}  // namespace

Result<Candidates> SqliteVault::find_candidates(const model::Operation& operation, base::UnixTime now) {
  const auto snapshot = Snapshot::begin(database_);
  if (!snapshot) return base::pass_on(snapshot);
  const auto state = read_state(database_);
  if (!state) return base::pass_on(state);
  auto live = gather(database_, k_not_ended, operation, now, Standing::live, k_most_live_per_anchor);
  if (!live) return base::pass_on(live);
  return Candidates{state->generation, situation_of(*state, now), std::move(*live)};
}

Result<std::vector<StoredGrant>> SqliteVault::find_lapsed(const model::Operation& operation,
                                                          base::UnixTime now) {
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

}  // namespace pvm::vault
