// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/remote/drafted.hpp"

#include <doctest/doctest.h>

#include "pvmctl/remote/host.hpp"

using namespace pvm;
using base::Code;
using base::Seconds;
using pvmctl::approval::Binding;
using pvmctl::approval::Choice;
using pvmctl::approval::Uses;

namespace {

constexpr base::UnixTime k_now = base::from_unix(1'790'000'000);

template <class Id>
Id an_id(std::uint8_t byte) {
  typename Id::Raw raw{};
  raw.fill(byte);
  return Id(raw);
}

model::Grant a_grant() {
  return {an_id<base::GrantId>(1),
          an_id<base::VaultId>(2),
          {"claude", model::Action::rm, {model::Scope::exactly("/w/build")}, {}, {k_now, k_now + Seconds(4 * 3600)}},
          an_id<base::RequestId>(5),
          base::Digest{},
          1U,
          1,
          {3, {}},
          "alice@laptop",
          "cli",
          ""};
}

pvmctl::remote::Asked asked(Choice choice = {}) { return {"0505", std::move(choice), "alice@laptop", "cli", k_now}; }

bool is_refused(const model::Grant& grant, const pvmctl::remote::Asked& what, Code code, std::string_view message) {
  const auto good = check_drafted(grant, what);
  if (good) return false;
  CHECK(good.error().code == code);
  CHECK_MESSAGE(good.error().message.find(message) != std::string::npos, good.error().message);
  return true;
}

}  // namespace

TEST_CASE("a draft that gives more than was asked for is refused") {
  CHECK(check_drafted(a_grant(), asked()).has_value());
  const auto changed = [](auto change) {
    model::Grant grant = a_grant();
    change(grant);
    return grant;
  };
  CHECK(is_refused(changed([](auto& g) { g.request.reset(); }), asked(), Code::untrusted, "another request"));
  CHECK(is_refused(changed([](auto& g) { g.request = an_id<base::RequestId>(6); }), asked(), Code::untrusted, "another request"));
  CHECK(is_refused(changed([](auto& g) { g.approver = "bob"; }), asked(), Code::untrusted, "another approver"));
  CHECK(is_refused(changed([](auto& g) { g.via = "serve"; }), asked(), Code::untrusted, "by way of 'serve'"));
  CHECK(is_refused(changed([](auto& g) { g.uses = 2; }), asked(), Code::untrusted, "more than one use"));
  CHECK(is_refused(changed([](auto& g) { g.uses.reset(); }), asked(), Code::untrusted, "more than one use"));
  CHECK(is_refused(changed([](auto& g) { g.effect.reset(); }), asked(), Code::untrusted, "not bound"));
  CHECK(is_refused(changed([](auto& g) { g.terms.window.not_after += Seconds(9 * 3600); }), asked(), Code::untrusted, "would live for 13 h"));
  for (const Seconds apart : {Seconds(61), Seconds(-61)}) {
    CHECK(is_refused(changed([apart](auto& g) { g.terms.window.not_before += apart; }), asked(), Code::clock, "the clocks differ"));
  }
  CHECK(check_drafted(changed([](auto& g) { g.terms.window.not_before -= Seconds(60); }), asked()).has_value());
}

TEST_CASE("a draft for a time is as long, as often and as wide as was said, and no more") {
  model::Grant grant = a_grant();
  grant.effect.reset();
  grant.uses.reset();
  grant.terms.window.not_after = k_now + Seconds(1800);
  Choice choice;
  choice.life = Seconds(1800);
  CHECK(check_drafted(grant, asked(choice)).has_value());
  choice.life = Seconds(1799);
  CHECK(is_refused(grant, asked(choice), Code::untrusted, "at most 29 min 59 s was said"));
  choice.life = Seconds(3600);
  CHECK(check_drafted(grant, asked(choice)).has_value());
  choice.uses = Uses{3};
  CHECK(is_refused(grant, asked(choice), Code::untrusted, "another number of uses"));
  grant.uses = 3;
  CHECK(check_drafted(grant, asked(choice)).has_value());
  choice.scopes = {model::Scope::exactly("/w/build/sub")};
  CHECK(is_refused(grant, asked(choice), Code::untrusted, "covers '/w/build'"));
  choice.scopes.push_back(model::Scope::exactly("/w/build"));
  CHECK(check_drafted(grant, asked(choice)).has_value());
  Choice unbound;
  unbound.binding = Binding::unbound;
  grant.uses = 1;
  CHECK(check_drafted(grant, asked(unbound)).has_value());
}

TEST_CASE("what is no draft is malformed, whatever it is") {
  for (const char* text : {"", "{}", "[]", "null", "{", R"({"statement": 1, "card": "", "host": ""})",
                           R"({"statement": "pvm-grant/1\n", "card": "", "host": ""})"}) {
    const auto drafted = pvmctl::remote::parse_drafted(text);
    REQUIRE_FALSE(drafted.has_value());
    CHECK(drafted.error().code == Code::malformed);
  }
}

TEST_CASE("JSON that is nested too deeply is refused, and not walked") {
  const auto nested = [](std::size_t depth) { return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}"; };
  CHECK(pvmctl::remote::parse_object(nested(30)).has_value());
  CHECK_FALSE(pvmctl::remote::parse_object(nested(33)).has_value());
  CHECK_FALSE(pvmctl::remote::parse_object(nested(1'000'000)).has_value());
}

TEST_CASE("what is no destination is not handed to ssh") {
  for (const char* good : {"build", "alice@build", "ssh://alice@build:2222", "10.0.0.1", "build-2"}) {
    CHECK(pvmctl::remote::check_destination(good).has_value());
  }
  for (const std::string bad : {"", "-oProxyCommand=x", "a b", "a\nb", "a\x1b", "x@-oProxyCommand=x", "ssh://-o", "a\x7f"}) {
    CHECK_FALSE(pvmctl::remote::check_destination(bad).has_value());
  }
  CHECK_FALSE(pvmctl::remote::check_destination(std::string(513, 'a')).has_value());
}

TEST_CASE("lines from elsewhere are shown one by one, without what acts on a terminal") {
  using pvmctl::remote::shown_lines;
  CHECK(shown_lines("a\n\x1b[2Jb\r\n", "| ") == "| a\n| \\x1B[2Jb\\r\n");
  CHECK(shown_lines("escaped\\x1B there\n") == "escaped\\x1B there\n");
  CHECK(shown_lines("1\n2\n3\n4", "> ", 2) == "> 1\n> 2\n> … and 2 lines more\n");
  CHECK(shown_lines("").empty());
  CHECK(shown_lines(std::string(3000, 'a')).size() == 2000 + 4);
}

TEST_CASE("hints of another machine name the way there") {
  CHECK(pvmctl::remote::with_host("next: pvmctl approve 5ab2, or pvmctl deny 5ab2", "build") ==
        "next: pvmctl --host build approve 5ab2, or pvmctl --host build deny 5ab2");
  CHECK(pvmctl::remote::with_host("pvmctl doctor", "build") == "pvmctl doctor");
}
