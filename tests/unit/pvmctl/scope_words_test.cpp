// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/scope_words.hpp"

#include <doctest/doctest.h>

#include "pvmctl/approval/coverage.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using model::ScopeType;

const std::vector<std::string> k_forges = {"github.com"};

TEST_CASE("the form says what a pattern is about") {
  for (const char* path : {"/", "/srv/**", "/srv/x#refs/heads/main", "/a:b", "rel", "", "*"}) CHECK(type_by_form(path) == ScopeType::path);
  for (const char* repo : {"https://h/p#refs/x/y", "git@h:p#**", "h:p", "https://h/p", "file:///srv/**#**", "o/r#refs/heads/x"}) {
    CHECK(type_by_form(repo) == ScopeType::repo);
  }
}

TEST_CASE("a name is normalised whichever way its address is written") {
  for (const char* text : {"git@github.com:o/r.git#refs/heads/main", "ssh://git@GitHub.com:22/o/r#refs/heads/main"}) {
    CHECK(repo_name_from_words(text, k_forges).value() == "ssh://git@github.com/o/r#refs/heads/main");
  }
  CHECK(repo_name_from_words("h:a#b#refs/heads/#", k_forges).value() == "ssh://h/~/a%23b#refs/heads/#");
  CHECK(repo_name_from_words("/srv/x#refs/heads/a", k_forges).value() == "file:///srv/x#refs/heads/a");
  for (const char* text : {"", "https://h/p", "https://h/p#main", "https://h/p#refs/", "https://h/p#refs/a..b", "p#refs/heads/x",
                           "https://h/../p#refs/heads/x", "https://u:s3cr3t@h./p#refs/heads/x", "https://u:s3cr3t@h/p"}) {
    CAPTURE(text);
    const auto name = repo_name_from_words(text, k_forges);
    REQUIRE_FALSE(name.has_value());
    CHECK(name.error().code == Code::usage);
    CHECK(name.error().message.find("s3cr3t") == std::string::npos);
  }
}

TEST_CASE("two spellings of one scope are one") {
  const auto scopes = scopes_from_words(
      ScopeType::repo, {"git@github.com:o/*#**", "https://h/p#**", "ssh://git@github.com/o/*.git#**"}, k_forges);
  REQUIRE(scopes.has_value());
  REQUIRE(scopes->size() == 2);
  CHECK(scopes->front().pattern() == "ssh://git@github.com/o/*#**");
  CHECK(scopes_from_words(ScopeType::repo, {"/srv"}, k_forges).error().code == Code::usage);
  CHECK(scopes_from_words(ScopeType::path, {"https://h/p#**"}, k_forges).error().code == Code::usage);
}

TEST_CASE("no directory is looked into for a repo scope") {
  const auto scopes = scopes_from_words(ScopeType::repo, {"file:///tmp/**#**", "https://**#**"}, k_forges);
  REQUIRE(scopes.has_value());
  const auto coverage = approval::coverage_of(*scopes);
  CHECK(coverage.things == 0);
  CHECK(coverage.unread == 0);
  CHECK(coverage.is_whole);
}

}  // namespace
}  // namespace pvm::pvmctl
