// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/command_line.hpp"

#include <doctest/doctest.h>

using namespace pvm::pvmctl;
using pvm::base::Code;
using pvm::system::Environment;

namespace {

const std::string k_absent = "/nonexistent-directory-of-a-test/file";

auto read(std::vector<std::string> words) {
  const Environment environment;
  const pvm::system::Site site{};
  return read_command(std::move(words), {"claude", site, environment});
}

}  // namespace

TEST_CASE("a command that is not gated is refused, and the refusal names what is") {
  const auto gated = read({"ls", "-l"});
  REQUIRE_FALSE(gated);
  CHECK(gated.error().code == Code::usage);
  CHECK(gated.error().message.find("gated: rm") != std::string::npos);
  CHECK_FALSE(read({}));
  CHECK_FALSE(read({""}));
  CHECK_FALSE(read({"/usr/bin/"}));
}

TEST_CASE("a hostile command name is shown harmless") {
  const auto gated = read({"\x1b[2Jrm"});
  REQUIRE_FALSE(gated);
  CHECK(gated.error().message.find('\x1b') == std::string::npos);
}

TEST_CASE("a complaint of the command itself comes in its own words") {
  const auto gated = read({"rm", "--no-such-option"});
  REQUIRE_FALSE(gated);
  CHECK(gated.error().code == Code::usage);
  CHECK(gated.error().message.find("rm: unrecognized option") == 0);
  CHECK(gated.error().message.find('\n') == std::string::npos);
  CHECK(gated.error().hint.find("rm --help") != std::string::npos);
}

TEST_CASE("a command keeps only the last component of its name, so that no hint leads around the wrapper") {
  for (const char* name : {"rm", "/bin/rm", "../bin/rm"}) {
    const auto gated = read({name, "-f", k_absent});
    REQUIRE(gated);
    CHECK(gated->command->invocation().argv == std::vector<std::string>{"rm", "-f", k_absent});
  }
}

TEST_CASE("help and version need no grant") {
  for (const char* option : {"--help", "--version"}) {
    const auto gated = read({"rm", option});
    REQUIRE(gated);
    CHECK(gated->command == nullptr);
    CHECK_FALSE(gated->needs_grant());
    CHECK(gated->own_words().empty());
  }
}

TEST_CASE("what is not there needs no grant, and the command says so itself") {
  const auto loud = read({"rm", k_absent, k_absent + "2"});
  REQUIRE(loud);
  CHECK_FALSE(loud->needs_grant());
  const std::string words = loud->own_words();
  CHECK(words.find("rm: cannot remove") == 0);
  CHECK(words.find("file2") != std::string::npos);
  CHECK(words.back() == '\n');
  CHECK(words.find("\\n") == std::string::npos);

  const auto quiet = read({"rm", "-f", k_absent});
  REQUIRE(quiet);
  CHECK_FALSE(quiet->needs_grant());
  CHECK(quiet->own_words().empty());
}

TEST_CASE("only what is gated is an action to ask scopes for") {
  REQUIRE(gated_action("rm"));
  CHECK(*gated_action("rm") == pvm::model::Action::rm);
  REQUIRE(gated_action("push"));
  CHECK(*gated_action("push") == pvm::model::Action::push);
  for (const char* text : {"", "git", "safe-rm", "RM"}) CHECK_FALSE(gated_action(text));
}
