// SPDX-License-Identifier: Apache-2.0
// What a shim does with words, texts and paths, before any shell is asked.
#include <doctest/doctest.h>

#include <fstream>

#include "../system/temporary_directory.hpp"
#include "libpvm/model/operation.hpp"
#include "pvmctl/shim/agent_environment.hpp"
#include "pvmctl/shim/directory.hpp"
#include "pvmctl/shim/launcher.hpp"
#include "pvmctl/shim/startup_files.hpp"

using namespace pvm;
using namespace pvm::pvmctl;
using namespace pvm::pvmctl::shim;

TEST_CASE("an agent is named after its program and its directory") {
  CHECK(agent_name_for("/usr/bin/claude", "/home/u/src/app", "/home/u") == "claude@~/src/app");
  CHECK(agent_name_for("claude", "/home/u", "/home/u") == "claude@~");
  CHECK(agent_name_for("claude", "/home/user2", "/home/u") == "claude@/home/user2");
  CHECK(agent_name_for("claude", "/srv", "") == "claude@/srv");
  CHECK(agent_name_for("claude", "/srv", "/") == "claude@/srv");
}

TEST_CASE("what a name cannot hold is made plain, and two agents stay two") {
  const std::string long_directory = "/" + std::string(300, 'd');
  const std::pair<std::string, std::string> odd[] = {
      {"cl aude", "/w"}, {"claude", "/w w"}, {"-claude", "/w"}, {"", "/w"}, {"claude", long_directory}, {std::string(400, 'p'), "/w"},
      {"a@b c", "/w"}, {"python@3.11", "/w"}, {"claude", "/w\n"}, {"claude", "/caf\xC3\xA9"}, {"@x", "/w"}};
  std::vector<std::string> names;
  for (const auto& each : odd) {
    const std::string& program = each.first;
    const std::string& directory = each.second;
    CAPTURE(program);
    CAPTURE(directory);
    const std::string name = agent_name_for(program, directory, "/home/u");
    CHECK(model::is_agent_name(name));
    CHECK(model::agent_patterns_for(name).size() == 3);  // there is a "PROGRAM@*" for it
    CHECK(std::find(names.begin(), names.end(), name) == names.end());
    names.push_back(name);
  }
  CHECK(agent_name_for("claude", "/w w", "") != agent_name_for("claude", "/w_w", ""));
  CHECK(agent_name_for("claude", "/w w", "") != agent_name_for("claude", "/w\tw", ""));
}

TEST_CASE("the environment of an agent has the shims first, once, and remembers what bash was to read") {
  const system::Environment mine({{"PATH", "/s:/usr/bin:/s:/bin"}, {"BASH_ENV", "/own"}, {"KEPT", "1"}});
  const auto first = agent_environment(mine, "/s", "a");
  CHECK(first.find("PATH") == "/s:/usr/bin:/bin");
  CHECK(first.find("PVM_AGENT") == "a");
  CHECK(first.find("BASH_ENV") == "/s/.bash_env");
  CHECK(first.find("PVM_BASH_ENV") == "/own");
  CHECK(first.find("KEPT") == "1");
  // Within another agent: what bash was to read first stays what it was; a file of a person's that has that name is one.
  const test::TemporaryDirectory shims;
  std::ofstream(shims.at(".bash_env")) << bash_env_text();
  const auto outer = agent_environment(mine, shims.path(), "a");
  CHECK(agent_environment(outer, "/s", "b").find("PVM_BASH_ENV") == "/own");
  std::ofstream(shims.at(".bash_env")) << "echo mine\n";
  CHECK(agent_environment(outer, "/s", "b").find("PVM_BASH_ENV") == shims.at(".bash_env"));
  const std::map<std::string, std::string, std::less<>> outside = {{"PVM_BASH_ENV", "/from/outside"}};
  const auto none = agent_environment(system::Environment(outside), "/s", "a");
  CHECK_FALSE(none.find("PVM_BASH_ENV"));
  CHECK(none.find("PATH") == "/s:/usr/local/bin:/usr/bin:/bin");
}

TEST_CASE("a block is put at the end once, is renewed in its place, and goes without a trace") {
  const std::string old_block = *block_for("/old", Language::sh);
  const std::string new_block = *block_for("/new", Language::sh);
  for (const std::string text : {"", "one\n", "one\n\n", "# >>> other >>>\n"}) {
    CAPTURE(text);
    const auto with = with_block(text, old_block);
    REQUIRE(with);
    CHECK(without_block(*with) == text);
    CHECK(with_block(*with, old_block) == with);
    const auto renewed = with_block(*with + "after\n", new_block);
    REQUIRE(renewed);
    CHECK(renewed->find("/old") == std::string::npos);
    CHECK(renewed->ends_with("after\n"));
    CHECK(without_block(*renewed) == text + "after\n");
  }
}

TEST_CASE("a mark within another line is a person's own, and so are the lines after it") {
  const std::string block = *block_for("/s", Language::sh);
  const std::string text = "# PVM puts its lines between # >>> pvm shim >>>\nexport PRECIOUS=1\n";
  const auto once = with_block(text, block);
  REQUIRE(once);
  CHECK(once->starts_with(text));
  CHECK(with_block(*once, block) == once);
  CHECK(without_block(*once) == text);
}

TEST_CASE("half a block, or two, is nobody's to change") {
  const std::string block = *block_for("/s", Language::sh);
  const std::string begin = "# >>> pvm shim >>>\n";
  const std::string end = "# <<< pvm shim <<<\n";
  for (const std::string& text : {begin, end, end + begin, block + block, block + begin, begin + begin + end}) {
    CAPTURE(text);
    CHECK_FALSE(with_block(text, block));
    CHECK_FALSE(without_block(text));
  }
  CHECK(without_block("echo '" + begin + "'\n") == "echo '" + begin + "'\n");  // not at the start of a line
}

TEST_CASE("a name that no line of a shell can show gets no block") {
  for (const char* bad : {"/a\nb", "/a\x1b[0m", "/a\xff", "/a\xe2\x80\xae"}) CHECK_FALSE(block_for(bad, Language::sh));
  CHECK(block_for("/it's", Language::fish)->find("'/it\\'s'") != std::string::npos);
}

TEST_CASE("a launcher is asked in its own form of command line") {
  CHECK(form_of({"bash", "-lc"}) == Form::text);
  CHECK(form_of({"/usr/bin/zsh", "-ic"}) == Form::text);
  CHECK(form_of({"env", "-i", "bash", "--norc", "-c"}) == Form::text);
  CHECK(form_of({"su", "-", "alice", "-c"}) == Form::text);
  CHECK(form_of({"bash"}) == Form::shell);
  CHECK(form_of({"bash", "--login"}) == Form::shell);
  CHECK(form_of({"docker", "exec", "box", "bash"}) == Form::shell);
  CHECK(form_of({"env", "-i"}) == Form::words);
  CHECK(form_of({"nice"}) == Form::words);
  CHECK(form_of({"./my-launcher", "-c"}) == Form::words);
}

TEST_CASE("PATH is read as a shell reads it") {
  CHECK(path_with_first("/s", "") == "/s:");
  CHECK(path_with_first("/s", "/a::/s:") == "/s:/a::");
  CHECK(find_in_path("/nowhere:/bin:/usr/bin", "sh") == "/bin/sh");
  CHECK(find_in_path("/nowhere", "sh").empty());
}
