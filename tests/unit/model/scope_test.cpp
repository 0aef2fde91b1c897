// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/scope.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "tests/unit/model/scope_cases.hpp"

namespace pvm::model {
namespace {

using test::read_scope_rows;
using test::ScopeMaker;
using test::ScopeRow;

Scope scope(std::string_view pattern) {
  auto parsed = Scope::parse(ScopeType::path, pattern);
  REQUIRE_MESSAGE(parsed.has_value(), std::string(pattern));
  return *parsed;
}

Resource item(std::string_view name) {
  return {std::string(name), Extent::item};
}
Resource tree(std::string_view name) {
  return {std::string(name), Extent::tree};
}

std::string verdict_on(const ScopeRow& row) {
  const auto parsed = Scope::parse(ScopeType::path, row.pattern);
  if (!parsed) return "malformed";
  return parsed->covers(row.resource) ? "yes" : "no";
}

std::string fault_of(std::string_view pattern) {
  const auto parsed = Scope::parse(ScopeType::path, pattern);
  return parsed ? "" : parsed.error().message;
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (; times > 0; --times) text += part;
  return text;
}

TEST_CASE("every row of the table of scopes holds") {
  const std::vector<ScopeRow> rows = read_scope_rows();
  CHECK(rows.size() >= 150);
  for (const ScopeRow& row : rows) {
    CAPTURE(row.line);
    CAPTURE(row.note);
    CHECK(verdict_on(row) == row.expect);
  }
}

TEST_CASE("a malformed row of the table is an error of its kind that names the pattern") {
  for (const ScopeRow& row : read_scope_rows()) {
    if (row.expect != "malformed") continue;
    CAPTURE(row.line);
    const auto parsed = Scope::parse(ScopeType::path, row.pattern);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == base::Code::malformed);
    CHECK(parsed.error().message.starts_with("malformed scope '"));
    CHECK(parsed.error().message.find('\n') == std::string::npos);
  }
}

TEST_CASE("the message of a malformed scope tells its fault") {
  CHECK(fault_of("/w/[a") == "malformed scope '/w/[a': a '[' without its ']'");
  CHECK(fault_of("/w/[z-a]") == "malformed scope '/w/[z-a]': a range that runs backwards");
  CHECK(fault_of("/w/[[:foo:]]") == "malformed scope '/w/[[:foo:]]': the unknown class 'foo'");
  CHECK(fault_of("/w/[/]") == "malformed scope '/w/[/]': a set that no byte is in");
  CHECK(fault_of("w") == "malformed scope 'w': it does not begin with '/'");
  CHECK(fault_of("") == "malformed scope '': it is empty");
  CHECK(fault_of("/w//a") == "malformed scope '/w//a': an empty component ('//')");
  CHECK(fault_of("/w/../a") == "malformed scope '/w/../a': '.' or '..' as a component");
  CHECK(fault_of("/w/a\n[") == "malformed scope '/w/a\\n[': a '[' without its ']'");
}

TEST_CASE("a pattern of 4,096 bytes is accepted and one of 4,097 is not") {
  CHECK(Scope::parse(ScopeType::path, "/" + std::string(4095, 'a')).has_value());
  CHECK(fault_of("/" + std::string(4096, 'a')).ends_with("it is longer than 4,096 bytes"));
}

TEST_CASE("patterns and names of the greatest length are matched at once") {
  const std::string stars = "/" + repeated("*a", 2000) + "b";
  CHECK_FALSE(scope(stars).covers(item("/" + std::string(4094, 'a'))));
  const std::string depths = repeated("/**/a", 800) + "/b";
  CHECK_FALSE(scope(depths).covers(item(repeated("/a", 2000))));
  CHECK_FALSE(scope(repeated("/**/*a*", 500)).covers(tree(repeated("/aaa", 1000))));
  CHECK(scope("/**" + repeated("/*", 2000)).covers(tree(repeated("/a", 2000))));
  CHECK(scope(repeated("/**/*", 800)).covers(tree(repeated("/a", 2000))));
}

TEST_CASE("the anchor is the longest directory without a wildcard, unquoted") {
  CHECK(scope("/").anchor() == "/");
  CHECK(scope("/**").anchor() == "/");
  CHECK(scope("/*.o").anchor() == "/");
  CHECK(scope("/w").anchor() == "/w");
  CHECK(scope("/w/a/").anchor() == "/w/a");
  CHECK(scope("/w/a/*.o").anchor() == "/w/a");
  CHECK(scope("/w/a*/b/c").anchor() == "/w");
  CHECK(scope("/w/**/x/").anchor() == "/w");
  CHECK(scope("/w/[a]/x").anchor() == "/w");
  CHECK(scope("/w/a\\*\\b/?").anchor() == "/w/a*b");
}

TEST_CASE("what a scope covers lies at or beneath its anchor, and the anchor is one of the resource's") {
  ScopeMaker make(20);
  std::size_t covered = 0;
  for (int i = 0; i < 4000; ++i) {
    const Scope made = scope(make.pattern());
    const std::string name = make.name_near(made.pattern());
    if (!made.covers(item(name))) continue;
    ++covered;
    CAPTURE(made.pattern());
    CAPTURE(name);
    CHECK(is_at_or_beneath(name, made.anchor()));
    const std::vector<std::string> anchors = anchors_of(name);
    CHECK(std::find(anchors.begin(), anchors.end(), made.anchor()) != anchors.end());
  }
  CHECK(covered > 500);
}

TEST_CASE("rows of the table that are covered lie at or beneath the anchor") {
  for (const ScopeRow& row : read_scope_rows()) {
    if (row.expect != "yes") continue;
    CAPTURE(row.line);
    CHECK(is_at_or_beneath(row.resource.name, scope(row.pattern).anchor()));
  }
}

TEST_CASE("where a tree is covered, so is every name in it") {
  ScopeMaker make(21);
  std::size_t covered = 0;
  for (int i = 0; i < 8000; ++i) {
    const Scope made = scope(make.pattern());
    const std::string name = make.name_near(made.pattern());
    if (!made.covers(tree(name))) continue;
    ++covered;
    CAPTURE(made.pattern());
    CAPTURE(name);
    CHECK(made.covers(item(name)));
    for (int j = 0; j < 10; ++j) {
      const std::string inside = (name == "/" ? "" : name) + make.name();
      CAPTURE(inside);
      CHECK(made.covers(item(inside)));
      CHECK(made.covers(tree(inside)));
    }
  }
  CHECK(covered > 200);
}

TEST_CASE("exactly() quotes what would be a wildcard and covers nothing beside the path") {
  CHECK(Scope::exactly("/w/a*b?[c]\\d").pattern() == "/w/a\\*b\\?\\[c]\\\\d");
  for (const std::string name :
       {"/", "/w", "/w/*", "/w/**", "/w/**/x", "/w/[a]", "/w/\\", "/w/\\*", "/w/a\nb", "/w/\xFF\xFE", "/w/ ",
        "/w/!", "/w/...", "/w/[!a]", "/w/[[:alpha:]]"}) {
    CAPTURE(name);
    const Scope exact = Scope::exactly(name);
    CHECK(exact == scope(exact.pattern()));
    CHECK(exact.anchor() == name);
    CHECK(exact.covers(item(name)));
    CHECK(exact.covers(tree(name)));
    CHECK(exact.covers(item(name == "/" ? "/x" : name + "/x")));
    CHECK(exact.covers(item(name + "2")) == (name == "/"));
    CHECK(exact.covers(item("/w/x")) == (name == "/" || name == "/w"));
  }
}

TEST_CASE("exactly() round trips every byte that a name can hold") {
  for (int byte = 1; byte < 256; ++byte) {
    if (byte == '/') continue;
    const std::string name = std::string("/w/x") + static_cast<char>(byte);
    const Scope exact = scope(Scope::exactly(name).pattern());
    CAPTURE(byte);
    CHECK(exact.covers(item(name)));
    CHECK(exact.anchor() == name);
    CHECK_FALSE(exact.covers(item("/w/x")));
    CHECK_FALSE(exact.covers(item("/w/xx" + name.substr(4))));
  }
}

TEST_CASE("exactly() of a path that is not canonical is a bug of the caller") {
  CHECK_THROWS_AS((void)Scope::exactly("/w/.."), std::invalid_argument);
  CHECK_THROWS_AS((void)Scope::exactly("w"), std::invalid_argument);
}

TEST_CASE("a scope that misses only what is beneath says what would cover it") {
  CHECK(scope("/w/*.d").widened_for(tree("/w/x.d")) == "/w/*.d/");
  CHECK(scope("/w/**/x").widened_for(tree("/w/a/x")) == "/w/**/x/");
  CHECK(scope("/w/[a]").widened_for(tree("/w/a")) == "/w/[a]/");
  for (const auto& [pattern, name] : {std::pair{"/w/*.d", "/w/x.d"}, {"/w/?", "/w/a"}, {"/*", "/w"}}) {
    CHECK(scope(scope(pattern).widened_for(tree(name))).covers(tree(name)));
  }
}

TEST_CASE("a scope has nothing to widen where it covers the tree, or misses the operand itself") {
  CHECK(scope("/w/*.d/").widened_for(tree("/w/x.d")).empty());
  CHECK(scope("/w/*.d").widened_for(item("/w/x.d")).empty());
  CHECK(scope("/w/*.d").widened_for(tree("/w/x.e")).empty());
  CHECK(scope("/w/*.d").widened_for(tree("/w/../w/x.d")).empty());
  CHECK(scope("/w/**").widened_for(tree("/w")).empty());
  CHECK(scope("/w/**").widened_for(tree("/w/a")).empty());
  CHECK(scope("/" + std::string(4094, 'a') + "*").widened_for(tree("/" + std::string(4094, 'a'))).empty());
}

TEST_CASE("a scope explains itself") {
  CHECK(scope("/srv/app/build").explain() == "covers '/srv/app/build' and everything beneath it");
  CHECK(scope("/srv/app/build/").explain() == "covers '/srv/app/build' and everything beneath it");
  CHECK(scope("/w/a\\*").explain() == "covers '/w/a*' and everything beneath it");
  CHECK(scope("/").explain() == "covers '/' and everything beneath it");
  CHECK(scope("/w/**").explain() == "covers everything beneath '/w'; not '/w' itself");
  CHECK(scope("/w/**/*").explain() == "covers everything beneath '/w'; not '/w' itself");
  CHECK(scope("/w/*.d/").explain() == "covers every path that matches '/w/*.d/' and everything beneath it");
  CHECK(scope("/w/*.o").explain() ==
        "covers exactly the paths that match '/w/*.o'; not what is beneath a directory of that name");
  CHECK(scope("/w/**/*.o").explain() ==
        "covers exactly the paths that match '/w/**/*.o'; beneath a directory of that name only what matches "
        "too");
  CHECK(scope("/w/*/**").explain() == "covers every path that matches '/w/*/**' and everything beneath it");
  CHECK(scope("/w/\x1B[!a]").explain().find('\x1B') == std::string::npos);
}

TEST_CASE("the anchors of a path are itself and its ancestors, the root last") {
  CHECK(anchors_of("/a/b c/d") == std::vector<std::string>{"/a/b c/d", "/a/b c", "/a", "/"});
  CHECK(anchors_of("/a") == std::vector<std::string>{"/a", "/"});
  CHECK(anchors_of("/") == std::vector<std::string>{"/"});
  CHECK(anchors_of("/a/../b").empty());
  CHECK(anchors_of("").empty());
}

TEST_CASE("only absolute paths without odd components are canonical") {
  for (const char* path : {"/", "/a", "/a/b", "/...", "/.a", "/a.", "/..a", "/a\n", "/\xFF", "/ "}) {
    CHECK_MESSAGE(is_canonical(path), path);
  }
  for (const char* path :
       {"", "a", ".", "//", "/a/", "/a//b", "//a", "/.", "/..", "/a/.", "/a/../b", "/./a"}) {
    CHECK_MESSAGE(!is_canonical(path), path);
  }
  CHECK_FALSE(is_canonical(std::string_view("/a\0b", 4)));
}

TEST_CASE("beneath is by whole components") {
  CHECK(is_at_or_beneath("/tmp/build", "/tmp/build"));
  CHECK(is_at_or_beneath("/tmp/build/x", "/tmp/build"));
  CHECK(is_at_or_beneath("/tmp", "/"));
  CHECK(is_at_or_beneath("/", "/"));
  CHECK_FALSE(is_at_or_beneath("/tmp/build2", "/tmp/build"));
  CHECK_FALSE(is_at_or_beneath("/tmp", "/tmp/build"));
  CHECK_FALSE(is_at_or_beneath("/", "/tmp"));
}

}  // namespace
}  // namespace pvm::model

TEST_CASE("a scope reaches beneath a directory exactly where something beneath could be covered") {
  const auto reaches = [](const char* pattern, const char* path) {
    const auto scope = pvm::model::Scope::parse(pvm::model::ScopeType::path, pattern);
    REQUIRE(scope);
    return scope->reaches_beneath(path);
  };
  CHECK(reaches("/w/**/build/", "/w"));
  CHECK(reaches("/w/**/build/", "/w/a/b/c"));
  CHECK(reaches("/w/a", "/w/a/b"));  // covers what is beneath it
  CHECK(reaches("/w/*.d/", "/w/x.d"));
  CHECK(reaches("/w/*.d/", "/w"));
  CHECK(reaches("/w/*/x", "/w/a"));
  CHECK_FALSE(reaches("/w/*.d/", "/w/a"));
  CHECK_FALSE(reaches("/w/*.d", "/w/x.d"));
  CHECK_FALSE(reaches("/w/*/x", "/w/a/x"));
  CHECK_FALSE(reaches("/w/**/build/", "/v"));
  CHECK_FALSE(reaches("/w/a", "/w/b"));
}
