// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/push.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "libpvm/model/effect.hpp"

using namespace pvm::model;
using pvm::base::Code;

namespace {

const std::string k_a(40, 'a');
const std::string k_b(40, 'b');
const std::string k_long(64, 'c');

Effect sample() {
  return {{},
          Completeness::whole,
          {{"file:///srv/x y", "/srv/x y", "/w", PushKind::mirror, {{Movement::deletion, k_a, "", "refs/heads/old"}}},
           {"ssh://h/p",
            "h:p",
            "/w/app",
            PushKind::plain,
            {{Movement::fast_forward, k_a, k_b, "refs/heads/a"},
             {Movement::forced, k_b, k_a, "refs/heads/b"},
             {Movement::creation, "", k_long, "refs/tags/v1"}}}},
          {{"core.sshCommand", "ssh -F x\n"}, {"pre-push hook", ""}}};
}

const std::string k_manifest = "pvm-effect/1\n"
                               "push file:///srv/x%20y /srv/x%20y /w mirror\n"
                               "delete " + k_a + " - refs/heads/old\n"
                               "push ssh://h/p h:p /w/app plain\n"
                               "forward " + k_a + " " + k_b + " refs/heads/a\n"
                               "forced " + k_b + " " + k_a + " refs/heads/b\n"
                               "new - " + k_long + " refs/tags/v1\n"
                               "code core.sshCommand ssh%20-F%20x%0A\n"
                               "code pre-push%20hook %\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

Push push(const std::string& ref = "refs/heads/a") { return {"ssh://h/p", "h:p", "/w", PushKind::plain, {{Movement::creation, "", k_a, ref}}}; }

}  // namespace

TEST_CASE("a push has one manifest, and the manifest gives it back, with the code that would run") {
  CHECK(manifest(sample()) == k_manifest);
  const auto read = effect_from_manifest(k_manifest);
  REQUIRE(read);
  CHECK(*read == sample());
}

TEST_CASE("whatever bytes a push has, its manifest gives them back") {
  Effect effect;
  std::string bytes;
  for (int byte = 1; byte < 256; ++byte) bytes += static_cast<char>(byte);
  effect.pushes = {{bytes, bytes, "/w/\n", PushKind::plain, {{Movement::creation, "", k_a, bytes}}}};
  effect.code = {{bytes, bytes}};
  const auto read = effect_from_manifest(manifest(effect));
  REQUIRE(read);
  CHECK(*read == effect);
}

TEST_CASE("a malformed push is refused, and the line is named") {
  const std::string forward = "forward " + k_a + " " + k_b + " refs/heads/a\n";
  struct Case {
    const char* what;
    std::string from, to;
    int line;
  };
  const Case cases[] = {
      {"no words", "push ssh://h/p h:p /w/app plain\n", "push\n", 4},
      {"one too few", "push ssh://h/p h:p /w/app plain\n", "push ssh://h/p h:p /w/app\n", 4},
      {"one too many", "/w/app plain", "/w/app plain x", 4},
      {"an unknown kind", "/w/app plain", "/w/app plane", 4},
      {"no kind", "/w/app plain", "/w/app %", 4},
      {"no name", "push ssh://h/p", "push %", 4},
      {"no URL", "h:p", "%", 4},
      {"a NUL in the URL", "h:p", "h:p%00", 4},
      {"a byte without its escape", "h:p", "h:\xC3\xA9", 4},
      {"an escape without need", "h:p", "h%3Ap", 4},
      {"an escape in small letters", "/srv/x%20y /srv", "/srv/x%2fy /srv", 2},
      {"a relative repository", "/w/app", "w/app", 4},
      {"a repository with a way up", "/w/app", "/w/../app", 4},
      {"a repository that ends in a slash", "/w/app", "/w/app/", 4},
      {"another order of pushes", "push file:///srv/x%20y", "push zfile:///srv/x%20y", 4},
      {"a push twice", "push ssh://h/p h:p /w/app plain", "push file:///srv/x%20y /srv/x%20y /w mirror", 4},
      {"an unknown movement", "forward ", "onward ", 5},
      {"a movement in capitals", "forward ", "Forward ", 5},
      {"a forward of nothing", "forward " + k_a, "forward -", 5},
      {"a forward to nothing", "forward " + k_a + " " + k_b, "forward " + k_a + " -", 5},
      {"a forced one of nothing", "forced " + k_b, "forced -", 6},
      {"a new one that was there", "new -", "new " + k_a, 7},
      {"a new one that is none", k_long, "-", 7},
      {"a deletion to something", "delete " + k_a + " -", "delete " + k_a + " " + k_b, 3},
      {"a deletion of what is no id", "delete " + k_a, "delete 0", 3},
      {"an id of 39 digits", "delete " + k_a, "delete " + k_a.substr(1), 3},
      {"an id of 41 digits", "delete " + k_a, "delete " + k_a + "a", 3},
      {"an id in capitals", "delete " + k_a, "delete " + std::string(40, 'A'), 3},
      {"an id with another letter", "delete " + k_a, "delete g" + k_a.substr(1), 3},
      {"no ref", "refs/heads/old", "%", 3},
      {"a ref with a NUL", "refs/heads/old", "refs/heads/old%00", 3},
      {"two spaces", "new - ", "new -  ", 7},
      {"a space at the end", "refs/heads/old\n", "refs/heads/old \n", 3},
      {"a carriage return", "refs/heads/old\n", "refs/heads/old\r\n", 3},
      {"a ref twice", "refs/heads/b", "refs/heads/a", 6},
      {"another order of refs", "refs/heads/b", "refs/heads/A", 6},
      {"an empty line", forward, "\n" + forward, 5},
      {"an operand in a push", forward, "operand /w\n", 5},
      {"an operand after the code", "code pre-push%20hook %\n", "operand /w\nd 1 1 - - %\n", 9},
      {"a push after the code", "code pre-push%20hook %\n", "push zz z /w plain\n", 9},
      {"code without a value", "code pre-push%20hook %", "code pre-push%20hook", 9},
      {"code without a name", "code pre-push%20hook %", "code % x", 9},
      {"code with a NUL", "code pre-push%20hook %", "code x %00", 9},
      {"code twice", "code pre-push%20hook %", "code core.sshCommand ssh%20-F%20x%0A", 9},
      {"another order of code", "code pre-push%20hook %", "code a b", 9},
      {"no end of line", "code pre-push%20hook %\n", "code pre-push%20hook %", 9},
  };
  for (const Case& each : cases) {
    CAPTURE(each.what);
    const auto read = effect_from_manifest(replaced(k_manifest, each.from, each.to));
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == Code::malformed);
    CAPTURE(read.error().message);
    CHECK(read.error().message.find("line " + std::to_string(each.line)) != std::string::npos);
  }
}

TEST_CASE("an effect is of operands or of a push, and what is read has no other manifest") {
  const std::string operand = "operand /w\nd 1 1 - - %\n";
  for (const std::string& text : {"pvm-effect/1\ncode a b\n" + operand, "pvm-effect/1\n" + operand + "code a b\n", "pvm-effect/1\n" + operand + "push a b /w plain\n",
                                  "pvm-effect/1\npush a b /w plain\n" + operand}) {
    CAPTURE(text);
    CHECK_FALSE(effect_from_manifest(text).has_value());
  }
  for (const std::string& text : {std::string("pvm-effect/1\ncode a b\n"), std::string("pvm-effect/1\npush a b /w plain\n"), k_manifest}) {
    const auto read = effect_from_manifest(text);
    REQUIRE(read.has_value());
    CHECK(manifest(*read) == text);
  }
}

TEST_CASE("a push that moves more refs than the bound is refused") {
  std::string text = "pvm-effect/1\npush a b /w plain\n";
  for (std::size_t i = 0; i < k_effect_bound; ++i) {
    const std::string number = std::to_string(1'000'000 + i);
    text.append("new - ").append(k_a).append(" refs/heads/").append(number).append("\n");
  }
  CHECK(effect_from_manifest(text).has_value());
  const auto over = effect_from_manifest(text + "new - " + k_a + " refs/tags/x\n");
  REQUIRE_FALSE(over.has_value());
  CHECK(over.error().code == Code::malformed);
}

TEST_CASE("a push acts on each ref of each repository, and needs what the worst of them needs") {
  const Operation operation = operation_of(sample().pushes, "claude");
  CHECK(operation.agent == "claude");
  CHECK(operation.action == Action::push);
  CHECK(operation.needs.text() == "delete,force,mirror,tag");
  CHECK(operation.resources == std::vector<Resource>{{"file:///srv/x y#refs/heads/old", Extent::item},
                                                     {"ssh://h/p#refs/heads/a", Extent::item},
                                                     {"ssh://h/p#refs/heads/b", Extent::item},
                                                     {"ssh://h/p#refs/tags/v1", Extent::item}});
  CHECK(operation_of({push(), push()}, "a").resources.size() == 1);
  CHECK(operation_of({push()}, "a").needs.is_empty());
  CHECK(operation_of({}, "a").resources.empty());
  Push nothing = push();
  nothing.kind = PushKind::mirror;
  nothing.updates.clear();
  CHECK(operation_of({nothing}, "a").needs.is_empty());
  CHECK(needs_of({Movement::forced, k_a, k_b, "refs/tags/v"}).text() == "force,tag");
  CHECK(needs_of({Movement::deletion, k_a, "", "refs/tags/v"}).text() == "delete,tag");
  CHECK(needs_of({Movement::creation, "", k_b, "refs/tagsx/v"}).text() == "-");
  CHECK(needs_of({Movement::fast_forward, k_a, k_b, "refs/namespaces/a/refs/namespaces/b/refs/tags/v"}).text() == "tag");
  CHECK(needs_of({Movement::creation, "", k_b, "refs/namespaces/refs/tags"}).text() == "-");
  CHECK(needs_of({Movement::fast_forward, k_a, k_b, "refs/heads/refs/tags/v"}).text() == "-");
}

TEST_CASE("pushes are sorted, what is said twice is said once, and one ref moved in two ways is refused") {
  std::vector<Push> pushes = {push("refs/heads/b"), push("refs/heads/a"), push("refs/heads/b")};
  CHECK(sort(pushes));
  REQUIRE(pushes.size() == 1);
  CHECK(pushes[0].updates.size() == 2);
  CHECK(pushes[0].updates[0].ref == "refs/heads/a");
  Push elsewhere = push();
  elsewhere.name = "a";
  pushes.push_back(elsewhere);
  CHECK(sort(pushes));
  CHECK(pushes.front().name == "a");

  for (const RefUpdate& other : {RefUpdate{Movement::creation, "", k_b, "refs/heads/a"}, RefUpdate{Movement::forced, k_b, k_a, "refs/heads/a"},
                                 RefUpdate{Movement::deletion, k_a, "", "refs/heads/a"}}) {
    std::vector<Push> two = {push(), push()};
    two[1].updates[0] = other;
    CHECK_FALSE(sort(two));
    std::vector<Push> listed_twice = {push()};
    listed_twice[0].updates.push_back(other);
    CHECK_FALSE(sort(listed_twice));
  }
  Effect effect;
  effect.pushes = {push("refs/heads/z"), elsewhere, push("refs/heads/b")};
  REQUIRE(sort(effect.pushes));
  CHECK(effect_from_manifest(manifest(effect)).has_value());
}

TEST_CASE("what is told of a push counts its refs, and those of which commits may be lost") {
  CHECK(to_text(summarise(sample())) == "4 refs, 2 of them forced or deleted");
  Effect effect;
  effect.pushes = {push()};
  CHECK(to_text(summarise(effect)) == "1 ref");
  effect.pushes[0].updates[0] = {Movement::deletion, k_a, "", "refs/heads/a"};
  CHECK(to_text(summarise(effect)) == "1 ref, forced or deleted");
  effect.pushes = {push(), push()};
  CHECK(to_text(summarise(effect)) == "2 refs");
  effect.pushes.clear();
  CHECK(to_text(summarise(effect)) == "nothing");
  CHECK(describe({Movement::creation, "", k_a, "r"}) == "new, aaaaaaaaaa");
  CHECK(describe({Movement::deletion, k_a, "", "r"}) == "delete, was aaaaaaaaaa");
  CHECK(describe({Movement::fast_forward, k_a, k_b, "r"}) == "forward, aaaaaaaaaa -> bbbbbbbbbb");
  CHECK(describe({Movement::forced, k_a, k_b, "r"}) == "forced, aaaaaaaaaa -> bbbbbbbbbb");
}

TEST_CASE("two pushes differ in what moves, and where nothing moves otherwise still in how") {
  const Effect then = sample();
  CHECK(compare(then, then).total == 0);
  Effect now = then;
  now.pushes[1].updates[0].new_id = k_long;
  now.pushes[1].updates[1] = {Movement::creation, "", k_a, "refs/heads/\x1b"};
  const auto moved = compare(then, now);
  CHECK(moved.total == 3);
  CHECK(moved.named == std::vector<std::string>{"changed 'ssh://h/p#refs/heads/a': was forward, aaaaaaaaaa -> bbbbbbbbbb; is forward, aaaaaaaaaa -> cccccccccc",
                                                "gone 'ssh://h/p#refs/heads/b'", "added 'ssh://h/p#refs/heads/\\x1B': new, aaaaaaaaaa"});
  CHECK(compare(then, now, 1).named.size() == 1);
  CHECK(compare(then, now, 1).total == 3);

  now = then;
  now.pushes[0].kind = PushKind::plain;
  CHECK(compare(then, now).total == 1);
  now = then;
  now.pushes[1].url = "ssh://h/p";
  CHECK(compare(then, now).total == 6);
  now = then;
  now.pushes[1].repository = "/other";
  CHECK(compare(then, now).total == 6);
  now = then;
  now.pushes.push_back({"z", "z", "/z", PushKind::plain, {}});
  CHECK(compare(then, now).total == 1);
}

TEST_CASE("another program that would run is a difference, whatever stays") {
  const Effect then = sample();
  Effect now = then;
  now.code[0].value = "ssh\x1b";
  CHECK(compare(then, now).named == std::vector<std::string>{"gone: code that would run: 'core.sshCommand' 'ssh -F x\\n'", "added: code that would run: 'core.sshCommand' 'ssh\\x1B'"});
  now.code.clear();
  CHECK(compare(then, now).total == 2);
  CHECK(compare(now, then).total == 2);
}
