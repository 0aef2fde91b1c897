// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/operation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace pvm::model;
using pvm::base::Code;

namespace {

Operation sample_operation() {
  return {"claude",
          Action::rm,
          {Attribute::force, Attribute::recursive},
          {{"/w/a b", Extent::item}, {"/w/build", Extent::tree}}};
}

const std::string k_sample_text =
    "pvm-operation/1\n"
    "agent claude\n"
    "action rm\n"
    "needs force,recursive\n"
    "item /w/a%20b\n"
    "tree /w/build\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("every action has a name that gives the action back") {
  for (const Action action : {Action::rm, Action::trash, Action::push}) {
    CHECK(action_from_text(to_text(action)) == action);
  }
  CHECK(to_text(Action::rm) == "rm");
  CHECK_FALSE(action_from_text("RM"));
  CHECK_FALSE(action_from_text(""));
  CHECK_FALSE(action_from_text("rm "));
}

TEST_CASE("attributes are written in alphabetical order, whatever the order they were added in") {
  CHECK(Attributes{}.text() == "-");
  CHECK(Attributes{Attribute::tag, Attribute::deletion}.text() == "delete,tag");
  CHECK(Attributes{Attribute::recursive, Attribute::tag, Attribute::mirror, Attribute::force,
                   Attribute::deletion}
            .text() == "delete,force,mirror,recursive,tag");
}

TEST_CASE("every set of attributes is read back from its text") {
  for (unsigned bits = 0; bits < 32; ++bits) {
    Attributes attributes;
    for (const Attribute a :
         {Attribute::deletion, Attribute::force, Attribute::mirror, Attribute::recursive, Attribute::tag}) {
      if ((bits & static_cast<unsigned>(a)) != 0) attributes.add(a);
    }
    CHECK(Attributes::from_text(attributes.text()) == attributes);
  }
}

TEST_CASE("a list of attributes in any other form is refused") {
  for (const char* text :
       {"", "--", "-,force", "force,-", "recursive,force", "force,force", "force,", ",force", "force,,tag",
        "Force", "force, tag", " force", "force ", "deletion", "sudo"}) {
    CAPTURE(text);
    CHECK_FALSE(Attributes::from_text(text));
  }
}

TEST_CASE("a set of attributes is within another only where each of them is") {
  const Attributes force{Attribute::force};
  const Attributes both{Attribute::force, Attribute::recursive};
  CHECK(Attributes{}.is_within(Attributes{}));
  CHECK(Attributes{}.is_within(force));
  CHECK(force.is_within(both));
  CHECK_FALSE(both.is_within(force));
  CHECK_FALSE(force.is_within(Attributes{}));
}

TEST_CASE("an operation has one text and the text gives the operation back") {
  CHECK(canonical_text(sample_operation()) == k_sample_text);
  const auto read = operation_from_text(k_sample_text);
  REQUIRE(read);
  CHECK(*read == sample_operation());
}

TEST_CASE("paths with any byte but NUL survive the text of an operation") {
  Operation operation = sample_operation();
  operation.resources = {{"/w/\x01\n %\xFF", Extent::item}, {"/w/\xC3\xA9", Extent::tree}};
  const auto read = operation_from_text(canonical_text(operation));
  REQUIRE(read);
  CHECK(*read == operation);
}

TEST_CASE("the same path may be acted on as an item and as a tree, in this order") {
  Operation operation = sample_operation();
  operation.resources = {{"/w", Extent::item}, {"/w", Extent::tree}};
  CHECK(operation_from_text(canonical_text(operation)));
}

TEST_CASE("a push names URLs and refs, which are no paths") {
  Operation operation = sample_operation();
  operation.action = Action::push;
  operation.resources = {{"https://example.org/p#refs/heads/main", Extent::item}};
  const auto read = operation_from_text(canonical_text(operation));
  REQUIRE(read);
  CHECK(*read == operation);
}

TEST_CASE("a push of anything but repo names in their order, each an item, is malformed") {
  const std::string head = "pvm-operation/1\nagent claude\naction push\nneeds -\n";
  CHECK(operation_from_text(head + "item https://h/p#refs/heads/a\nitem https://h/p#refs/heads/b\n"));
  for (const char* rest :
       {"item /w\n", "tree https://h/p#refs/heads/a\n", "item https://h/p\n", "item https://h/p#main\n",
        "item git@h:p#refs/heads/a\n", "item https://u:x@h/p#refs/heads/a\n", "item https://h/../p#refs/heads/a\n",
        "item https://h/p#refs/heads/b\nitem https://h/p#refs/heads/a\n", "item https://H/p#refs/heads/a\n"}) {
    CAPTURE(rest);
    CHECK_FALSE(operation_from_text(head + rest));
  }
  CHECK_FALSE(operation_from_text("pvm-operation/1\nagent claude\naction rm\nneeds -\nitem https://h/p#refs/heads/a\n"));
}

TEST_CASE("an operation in any other form is malformed") {
  const std::vector<std::string> texts = {
      "",
      "\n",
      "pvm-operation/1",
      "pvm-operation/0\n",
      "pvm-operation/01\n",
      "pvm-grant/1\n",
      k_sample_text + "\n",
      k_sample_text + "tree /w/build\n",
      k_sample_text + "tree /a\n",
      k_sample_text + "link /x\n",
      k_sample_text.substr(0, k_sample_text.size() - 1),
      replaced(k_sample_text, "agent claude\n", ""),
      replaced(k_sample_text, "agent claude\n", "agent claude\nagent claude\n"),
      replaced(k_sample_text, "agent claude\n", "agent  claude\n"),
      replaced(k_sample_text, "agent claude\n", "agent claude \n"),
      replaced(k_sample_text, "agent claude\n", "agent claude\r\n"),
      replaced(k_sample_text, "agent claude\n", "agent -rf\n"),
      replaced(k_sample_text, "agent claude\n", "agent %\n"),
      replaced(k_sample_text, "action rm\n", "action run\n"),
      replaced(k_sample_text, "needs force,", "needs tag,"),
      replaced(k_sample_text, "/w/a%20b", "/w/a b"),
      replaced(k_sample_text, "/w/a%20b", "/w/%61"),
      replaced(k_sample_text, "/w/a%20b", "/w/a%0a"),
      replaced(k_sample_text, "/w/a%20b", "w/a"),
      replaced(k_sample_text, "/w/a%20b", "/w/../a"),
      replaced(k_sample_text, "/w/a%20b", "/w//a"),
      replaced(k_sample_text, "/w/a%20b", "/w/a/"),
      replaced(k_sample_text, "/w/a%20b", "/w/a%00b"),
      replaced(k_sample_text, "/w/a%20b", "%"),
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    const auto read = operation_from_text(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::malformed);
  }
}

TEST_CASE("an operation of a later version is told apart from a malformed one") {
  const auto read = operation_from_text(replaced(k_sample_text, "pvm-operation/1", "pvm-operation/2"));
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Code::newer);
}

TEST_CASE("what is wrong with an operation is said with the number of its line") {
  const auto read = operation_from_text(replaced(k_sample_text, "needs force,", "needs what,"));
  REQUIRE_FALSE(read);
  CHECK(read.error().message == "operation: line 4: not a valid 'needs'");
}

TEST_CASE("an invocation is read back from its text, empty words and odd bytes with it") {
  const Invocation invocation{"/home/u/a b", {"rm", "-rf", "", "x\ny", "100%", "\xFF"}};
  CHECK(invocation_from_text("cwd %\n").value() == Invocation{"", {}});  // called in a removed directory
  CHECK(canonical_text(Invocation{"/w", {"rm", "", "a b"}}) == "cwd /w\narg rm\narg %\narg a%20b\n");
  const auto read = invocation_from_text(canonical_text(invocation));
  REQUIRE(read);
  CHECK(*read == invocation);
}

TEST_CASE("an invocation in any other form is malformed") {
  for (const char* text : {"", "cwd /w", "cwd w\n", "cwd /w%00\n", "arg rm\n", "cwd /w\ncwd /w\n",
                           "cwd /w\narg\n", "cwd /w\narg \n", "cwd /w\narg a%00b\n", "cwd /w\narg a b\n",
                           "cwd /w\narg a\r\n", "cwd /w\narg a\n\n", "cwd /w\narg a", "cwd /w\nenv A=1\n"}) {
    CAPTURE(text);
    const auto read = invocation_from_text(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::malformed);
  }
}

TEST_CASE("an agent's name is short, plain and does not look like an option") {
  CHECK(is_agent_name("claude"));
  CHECK(is_agent_name("a"));
  CHECK(is_agent_name("Team_1/agent-7+x@host:~.z"));
  CHECK(is_agent_name(std::string(128, 'a')));
  CHECK_FALSE(is_agent_name(std::string(129, 'a')));
  CHECK_FALSE(is_agent_name(""));
  CHECK_FALSE(is_agent_name("-rf"));
  CHECK_FALSE(is_agent_name("a b"));
  CHECK_FALSE(is_agent_name("a\nb"));
  CHECK_FALSE(is_agent_name(std::string_view("a\0b", 3)));
  CHECK_FALSE(is_agent_name("caf\xC3\xA9"));
  CHECK_FALSE(is_agent_name("a%20b"));
}

TEST_CASE("a grant may name an agent, all agents of a program, or all agents, and nothing in between") {
  for (const char* good : {"claude", "claude@~/src/app", "claude@*", "a.b-c@*", "*"}) CHECK(is_agent_pattern(good));
  for (const char* bad : {"", "**", "c*", "claude*", "*@host", "@*", "a@b@*", "claude@*x", "claude@**", "-x@*", "cl ude@*", "?", "[a]@*"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_agent_pattern(bad));
  }
}

TEST_CASE("a pattern speaks of exactly the agents whose list of patterns has it") {
  CHECK(agent_patterns_for("claude") == std::vector<std::string>{"claude", "*"});
  CHECK(agent_patterns_for("claude@~/a@b") == std::vector<std::string>{"claude@~/a@b", "claude@*", "*"});
  CHECK(agent_patterns_for("@claude") == std::vector<std::string>{"@claude", "*"});
  for (const char* name : {"claude", "claude@", "claude@x", "claude2@x", "@x", "claude@x@*y", "default"}) {
    const auto all = agent_patterns_for(name);
    for (const char* pattern : {"claude", "claude@", "claude@*", "claude@x", "claude2@*", "@*", "*", "", "claude@x@*", "default"}) {
      CAPTURE(name);
      CAPTURE(pattern);
      CHECK(is_agent_of(pattern, name) == (std::find(all.begin(), all.end(), pattern) != all.end()));
    }
  }
}
