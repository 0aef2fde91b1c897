// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/grant.hpp"

#include <algorithm>

namespace pvm::model {

bool speaks_of(const Terms& terms, const Operation& operation) {
  return is_agent_of(terms.agent, operation.agent) && terms.action == operation.action &&
         operation.needs.is_within(terms.may);
}

bool covers(const Terms& terms, const Resource& resource) {
  return std::any_of(terms.scopes.begin(), terms.scopes.end(),
                     [&](const Scope& scope) { return scope.covers(resource); });
}

}  // namespace pvm::model
