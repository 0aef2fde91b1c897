// SPDX-License-Identifier: Apache-2.0
// Any bytes as a scope and a name: a pattern, a newline, and the name (which may hold more of them).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "libpvm/model/scope.hpp"

namespace {

using pvm::model::Extent;
using pvm::model::Resource;
using pvm::model::Scope;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_verdicts(const Scope& scope, const std::string& name) {
  const Resource item{name, Extent::item};
  const Resource tree{name, Extent::tree};
  if (!scope.covers(item)) {
    require(!scope.covers(tree));
    return;
  }
  require(pvm::model::is_canonical(name));
  require(pvm::model::is_at_or_beneath(name, scope.anchor()));
  const auto anchors = pvm::model::anchors_of(name);
  require(std::find(anchors.begin(), anchors.end(), scope.anchor()) != anchors.end());

  if (scope.covers(tree)) {
    const std::string inside = (name == "/" ? "" : name) + "/x/.y";
    require(scope.covers({inside, Extent::item}));
    require(scope.covers({inside, Extent::tree}));
    require(scope.widened_for(tree).empty());
  } else if (const std::string widened = scope.widened_for(tree); !widened.empty()) {
    const auto wider = Scope::parse(pvm::model::ScopeType::path, widened);
    require(wider && wider->covers(tree));
  }
}

void check_exactly(const std::string& name) {
  if (!pvm::model::is_canonical(name)) return;
  const Scope exact = Scope::exactly(name);
  require(exact.anchor() == name);
  require(exact.covers({name, Extent::tree}));
  require(name == "/" || !exact.covers({name + "2", Extent::item}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  const std::size_t split = std::min(input.find('\n'), input.size());
  const std::string name = input.substr(std::min(split + 1, input.size()));
  check_exactly(name);

  const auto scope = Scope::parse(pvm::model::ScopeType::path, std::string_view(input).substr(0, split));
  if (!scope) {
    require(!scope.error().message.empty());
    return 0;
  }
  require(!scope->explain().empty());
  check_verdicts(*scope, name);
  return 0;
}
