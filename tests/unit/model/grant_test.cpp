// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/grant.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "tests/unit/model/grant_samples.hpp"

using namespace pvm::model;
using namespace pvm::model::test;
namespace base = pvm::base;
using base::Code;

namespace {

Scope scope(std::string_view pattern) {
  auto parsed = Scope::parse(ScopeType::path, pattern);
  REQUIRE(parsed);
  return std::move(*parsed);
}

Scope repo_scope(std::string_view pattern) {
  const std::vector<std::string> forges = {"github.com"};
  auto parsed = Scope::parse(ScopeType::repo, pattern, forges);
  REQUIRE(parsed);
  return std::move(*parsed);
}

void check_round_trip(const Grant& grant) {
  const auto text = encode(grant);
  REQUIRE(text);
  const auto read = decode_grant(*text);
  REQUIRE(read);
  CHECK(*read == grant);
  CHECK(encode(*read).value_or("") == *text);
}

void check_refused(const Grant& grant, std::string_view field) {
  const auto text = encode(grant);
  REQUIRE_FALSE(text);
  CHECK(text.error().code == Code::malformed);
  CHECK(text.error().message.find("'" + std::string(field) + "'") != std::string::npos);
}

}  // namespace

TEST_CASE("a grant is written as the format says, field by field") {
  const Grant grant = good_grant();
  CHECK(grant.id.hex() == "3f0c5a9e1b7d42688c01f2e3d4a5b697");
  CHECK(grant.vault.hex() == "9b1d00aa11bb22cc33dd44ee55ff6677");
  CHECK(grant.terms.agent == "claude");
  CHECK(grant.terms.action == Action::rm);
  CHECK(grant.terms.scopes == std::vector<Scope>{scope("/home/u/src/build"), scope("/home/u/src/**/*.o")});
  CHECK(grant.terms.may == Attributes{Attribute::force, Attribute::recursive});
  CHECK(grant.terms.window == Window{base::from_unix(1'790'000'000), base::from_unix(1'790'000'900)});
  REQUIRE(grant.request);
  CHECK(grant.request->brief() == "5ab2c3d4");
  REQUIRE(grant.effect);
  CHECK(base::to_hex(*grant.effect).substr(0, 8) == "77d1e0f1");
  CHECK(grant.uses == 1U);
  CHECK(grant.epoch == 7);
  CHECK(grant.log.size == 1042);
  CHECK(base::to_base64(grant.log.root).substr(0, 8) == "WH9Fk1jY");
  CHECK(grant.approver == "alice@host");
  CHECK(grant.via == "cli");
  CHECK(grant.reason == "clean build");
  CHECK(encode(grant).value_or("") == good_text());
}

TEST_CASE("every field that may be absent or extreme survives the text") {
  Grant grant = good_grant();
  check_round_trip(grant);
  SUBCASE("nothing that may be absent is there") {
    grant.request.reset();
    grant.effect.reset();
    grant.uses.reset();
    grant.terms.may = {};
    grant.reason.clear();
  }
  SUBCASE("as many uses as can be") {
    grant.uses = k_max_uses;
  }
  SUBCASE("the longest window") {
    grant.terms.window = {base::from_unix(0), base::from_unix(k_last_moment)};
  }
  SUBCASE("a window of one second") {
    grant.terms.window.not_after = grant.terms.window.not_before;
  }
  SUBCASE("the highest epoch and log size") {
    grant.epoch = k_max_count;
    grant.log.size = k_max_count;
  }
  SUBCASE("an empty log") {
    grant.log = {};
  }
  SUBCASE("free text of any bytes") {
    for (int byte = 0; byte < 256; ++byte) grant.reason += static_cast<char>(byte);
  }
  SUBCASE("a percent sign alone") {
    grant.reason = "%";
  }
  SUBCASE("a dash") {
    grant.reason = "-";
  }
  SUBCASE("an approver who is not of ASCII") {
    grant.approver = "Zo\xC3\xAB Q";
  }
  SUBCASE("a scope with odd bytes") {
    grant.terms.scopes = {scope("/w/\x01\n %\xFF/")};
  }
  SUBCASE("scopes in an order of the approver's own") {
    grant.terms.scopes = {scope("/z"), scope("/a"), scope("/m/*")};
  }
  SUBCASE("every other action") {
    grant.terms.action = Action::trash;
  }
  SUBCASE("a push to repositories") {
    grant.terms.action = Action::push;
    grant.terms.scopes = {repo_scope("git@github.com:o/*.git#refs/heads/*"), repo_scope("ssh://[::1]/a%20b#**"),
                          Scope::exactly("ext::sh%20-c%20%25S#refs/heads/\xC3\xBC")};
  }
  check_round_trip(grant);
}

TEST_CASE("what the format cannot carry is not written") {
  Grant grant = good_grant();
  SUBCASE("an agent's name that is none") {
    grant.terms.agent = "a b";
    check_refused(grant, "agent");
  }
  SUBCASE("no scope") {
    grant.terms.scopes.clear();
    check_refused(grant, "scope");
  }
  SUBCASE("a scope of the other type") {
    grant.terms.scopes.push_back(repo_scope("https://h/p#refs/heads/*"));
    check_refused(grant, "scope");
  }
  SUBCASE("a push with paths") {
    grant.terms.action = Action::push;
    check_refused(grant, "scope");
  }
  SUBCASE("a push with a path among its scopes") {
    grant.terms.action = Action::push;
    grant.terms.scopes = {repo_scope("https://h/p#refs/heads/*"), scope("/w")};
    check_refused(grant, "scope");
  }
  SUBCASE("a scope twice") {
    grant.terms.scopes.push_back(grant.terms.scopes.front());
    check_refused(grant, "scope");
  }
  SUBCASE("no use") {
    grant.uses = 0;
    check_refused(grant, "uses");
  }
  SUBCASE("too many uses") {
    grant.uses = k_max_uses + 1;
    check_refused(grant, "uses");
  }
  SUBCASE("a start before 1970") {
    grant.terms.window.not_before = base::from_unix(-1);
    check_refused(grant, "not-before");
  }
  SUBCASE("an end past the year 9999") {
    grant.terms.window.not_after = base::from_unix(k_last_moment + 1);
    check_refused(grant, "not-after");
  }
  SUBCASE("an end before the start") {
    grant.terms.window.not_after = grant.terms.window.not_before - base::Seconds(1);
    check_refused(grant, "not-after");
  }
  SUBCASE("an epoch past 63 bits") {
    grant.epoch = k_max_count + 1;
    check_refused(grant, "epoch");
  }
  SUBCASE("a log size past 63 bits") {
    grant.log.size = k_max_count + 1;
    check_refused(grant, "log");
  }
  SUBCASE("an approver without a name") {
    grant.approver.clear();
    check_refused(grant, "approver");
  }
  SUBCASE("an approver with a control byte") {
    grant.approver = "alice\n";
    check_refused(grant, "approver");
  }
  SUBCASE("no door") {
    grant.via.clear();
    check_refused(grant, "via");
  }
  SUBCASE("a door with a control byte") {
    grant.via = "cli\x7F";
    check_refused(grant, "via");
  }
}

TEST_CASE("a text of 8,192 bytes is the longest that is written and read") {
  Grant grant = good_grant();
  grant.reason.clear();
  const auto shortest = encode(grant);
  REQUIRE(shortest);
  grant.reason.assign(k_grant_max_bytes - shortest->size() + 1, 'r');  // the empty reason is a byte, "%"
  const auto longest = encode(grant);
  REQUIRE(longest);
  CHECK(longest->size() == k_grant_max_bytes);
  CHECK(decode_grant(*longest));

  const auto read = decode_grant(replaced(*longest, "reason ", "reason r"));
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Code::malformed);
  grant.reason += 'r';
  const auto over = encode(grant);
  REQUIRE_FALSE(over);
  CHECK(over.error().code == Code::limit);
}

TEST_CASE("an operation is spoken of only where agent, action and attributes fit") {
  const Terms terms = good_grant().terms;
  CHECK(speaks_of(terms, {"claude", Action::rm, {}, {}}));
  CHECK(speaks_of(terms, {"claude", Action::rm, {Attribute::force, Attribute::recursive}, {}}));
  CHECK_FALSE(speaks_of(terms, {"claude", Action::rm, {Attribute::mirror}, {}}));
  CHECK_FALSE(speaks_of(terms, {"claude", Action::trash, {}, {}}));
  CHECK_FALSE(speaks_of(terms, {"claude2", Action::rm, {}, {}}));
  CHECK_FALSE(speaks_of(terms, {"Claude", Action::rm, {}, {}}));
}

TEST_CASE("terms cover what one of their scopes covers") {
  const Terms terms = good_grant().terms;
  CHECK(covers(terms, {"/home/u/src/build/x", Extent::tree}));
  CHECK(covers(terms, {"/home/u/src/lib/a.o", Extent::item}));
  CHECK_FALSE(covers(terms, {"/home/u/src/lib/a.c", Extent::item}));
  CHECK_FALSE(covers(Terms{}, {"/home/u/src/build", Extent::item}));
}
