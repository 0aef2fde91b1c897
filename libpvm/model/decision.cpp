// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/decision.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

namespace pvm::model {
namespace {

// A grant that can be used, and what it reaches: indices into the operation's resources.
struct Choice {
  base::GrantId grant;
  std::vector<std::size_t> reach;
};

// A grant that speaks of the operation but cannot be used, and why.
struct Miss {
  const Grant* grant;
  DenialKind kind;
};

// The grants that speak of the operation: those that can be used now, and the others.
struct Sorted {
  std::vector<const Grant*> usable;
  std::vector<Miss> misses;
};

// A grant of a later epoch than the vault's is of a vault that was rolled back, or of one whose floor was raised
// for it: the next revocation would not reach it.
bool is_revoked(const Candidate& candidate, const Situation& situation) {
  return candidate.revocation == Revocation::revoked || candidate.grant.epoch != situation.epoch;
}

bool is_used_up(const Candidate& candidate) {
  return candidate.grant.uses && candidate.used >= *candidate.grant.uses;
}

bool is_stale(const Grant& grant, const std::optional<base::Digest>& effect) {
  return grant.effect && grant.effect != effect;
}

// What keeps the candidate from being used now, whatever the resource. Of several faults the most final is
// named.
std::optional<DenialKind> fault_of(const Candidate& candidate, const std::optional<base::Digest>& effect,
                                   const Situation& situation) {
  const Window& window = candidate.grant.terms.window;
  if (situation.now > window.not_after) return DenialKind::expired;
  if (is_revoked(candidate, situation)) return DenialKind::revoked;
  if (situation.now < window.not_before) return DenialKind::not_yet;
  if (is_used_up(candidate)) return DenialKind::used_up;
  if (is_stale(candidate.grant, effect)) return DenialKind::stale;
  return std::nullopt;
}

// How much is lost by using the grant: 0 is the least.
int cost(const Grant& grant) {
  if (!grant.uses) return grant.effect ? 1 : 0;
  return grant.effect ? 2 : 3;
}

// The cheaper first; of equals, what would be lost sooner.
bool is_preferred(const Grant* a, const Grant* b) {
  return std::tuple(cost(*a), a->terms.window.not_after) < std::tuple(cost(*b), b->terms.window.not_after);
}

// How far from a yes: 0 is the nearest.
int distance(DenialKind kind) {
  constexpr std::array nearest_first = {DenialKind::stale, DenialKind::used_up, DenialKind::revoked,
                                        DenialKind::expired, DenialKind::not_yet};
  return static_cast<int>(std::find(nearest_first.begin(), nearest_first.end(), kind) -
                          nearest_first.begin());
}

bool is_nearer(const Miss& a, const Miss& b) {
  return std::tuple(distance(a.kind), b.grant->terms.window.not_after) <
         std::tuple(distance(b.kind), a.grant->terms.window.not_after);
}

Sorted sort_out(const Operation& operation, const std::optional<base::Digest>& effect,
                std::span<const Candidate> candidates, const Situation& situation) {
  Sorted sorted;
  std::set<base::GrantId> seen;
  for (const Candidate& candidate : candidates) {
    const Grant& grant = candidate.grant;
    if (grant.vault != situation.vault || !speaks_of(grant.terms, operation)) continue;
    if (!seen.insert(grant.id).second) continue;
    if (const auto fault = fault_of(candidate, effect, situation)) {
      sorted.misses.push_back({&grant, *fault});
    } else {
      sorted.usable.push_back(&grant);
    }
  }
  std::stable_sort(sorted.usable.begin(), sorted.usable.end(), is_preferred);
  std::stable_sort(sorted.misses.begin(), sorted.misses.end(), is_nearer);
  return sorted;
}

std::vector<std::size_t> reach_of(const Grant& grant, const std::vector<Resource>& resources) {
  std::vector<std::size_t> reach;
  for (std::size_t i = 0; i < resources.size(); ++i) {
    if (covers(grant.terms, resources[i])) reach.push_back(i);
  }
  return reach;
}

// Which grants are taken, and how many of them cover each resource.
struct Selection {
  std::vector<Choice> choices;
  std::vector<std::size_t> covered;
};

// Takes each grant that covers what no better one does.
Selection select(const std::vector<const Grant*>& usable, const std::vector<Resource>& resources) {
  Selection selection{{}, std::vector<std::size_t>(resources.size(), 0)};
  const auto is_open = [&](std::size_t i) { return selection.covered[i] == 0; };
  for (const Grant* grant : usable) {
    std::vector<std::size_t> reach = reach_of(*grant, resources);
    if (std::none_of(reach.begin(), reach.end(), is_open)) continue;
    for (const std::size_t i : reach) ++selection.covered[i];
    selection.choices.push_back({grant->id, std::move(reach)});
  }
  return selection;
}

// Gives back, the dearest first, every grant without which all would be covered still.
std::vector<base::GrantId> needed(Selection selection) {
  std::vector<base::GrantId> grants;
  const auto is_shared = [&](std::size_t i) { return selection.covered[i] > 1; };
  for (auto choice = selection.choices.rbegin(); choice != selection.choices.rend(); ++choice) {
    if (std::all_of(choice->reach.begin(), choice->reach.end(), is_shared)) {
      for (const std::size_t i : choice->reach) --selection.covered[i];
    } else {
      grants.push_back(choice->grant);
    }
  }
  std::reverse(grants.begin(), grants.end());
  return grants;
}

std::vector<Resource> lacking(const Selection& selection, const std::vector<Resource>& resources) {
  std::vector<Resource> open;
  for (std::size_t i = 0; i < resources.size(); ++i) {
    if (selection.covered[i] == 0) open.push_back(resources[i]);
  }
  return open;
}

// REQUIRES: misses sorted, the nearest first.
Denial denial(std::vector<Resource> lacking, const std::vector<Miss>& misses) {
  const auto reaches_one = [&](const Miss& miss) {
    return std::any_of(lacking.begin(), lacking.end(),
                       [&](const Resource& resource) { return covers(miss.grant->terms, resource); });
  };
  const auto nearest = std::find_if(misses.begin(), misses.end(), reaches_one);
  if (nearest == misses.end()) return {DenialKind::no_grant, std::move(lacking), std::nullopt};
  return {nearest->kind, std::move(lacking), nearest->grant->id};
}

}  // namespace

std::string_view to_text(DenialKind kind) {
  switch (kind) {
    case DenialKind::no_grant:
      return "no-grant";
    case DenialKind::not_yet:
      return "not-yet";
    case DenialKind::expired:
      return "expired";
    case DenialKind::revoked:
      return "revoked";
    case DenialKind::used_up:
      return "used-up";
    case DenialKind::stale:
      return "stale";
    case DenialKind::locked:
      return "locked";
  }
  return "?";
}

Decision authorize(const Operation& operation, const std::optional<base::Digest>& effect,
                   std::span<const Candidate> candidates, const Situation& situation) {
  const std::vector<Resource>& resources = operation.resources;
  if (situation.lock == LockState::locked) return Denial{DenialKind::locked, resources, std::nullopt};
  if (resources.empty()) return Denial{};

  const Sorted sorted = sort_out(operation, effect, candidates, situation);
  Selection selection = select(sorted.usable, resources);
  std::vector<Resource> open = lacking(selection, resources);
  if (!open.empty()) return denial(std::move(open), sorted.misses);
  return Permit(needed(std::move(selection)));
}

}  // namespace pvm::model
