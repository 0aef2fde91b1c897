// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/limited_grant.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace pvm::model {
namespace {

base::Failure beyond(const std::string& what) {
  return base::fail(base::Code::untrusted, "the key of a service signed what it may not: " + what,
                    "a person approves it: pvmctl approve");
}

}  // namespace

base::Result<void> check_limits(const Grant& grant) {
  if (!grant.request) return beyond("a grant that answers no request");
  if (!is_agent_name(grant.terms.agent)) return beyond("a grant for more than one agent");
  if (!grant.via.starts_with(k_service_door) || grant.via.size() == k_service_door.size()) {
    return beyond("a grant that does not name its door ('via')");
  }
  constexpr std::array<Attribute, 3> k_a_persons = {Attribute::deletion, Attribute::force, Attribute::mirror};
  for (const Attribute attribute : k_a_persons) {
    if (grant.terms.may.has(attribute)) return beyond("a grant with '" + Attributes{attribute}.text() + "'");
  }
  const auto life = grant.terms.window.not_after - grant.terms.window.not_before;
  const bool is_once = grant.uses == 1U && grant.effect;
  if (is_once && life <= k_limited_once_life) return {};
  if (is_once) return beyond("a grant for longer than 12 h");
  if (life > k_limited_life) return beyond("a grant for longer than 30 min that is not for one use and what was shown");
  const auto is_one_thing = [](const Scope& scope) { return is_literal(scope) && scope.pattern() != "/"; };
  if (!std::ranges::all_of(grant.terms.scopes, is_one_thing)) return beyond("a scope that is not one thing by its name");
  return {};
}

}  // namespace pvm::model
