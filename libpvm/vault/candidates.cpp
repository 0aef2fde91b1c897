// SPDX-License-Identifier: Apache-2.0
// Grants that might fit a command, found by the anchors of their scopes. Hints only: nothing in them is
// verified yet.
#include <iterator>
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

Standing standing_of(const Statement& row, const model::Operation& operation, std::int64_t not_after,
                     base::UnixTime now) {
  if (row.text(grant_row::agent) != operation.agent ||
      row.text(grant_row::action) != model::to_text(operation.action))
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
  explicit AnchorFilter(const Database& database, const model::Operation& operation)
      : operation_(operation),
        next_(database.prepare(
            "SELECT anchor FROM grant_anchors WHERE agent = ?1 AND action = ?2 AND anchor >= ?3 "
            "ORDER BY anchor LIMIT 1")) {}

  /// To be asked in the order of the anchors.
  Result<bool> may_have(const std::string& anchor) {
    if (is_known_ && (!upcoming_ || anchor < *upcoming_)) return false;
    next_.reset();
    const auto row = next_.bind(operation_.agent, model::to_text(operation_.action), Blob{anchor}).step();
    if (!row) return row;
    is_known_ = true;
    upcoming_ = *row ? std::optional<std::string>(next_.text(0)) : std::nullopt;
    return upcoming_ == anchor;
  }

 private:
  const model::Operation& operation_;
  Statement next_;
  bool is_known_ = false;
  std::optional<std::string> upcoming_;  // the first in the index that is not before what was asked for
};

// The grants of that standing to which `anchors` (agent, action, anchor, now: grant_id, not_after) leads,
// each once and at most `limit` an anchor.
Result<std::vector<StoredGrant>> gather(const Database& database, const char* anchors,
                                        const model::Operation& operation, base::UnixTime now,
                                        Standing wanted, int limit) {
  constexpr std::size_t k_many = 64;
  std::vector<StoredGrant> grants;
  std::set<std::string> seen;
  Statement index = database.prepare(anchors);
  Statement row = database.prepare(k_grant_row);
  const std::string_view action = model::to_text(operation.action);
  const std::set<std::string> wanted_anchors = anchors_of(operation);
  std::optional<AnchorFilter> filter;
  if (wanted_anchors.size() > k_many) filter.emplace(database, operation);
  for (const std::string& anchor : wanted_anchors) {
    if (filter) {
      const auto may_have = filter->may_have(anchor);
      if (!may_have) return base::pass_on(may_have);
      if (!*may_have) continue;
    }
    index.reset();
    index.bind(operation.agent, action, Blob{anchor}, base::unix_seconds(now));
    for (int found = 0; found < limit;) {
      const auto next = index.step();
      if (!next) return base::pass_on(next);
      if (!*next) break;
      const std::string hex = index.text(0);
      const auto id = base::GrantId::from_hex(hex);
      if (!id || seen.contains(hex)) continue;
      row.reset();
      const auto is_there = row.bind(hex).step();
      if (!is_there) return base::pass_on(is_there);
      if (!*is_there || standing_of(row, operation, index.integer(1), now) != wanted) continue;
      seen.insert(hex);
      grants.push_back(stored_grant(row, *id));
      ++found;
    }
  }
  return grants;
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
