// SPDX-License-Identifier: Apache-2.0
// What the tests of resolving rm's operands share.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/system/playground.hpp"
#include "wrappers/rm/resolve.hpp"

namespace pvm::test {

using Words = std::vector<std::string>;

// The command of `words`, which begin after "rm".
inline wrappers::rm::RmCommand command_of(const Words& words) {
  Words argv = {"rm"};
  argv.insert(argv.end(), words.begin(), words.end());
  const auto parsed = wrappers::rm::parse(argv, wrappers::rm::Order::permute);
  REQUIRE(std::holds_alternative<wrappers::rm::RmCommand>(parsed));
  return std::get<wrappers::rm::RmCommand>(parsed);
}

// What the command of `words` would do; an agent called claude calls it rm.
inline wrappers::rm::Resolved resolved(const Words& words) {
  auto result = wrappers::rm::resolve(command_of(words), "claude", "rm");
  REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().message));
  return std::move(*result);
}

// The operands that are handed on.
inline Words typed(const wrappers::rm::Resolved& what) {
  Words words;
  for (const wrappers::rm::Target& target : what.targets) words.push_back(target.typed);
  return words;
}

// The file system that most cases speak of; the working directory while it lives.
struct Scene {
  Playground place;
  WorkingDirectory here{place.path()};

  Scene() {
    place.file("file", "12");
    place.directory("empty");
    place.directory("full");
    place.file("full/f", "123");
    place.directory("full/sub");
    place.link("to_file", "file");
    place.link("to_empty", "empty");
    place.link("to_full", "full");
    place.link("dangling", "nowhere");
    place.link("loop", "loop");
  }
  [[nodiscard]] std::string at(std::string_view name) const { return place.path(name); }
};

}  // namespace pvm::test
