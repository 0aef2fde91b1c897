// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/ui/colour.hpp"

#include <doctest/doctest.h>

using pvm::pvmctl::ui::Colour;
using pvm::pvmctl::ui::Stream;
using pvm::system::Environment;

namespace {

using Values = std::map<std::string, std::string, std::less<>>;

Colour on_terminal(Values values) {
  return {Environment(std::move(values)), Stream::terminal};
}

}  // namespace

TEST_CASE("texts are dressed on a terminal") {
  const Colour colour = on_terminal({{"TERM", "xterm"}});
  CHECK(colour.bold("x") == "\x1b[1mx\x1b[0m");
  CHECK(colour.dim("x") == "\x1b[2mx\x1b[0m");
  CHECK(colour.red("x") == "\x1b[31mx\x1b[0m");
}

TEST_CASE("an empty NO_COLOR counts as not set") {
  CHECK(on_terminal({{"TERM", "xterm"}, {"NO_COLOR", ""}}).bold("x") != "x");
}

TEST_CASE("texts stay plain where nobody could see the dress") {
  CHECK(Colour(Environment(Values{{"TERM", "xterm"}}), Stream::other).bold("x") == "x");
  CHECK(on_terminal({{"TERM", "dumb"}}).red("x") == "x");
  CHECK(on_terminal({}).dim("x") == "x");
  CHECK(on_terminal({{"TERM", "xterm"}, {"NO_COLOR", "1"}}).bold("x") == "x");
}
