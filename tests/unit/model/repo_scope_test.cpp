// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "libpvm/model/repo_name.hpp"
#include "libpvm/model/scope.hpp"
#include "tests/unit/model/tables.hpp"
#include "tests/unit/thorough.hpp"

namespace pvm::model {
namespace {

const std::vector<std::string> k_forges = {"github.com", "gitlab.com"};

Scope scope(std::string_view pattern) {
  auto parsed = Scope::parse(ScopeType::repo, pattern, k_forges);
  REQUIRE_MESSAGE(parsed.has_value(), std::string(pattern));
  return *parsed;
}

std::string fault_of(std::string_view pattern) {
  const auto parsed = Scope::parse(ScopeType::repo, pattern, k_forges);
  return parsed ? "" : parsed.error().message;
}

struct RepoRow {
  std::size_t line;
  std::string pattern, name, expect, note;
};

std::vector<RepoRow> read_rows() {
  std::vector<RepoRow> rows;
  for (const test::TableRow& row : test::read_table("repo_scopes.tsv", 4)) {
    rows.push_back({row.line, test::decoded(row.columns[0]), test::decoded(row.columns[1]), row.columns[2], row.columns[3]});
  }
  return rows;
}

TEST_CASE("every row of the table of repo scopes holds") {
  const std::vector<RepoRow> rows = read_rows();
  CHECK(rows.size() >= 200);
  for (const RepoRow& row : rows) {
    CAPTURE(row.line);
    CAPTURE(row.note);
    const auto parsed = Scope::parse(ScopeType::repo, row.pattern, k_forges);
    if (row.expect == "yes") CHECK(is_repo_name(row.name));
    CHECK((!parsed ? "malformed" : parsed->covers({row.name}) ? "yes" : "no") == row.expect);
  }
}

TEST_CASE("a repo scope's pattern is its normal form, which parses to itself whatever the forges") {
  for (const RepoRow& row : read_rows()) {
    const auto parsed = Scope::parse(ScopeType::repo, row.pattern, k_forges);
    if (!parsed) continue;
    CAPTURE(row.line);
    CHECK(parsed->type() == ScopeType::repo);
    for (const std::vector<std::string>& forges : {k_forges, {}}) {
      const auto again = Scope::parse(ScopeType::repo, parsed->pattern(), forges);
      REQUIRE_MESSAGE(again.has_value(), parsed->pattern());
      CHECK(again->pattern() == parsed->pattern());
      CHECK(again->covers({row.name}) == parsed->covers({row.name}));
    }
  }
  CHECK(scope("Git@GitHub.com:o/**.git#refs/heads/***").pattern() == "ssh://Git@github.com/o/*#refs/heads/**");
  CHECK(scope("https://H:443/a b/[x-z]?#**").pattern() == "https://h/a%20b/[x-z]?#**");
  CHECK(scope("[0::1]:p#refs/heads/m").pattern() == "ssh://[::1]/~/p#refs/heads/m");
}

TEST_CASE("whatever a repo scope covers is found by its anchor") {
  std::size_t covered = 0;
  for (const RepoRow& row : read_rows()) {
    if (row.expect != "yes") continue;
    CAPTURE(row.line);
    const std::vector<std::string> anchors = anchors_of(row.name);
    CHECK(std::find(anchors.begin(), anchors.end(), scope(row.pattern).anchor()) != anchors.end());
    ++covered;
  }
  CHECK(covered >= 70);
  CHECK(scope("https://github.com/o/*#refs/heads/*").anchor() == "/https:/github.com/o");
  CHECK(scope("https://github.com/o/r#refs/heads/*").anchor() == "/https:/github.com/o/r/^/refs/heads");
  CHECK(scope("ssh://[::1]/*#**").anchor() == "/ssh:/[::1]");
  CHECK(anchors_of("https://h/p#main").empty());
  CHECK(anchors_of("file:///p#refs/x").size() == 6);
}

TEST_CASE("neither type of scope covers what the other is about") {
  for (const char* pattern : {"/", "/**", "/https:/h/p", "/https:/h/p/^/refs/heads/main", "/https:/**"}) {
    const auto path = Scope::parse(ScopeType::path, pattern);
    REQUIRE(path.has_value());
    CHECK_FALSE(path->covers({"https://h/p#refs/heads/main"}));
    CHECK_FALSE(path->covers({"https://h/p#refs/heads/main", Extent::tree}));
    CHECK_FALSE(path->covers({"file:///p#refs/heads/main"}));
  }
  for (const char* pattern : {"file:///**#**", "https://**#**", "/srv/**#**"}) {
    CHECK_FALSE(scope(pattern).covers({"/https:/h/p/^/refs/heads/main"}));
    CHECK_FALSE(scope(pattern).covers({"/srv/x"}));
    CHECK_FALSE(scope(pattern).covers({"/file:/srv/x/^/refs/heads/main", Extent::tree}));
    CHECK_FALSE(scope(pattern).reaches_beneath("/"));
    CHECK_FALSE(scope(pattern).reaches_beneath("/file:/srv"));
    CHECK(scope(pattern).widened_for({"/srv", Extent::tree}).empty());
  }
  CHECK_FALSE(Scope::parse(ScopeType::repo, "/w").has_value());
  CHECK_FALSE(Scope::parse(ScopeType::path, "https://h/p#refs/heads/main").has_value());
}

TEST_CASE("a push is no tree") {
  const std::string name = "https://h/p#refs/heads/main";
  CHECK(scope("https://h/p#**").covers({name}));
  CHECK_FALSE(scope("https://h/p#**").covers({name, Extent::tree}));
  CHECK(scope("https://h/p#**").widened_for({name, Extent::tree}).empty());
  CHECK_FALSE(scope(name).covers({name, Extent::tree}));
}

TEST_CASE("the scope of one name covers it alone") {
  for (const RepoRow& row : read_rows()) {
    if (!is_repo_name(row.name)) continue;
    CAPTURE(row.line);
    const Scope exact = Scope::exactly(row.name);
    CHECK(exact.type() == ScopeType::repo);
    CHECK(exact.pattern() == row.name);
    CHECK(exact == scope(row.name));
    CHECK(exact.covers({row.name}));
    CHECK_FALSE(exact.covers({row.name + "2"}));
    CHECK_FALSE(exact.covers({row.name + "/x"}));
    CHECK_FALSE(exact.covers({"x" + row.name}));
  }
  CHECK_THROWS_AS((void)Scope::exactly("https://h/p#main"), std::invalid_argument);
  CHECK_THROWS_AS((void)Scope::exactly("git@h:p#refs/heads/main"), std::invalid_argument);
}

TEST_CASE("the message of a malformed repo scope tells its fault, the hint the form, and neither a password") {
  const auto parsed = Scope::parse(ScopeType::repo, "https://h/p", k_forges);
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().code == base::Code::malformed);
  CHECK(parsed.error().message == "malformed scope 'https://h/p': it names no ref ('#refs/...')");
  CHECK(parsed.error().hint.find("https://github.com/o/r#refs/heads/*") != std::string::npos);
  CHECK(fault_of("https://h/p#main").ends_with("its ref does not begin with 'refs/'"));
  CHECK(fault_of("https://h/p/#refs/heads/*").ends_with("for all that is beneath it write '/**'"));
  CHECK(fault_of("https://h/p#*").ends_with("its ref has one component, and no ref has"));
  CHECK(fault_of("https://u:s3cr3t@h/p#refs/x/y").find("s3cr3t") == std::string::npos);
  CHECK(fault_of("https://u:s3c/r3t-s3cr3t@h/p#main").find("s3cr3t") == std::string::npos);
  CHECK(fault_of("https://h/" + std::string(4096, 'a') + "#refs/x/y").ends_with("it is longer than 4,096 bytes"));
  CHECK(fault_of("https://h/" + std::string(2000, ' ') + "#refs/x/y").ends_with("it is longer than 4,096 bytes"));
}

TEST_CASE("a repo scope explains itself") {
  CHECK(scope("https://h/p#refs/heads/main").explain() ==
        "covers pushes to just the ref 'refs/heads/main' of the repository 'https://h/p'");
  CHECK(scope("ssh://[::1]/p#refs/heads/*").explain() ==
        "covers pushes to every ref that matches 'refs/heads/*' of the repository 'ssh://[::1]/p'");
  CHECK(scope("https://h/**#**").explain() ==
        "covers pushes to every ref that matches '**' of every repository whose address matches 'https://h/**'");
}

TEST_CASE("the longest patterns and names are matched at once") {
  std::string stars = "https://h";
  std::string deep = "https://h";
  for (int i = 0; i < 600; ++i) stars += "/**/*a";
  for (int i = 0; i < 1500; ++i) deep += "/a";
  CHECK_FALSE(scope(stars + "#refs/heads/x").covers({deep + "#refs/heads/y"}));
  CHECK(scope(stars + "#refs/heads/x").covers({deep + "#refs/heads/x"}));
}

// Patterns and names of few parts, so that many match.
class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}
  std::string pattern() { return made(k_url_parts_, k_ref_parts_); }
  std::string name() {
    for (;;) {
      std::string name = made({"a", "b", "#", "%5E", "refs", "x", "/", "/", "/"}, {"a", "b", "#", "x", "%5E", "/", "/"});
      if (is_repo_name(name)) return name;
    }
  }
  bool coin() { return random_() % 2 == 0; }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  std::string made(const std::vector<std::string>& url, const std::vector<std::string>& ref) {
    std::string text = coin() ? "https://h/" : "https://g/";
    for (std::size_t left = 1 + below(4); left > 0; --left) text += url[below(url.size())];
    text += coin() ? "#refs/" : "#refs/heads/";
    for (std::size_t left = 1 + below(3); left > 0; --left) text += ref[below(ref.size())];
    return text;
  }
  const std::vector<std::string> k_url_parts_ = {"a", "b", "*", "**", "/**/", "?", "[ab]", "[!a]", "/", "/", "%5E", "refs"};
  const std::vector<std::string> k_ref_parts_ = {"a", "b", "*", "**", "/**/", "?", "[ab]", "[#^]", "/", "#", "[!a]"};
  std::mt19937 random_;
};

TEST_CASE("what a scope covers is covered part by part, at its own host") {
  Maker maker(11);
  std::size_t covered = 0;
  for (int i = 0; i < 100'000; i += stride()) {
    const std::string pattern = maker.pattern();
    const auto parsed = Scope::parse(ScopeType::repo, pattern, k_forges);
    if (!parsed) continue;
    const std::string name = maker.name();
    CAPTURE(pattern);
    CAPTURE(name);
    if (!parsed->covers({name})) continue;
    ++covered;
    REQUIRE(name.substr(0, 10) == pattern.substr(0, 10));
    // Its URL and its ref match by themselves too: no component of one was taken for the other's.
    const std::string& normal = parsed->pattern();
    const std::string url_pattern = normal.substr(0, normal.find('#'));
    const std::string ref_pattern = normal.substr(normal.find('#'));
    const std::string url = name.substr(0, name.find('#'));
    const std::string ref = name.substr(name.find('#'));
    REQUIRE(scope(url_pattern + "#refs/q/q").covers({url + "#refs/q/q"}));
    REQUIRE(scope("https://q/q" + ref_pattern).covers({"https://q/q" + ref}));
  }
  CHECK(covered > 300U / static_cast<unsigned>(stride()));
}

TEST_CASE("a wildcard written out never covers more") {
  Maker maker(13);
  std::size_t covered = 0;
  for (int i = 0; i < 100'000; i += stride()) {
    const std::string pattern = maker.pattern();
    const std::size_t star = pattern.find('*');
    if (star == std::string::npos) continue;
    std::string narrower = pattern;
    narrower.replace(star, 1, maker.coin() ? "a" : "?");
    const auto wide = Scope::parse(ScopeType::repo, pattern, k_forges);
    const auto narrow = Scope::parse(ScopeType::repo, narrower, k_forges);
    if (!wide || !narrow) continue;
    const std::string name = maker.name();
    if (!narrow->covers({name})) continue;
    ++covered;
    CAPTURE(pattern);
    CAPTURE(narrower);
    CAPTURE(name);
    REQUIRE(wide->covers({name}));
  }
  CHECK(covered > 100U / static_cast<unsigned>(stride()));
}

}  // namespace
}  // namespace pvm::model
