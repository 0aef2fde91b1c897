// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "../system/temporary_directory.hpp"
#include "libpvm/gate/gate.hpp"

using namespace pvm;

TEST_CASE("of several real commands the one that is configured runs, else the first that is installed") {
  const test::TemporaryDirectory scratch;
  const std::string configured = scratch.write("fake", "#!/bin/sh\n", 0700);
  system::Settings settings;
  const auto installed = gate::find_real({"pvm-no-such-command", "rm", "ls"}, settings);
  REQUIRE(installed.has_value());
  CHECK(installed->name == "rm");

  settings.real["ls"] = configured;
  const auto chosen = gate::find_real({"rm", "ls"}, settings);
  REQUIRE(chosen.has_value());
  CHECK(chosen->name == "ls");
  CHECK(chosen->path == configured);

  settings.real["ls"] = scratch.at("none");  // and is not passed over in silence
  CHECK(gate::find_real({"rm", "ls"}, settings).error().code == base::Code::no_command);
  const auto none = gate::find_real({"pvm-no-such-command", "pvm-none"}, {});
  CHECK(none.error().code == base::Code::no_command);
  CHECK(none.error().message.find("pvm-no-such-command") != std::string::npos);
}
