// SPDX-License-Identifier: Apache-2.0
// Grants and requests for pushes, found by the names of what they act on.
#include <doctest/doctest.h>

#include "tests/unit/vault/vault_fixture.hpp"

namespace pvm::test {
namespace {

const std::vector<std::string> k_forges = {"github.com"};

model::Scope repo_scope(std::string_view pattern) {
  auto parsed = model::Scope::parse(model::ScopeType::repo, pattern, k_forges);
  REQUIRE(parsed);
  return std::move(*parsed);
}

vault::Wish push_of(const std::vector<std::string>& names) {
  vault::Wish wish = wish_for("/w/a");
  wish.operation.action = model::Action::push;
  wish.operation.needs = {};
  wish.operation.resources.clear();
  for (const std::string& name : names) wish.operation.resources.push_back({name, model::Extent::item});
  return wish;
}

model::Grant push_grant(TestVault& vault, const std::vector<std::string>& patterns) {
  model::Grant grant = vault.grant_for("/w/a");
  grant.terms.action = model::Action::push;
  grant.terms.may = {};
  grant.terms.scopes.clear();
  for (const std::string& pattern : patterns) grant.terms.scopes.push_back(repo_scope(pattern));
  grant.effect = std::nullopt;
  return grant;
}

TEST_CASE("a push is decided by the grant whose scope covers its repository and ref") {
  for (const char* pattern : {"https://h/o/r#refs/heads/main", "https://h/o/*#refs/heads/*", "https://**#**",
                              "https://h/**/r#refs/**", "https://*/o/r#refs/heads/main"}) {
    TestVault vault;
    vault.store(push_grant(vault, {pattern}));
    CAPTURE(pattern);
    CHECK(is_receipt(vault.decide(push_of({"https://h/o/r#refs/heads/main"}))));
  }
  for (const char* pattern : {"https://h/o/r#refs/heads/mai", "https://h/o/*#refs/tags/*", "https://h/o#**", "ssh://h/o/r#**",
                              "https://g/**#**", "file:///**#**"}) {
    TestVault vault;
    vault.store(push_grant(vault, {pattern}));
    CAPTURE(pattern);
    CHECK(denial_of(vault.decide(push_of({"https://h/o/r#refs/heads/main"}))) == "no-grant");
  }
}

TEST_CASE("every ref of a push needs a grant") {
  TestVault vault;
  vault.store(push_grant(vault, {"git@github.com:o/r.git#refs/heads/*"}));
  CHECK(denial_of(vault.decide(push_of({"ssh://git@github.com/o/r#refs/heads/a", "ssh://git@github.com/o/r#refs/tags/v1"}))) ==
        "no-grant");
  CHECK(is_receipt(vault.decide(push_of({"ssh://git@github.com/o/r#refs/heads/a", "ssh://git@github.com/o/r#refs/heads/b"}))));
}

TEST_CASE("a vault takes no scope that is not of its action's type") {
  TestVault vault;
  model::Grant grant = push_grant(vault, {"https://h/o/r#refs/heads/main"});
  grant.terms.scopes.push_back(scope("/w"));
  const auto mixed = vault->store_grant({grant, "text", "no signature", false}, "", k_noon);
  REQUIRE_FALSE(mixed.has_value());
  CHECK(mixed.error().code == base::Code::malformed);
  grant = vault.grant_for("/w/a");
  grant.terms.scopes = {repo_scope("https://h/o/r#refs/heads/main")};
  CHECK_FALSE(vault->store_grant({grant, "text", "no signature", false}, "", k_noon).has_value());

  vault::Wish wish = push_of({});
  wish.scopes = {scope("/w")};
  CHECK_FALSE(vault->file_request(request_for(wish), k_noon).has_value());
  wish.operation.action = model::Action::rm;
  wish.scopes = {repo_scope("https://h/o/r#**")};
  CHECK_FALSE(vault->file_request(request_for(wish), k_noon).has_value());
}

TEST_CASE("a request for repo scopes is read as it was filed, and as nothing else") {
  TestVault vault;
  vault::Wish wish = push_of({});
  wish.scopes = {repo_scope("git@github.com:o/*.git#refs/heads/*"), repo_scope("https://h/a b#**")};
  const auto filed = vault->file_request(request_for(wish), k_noon);
  REQUIRE_MESSAGE(filed.has_value(), filed.error().message);
  const auto read = vault->request(filed->request.id, k_noon);
  REQUIRE(read.has_value());
  CHECK(read->wish.scopes == wish.scopes);
  for (const char* sql : {"UPDATE requests SET scopes = '/w' || char(10)", "UPDATE requests SET scopes = 'https://h/p' || char(10)",
                          "UPDATE requests SET scopes = 'HTTPS://h/p#**' || char(10)",
                          "UPDATE requests SET scopes = 'https://h/a%20b#**' || char(10)"}) {
    CAPTURE(sql);
    vault.tamper(sql);
    CHECK(vault->request(filed->request.id, k_noon).error().code == base::Code::malformed);
  }
}

TEST_CASE("a push whose stored names are none is unreadable") {
  TestVault vault;
  const auto filed = vault->file_request(request_for(push_of({"https://h/o/r#refs/heads/main"})), k_noon);
  REQUIRE(filed.has_value());
  vault.tamper("UPDATE requests SET operation = replace(operation, 'https://h/o', 'https://h/../o')");
  CHECK(vault->request(filed->request.id, k_noon).error().code == base::Code::malformed);
}

}  // namespace
}  // namespace pvm::test
