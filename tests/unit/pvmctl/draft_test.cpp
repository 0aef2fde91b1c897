// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/draft.hpp"

#include <doctest/doctest.h>

namespace {

using namespace pvm;
using base::Code;
using base::Seconds;
using pvmctl::approval::Binding;
using pvmctl::approval::Choice;
using pvmctl::approval::draft_for_all;
using pvmctl::approval::draft_grant;
using pvmctl::approval::Particulars;
using pvmctl::approval::Repetition;
using pvmctl::approval::Uses;
using pvmctl::approval::Widening;

constexpr base::UnixTime k_now = base::from_unix(1'790'000'000);

template <class Id>
Id an_id(std::uint8_t byte) {
  typename Id::Raw raw{};
  raw.fill(byte);
  return Id(raw);
}

base::Digest a_digest(std::uint8_t byte) {
  base::Digest digest{};
  digest.fill(byte);
  return digest;
}

model::Scope scope(const std::string& pattern) {
  auto parsed = model::Scope::parse(model::ScopeType::path, pattern);
  REQUIRE(parsed.has_value());
  return *parsed;
}

vault::Request request_for(std::vector<model::Resource> resources) {
  vault::Request request{an_id<base::RequestId>(5),
                         vault::RequestState::pending,
                         {},
                         "clean build",
                         "",
                         {},
                         {},
                         "laptop",
                         "",
                         k_now,
                         k_now + Seconds(3600),
                         {},
                         k_now,
                         {},
                         {}};
  request.wish.operation.agent = "claude";
  request.wish.operation.needs.add(model::Attribute::recursive);
  request.wish.operation.resources = std::move(resources);
  request.wish.invocation = {"/w", {"rm", "-r", "a"}};
  request.wish.effect = a_digest(1);
  return request;
}

Particulars particulars() {
  return {an_id<base::GrantId>(1), an_id<base::VaultId>(2), 7, {3, a_digest(9)}, "alice@host", "cli", k_now};
}

base::Result<model::Grant> draft(const vault::Request& request, const Choice& choice,
                                 std::optional<base::Digest> effect = a_digest(2)) {
  return draft_grant(request, choice, effect, particulars(), system::Settings());
}

const model::Resource k_build{"/w/build", model::Extent::tree};

}  // namespace

TEST_CASE("one grant for several requests has each operand once, all that they need, and a use for each") {
  auto first = request_for({{"/w/a", model::Extent::tree}, {"/w/b*", model::Extent::item}});
  auto second = request_for({{"/w/a", model::Extent::tree}, {"/w/c", model::Extent::item}});
  second.id = an_id<base::RequestId>(6);
  second.wish.operation.needs = {model::Attribute::force};
  Choice choice;
  choice.life = Seconds(1800);
  const auto draft_all = [](const std::vector<vault::Request>& requests, const Choice& chosen) {
    return draft_for_all(requests, chosen, particulars(), system::Settings());
  };
  const auto grant = draft_all({first, second}, choice);
  REQUIRE(grant.has_value());
  CHECK(grant->terms.scopes == std::vector<model::Scope>{scope("/w/a"), scope("/w/b\\*"), scope("/w/c")});
  CHECK(grant->terms.may == model::Attributes{model::Attribute::force, model::Attribute::recursive});
  CHECK(grant->uses == 2U);
  CHECK_FALSE(grant->effect.has_value());
  CHECK(grant->request == first.id);
  CHECK(grant->terms.window.not_after == k_now + Seconds(1800));
  choice.uses = Uses{7U};
  CHECK(draft_all({first, second}, choice)->uses == 7U);
  choice.uses = Uses{};
  CHECK_FALSE(draft_all({first, second}, choice)->uses.has_value());

  auto wrong = choice;
  wrong.repetition = Repetition::once;
  CHECK(draft_all({first}, wrong).error().code == Code::usage);
  wrong = choice;
  wrong.scopes = {scope("/w/a")};
  CHECK(draft_all({first}, wrong).error().code == Code::usage);
  wrong = choice;
  wrong.life = Seconds(13 * 3600);
  CHECK(draft_all({first}, wrong).error().code == Code::limit);
}

TEST_CASE("more operands than fit a grant are their directory's contents, and only where widening is said") {
  std::vector<vault::Request> requests;
  for (int i = 0; i < 64; ++i) {
    requests.push_back(request_for({{"/w/[d]/" + std::string(150, 'x') + std::to_string(i), model::Extent::tree}}));
  }
  Choice choice;
  choice.life = Seconds(1800);
  const auto refused = draft_for_all(requests, choice, particulars(), system::Settings());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Code::limit);
  choice.widening = Widening::allow;
  const auto grant = draft_for_all(requests, choice, particulars(), system::Settings());
  REQUIRE(grant.has_value());
  REQUIRE(grant->terms.scopes.size() == 1);
  const model::Scope& wide = grant->terms.scopes.front();
  for (const vault::Request& request : requests) CHECK(wide.covers(request.wish.operation.resources.front()));
  CHECK_FALSE(wide.covers({"/w/[d]", model::Extent::tree}));
  CHECK_FALSE(wide.covers({"/w/d/x", model::Extent::item}));
  CHECK_FALSE(wide.covers({"/w/e", model::Extent::item}));
}

TEST_CASE("a request is answered once, bound to what the approver saw and not to what the agent claimed") {
  const auto grant = draft(request_for({k_build}), {});
  REQUIRE(grant.has_value());
  CHECK(grant->uses == 1U);
  CHECK(grant->effect == a_digest(2));
  CHECK(grant->terms.scopes == std::vector{scope("/w/build")});
  CHECK(grant->terms.agent == "claude");
  CHECK(grant->terms.may.has(model::Attribute::recursive));
  CHECK(grant->terms.window.not_before == k_now);
  CHECK(grant->terms.window.not_after == k_now + system::Settings().once_life);
  CHECK(grant->request == an_id<base::RequestId>(5));
  CHECK(grant->epoch == 7);
  CHECK(grant->log.size == 3);
  CHECK(grant->reason == "clean build");
  CHECK(model::encode(*grant).has_value());
}

TEST_CASE("an effect past its bound is approved once only where unbound was said") {
  const auto refused = draft(request_for({k_build}), {}, std::nullopt);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Code::refused);
  Choice choice;
  choice.binding = Binding::unbound;
  const auto grant = draft(request_for({k_build}), choice, std::nullopt);
  REQUIRE(grant.has_value());
  CHECK_FALSE(grant->effect.has_value());
  CHECK(grant->uses == 1U);
}

TEST_CASE("a grant for a time is unbound and unlimited unless uses are said") {
  Choice choice;
  choice.life = Seconds(1800);
  auto grant = draft(request_for({k_build}), choice);
  REQUIRE(grant.has_value());
  CHECK_FALSE(grant->effect.has_value());
  CHECK_FALSE(grant->uses.has_value());
  CHECK(grant->terms.window.not_after == k_now + Seconds(1800));
  choice.uses = Uses{3};
  grant = draft(request_for({k_build}), choice);
  REQUIRE(grant.has_value());
  CHECK(grant->uses == 3U);
}

TEST_CASE("uses without a time live as long as a time may be") {
  Choice choice;
  choice.uses = Uses{};
  const auto grant = draft(request_for({k_build}), choice);
  REQUIRE(grant.has_value());
  CHECK(grant->terms.window.not_after == k_now + system::Settings().for_limit);
}

TEST_CASE("a time over the limit is refused by the limit's name") {
  Choice choice;
  choice.life = system::Settings().for_limit + Seconds(1);
  const auto grant = draft(request_for({k_build}), choice);
  REQUIRE_FALSE(grant.has_value());
  CHECK(grant.error().code == Code::limit);
  CHECK(grant.error().message.find("for_limit") != std::string::npos);
}

TEST_CASE("once goes with neither a time nor uses") {
  Choice choice;
  choice.repetition = Repetition::once;
  choice.life = Seconds(60);
  CHECK(draft(request_for({k_build}), choice).error().code == Code::usage);
}

TEST_CASE("a wider scope needs widen") {
  for (const char* pattern : {"/w", "/w/*", "/w/build*", "/w/**/build/", "/"}) {
    CAPTURE(pattern);
    Choice choice;
    choice.life = Seconds(60);
    choice.scopes = {scope(pattern)};
    const auto refused = draft(request_for({{"/w/build", model::Extent::item}}), choice);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Code::refused);
    CHECK(refused.error().message.find("more than was asked for") != std::string::npos);
    choice.widening = Widening::allow;
    CHECK(draft(request_for({{"/w/build", model::Extent::item}}), choice).has_value());
  }
}

TEST_CASE("scopes that leave out what was asked for are refused, and the form that would do is named") {
  Choice choice;
  choice.widening = Widening::allow;
  choice.scopes = {scope("/w/b*")};
  const auto refused = draft(request_for({k_build}), choice);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Code::refused);
  CHECK(refused.error().hint == "this would cover it with what is beneath: --scope '/w/b*/'");
}

TEST_CASE("a scope that is offered can be typed as it stands, or is no word to type") {
  Choice choice;
  choice.widening = Widening::allow;
  const auto hint_for = [&choice](const std::string& name, const std::string& pattern) {
    choice.scopes = {scope(pattern)};
    const auto refused = draft(request_for({{name, model::Extent::tree}}), choice);
    REQUIRE_FALSE(refused.has_value());
    return refused.error().hint;
  };
  CHECK(hint_for("/w/it's $(id)", "/w/it's*") ==
        "this would cover it with what is beneath: --scope '/w/it'\\''s*/'");
  CHECK(hint_for("/w/*x", "/w/\\*?") == "this would cover it with what is beneath: --scope '/w/\\*?/'");
  CHECK(hint_for("/w/a\nb", "/w/a*") == "this would cover it with what is beneath: --scope '/w/a*/'");
  CHECK(hint_for("/w/a\nb", "/w/a\n*") == "this scope would cover it with what is beneath: '/w/a\\n*/'");
}

TEST_CASE("a request for scopes may be narrowed to literal scopes beneath and no others") {
  vault::Request request = request_for({});
  request.wish.scopes = {scope("/w/build"), scope("/w/**/*.o")};
  request.wish.effect = std::nullopt;
  Choice choice;
  const auto as_asked = draft(request, choice, std::nullopt);
  REQUIRE(as_asked.has_value());
  CHECK(as_asked->terms.scopes == request.wish.scopes);
  CHECK_FALSE(as_asked->uses.has_value());
  CHECK_FALSE(as_asked->effect.has_value());
  CHECK(as_asked->terms.window.not_after == k_now + system::Settings().for_limit);

  choice.scopes = {scope("/w/build/sub"), scope("/w/**/*.o"), scope("/w/build/sub")};
  const auto narrowed = draft(request, choice, std::nullopt);
  REQUIRE(narrowed.has_value());
  CHECK(narrowed->terms.scopes == std::vector{scope("/w/build/sub"), scope("/w/**/*.o")});

  for (const char* pattern : {"/w/build2", "/w", "/w/build/*", "/w/x.o"}) {
    CAPTURE(pattern);
    choice.scopes = {scope(pattern)};
    CHECK_FALSE(draft(request, choice, std::nullopt).has_value());
  }
  choice.scopes.clear();
  choice.repetition = Repetition::once;
  CHECK(draft(request, choice, std::nullopt).error().code == Code::usage);
}

TEST_CASE(
    "operands that do not fit the text give their common directory, and only where the effect is bound") {
  std::vector<model::Resource> many;
  for (int i = 1000; i < 1400; ++i) many.push_back({"/w/build/some-rather-long-name-" + std::to_string(i)});
  const auto bound = draft(request_for(many), {});
  REQUIRE(bound.has_value());
  CHECK(bound->terms.scopes == std::vector{scope("/w/build")});
  CHECK(bound->effect.has_value());
  CHECK(model::encode(*bound).has_value());

  Choice choice;
  choice.life = Seconds(60);
  CHECK_FALSE(draft(request_for(many), choice).has_value());
  choice = {};
  choice.binding = Binding::unbound;
  CHECK_FALSE(draft(request_for(many), choice).has_value());
}

TEST_CASE("uses are a number or unlimited") {
  CHECK(pvmctl::approval::parse_uses("1")->most == 1U);
  CHECK(pvmctl::approval::parse_uses("1000000")->most == 1'000'000U);
  CHECK_FALSE(pvmctl::approval::parse_uses("unlimited")->most.has_value());
  for (const char* text : {"", "0", "-1", "01", "1000001", "many", "4294967297"}) {
    CAPTURE(text);
    CHECK_FALSE(pvmctl::approval::parse_uses(text).has_value());
  }
}

namespace {

model::Scope repo_scope(const std::string& pattern) {
  auto parsed = model::Scope::parse(model::ScopeType::repo, pattern);
  REQUIRE(parsed.has_value());
  return *parsed;
}

vault::Request push_of(const std::vector<std::string>& names) {
  auto request = request_for({});
  for (const std::string& name : names) request.wish.operation.resources.push_back({name, model::Extent::item});
  request.wish.operation.action = model::Action::push;
  request.wish.operation.needs = {};
  request.wish.invocation = {"/w", {"git", "push"}};
  return request;
}

}  // namespace

TEST_CASE("a push is granted to its refs by name, and the effect is bound") {
  const auto grant = draft(push_of({"https://h/o/r#refs/heads/a", "ssh://[::1]/r#refs/tags/v1"}), {});
  REQUIRE(grant.has_value());
  CHECK(grant->terms.scopes ==
        std::vector<model::Scope>{repo_scope("https://h/o/r#refs/heads/a"), repo_scope("ssh://[::1]/r#refs/tags/v1")});
  CHECK(grant->effect == a_digest(2));
  CHECK(model::encode(*grant).has_value());
}

TEST_CASE("a push may be granted more narrowly, and more widely only where that is said") {
  auto request = push_of({});
  request.wish.scopes = {repo_scope("https://h/o/*#refs/heads/*")};
  Choice choice;
  choice.life = Seconds(1800);
  choice.scopes = {repo_scope("https://h/o/r#refs/heads/a")};
  CHECK(draft(request, choice).has_value());
  for (const char* wider : {"https://h/o/**#refs/heads/*", "https://h/o/r#refs/tags/a", "https://h/o/r#refs/heads/[ab]",
                            "https://g/o/r#refs/heads/a", "ssh://h/o/r#refs/heads/a"}) {
    CAPTURE(wider);
    choice.widening = Widening::refuse;
    choice.scopes = {repo_scope(wider)};
    CHECK(draft(request, choice).error().code == Code::refused);
    choice.widening = Widening::allow;
    CHECK(draft(request, choice).has_value());
  }
  choice.scopes = {scope("/w")};
  CHECK(draft(request, choice).error().code == Code::usage);

  Choice for_rm;
  for_rm.scopes = {repo_scope("https://h/o/r#refs/heads/a")};
  for_rm.widening = Widening::allow;
  CHECK(draft(request_for({k_build}), for_rm).error().code == Code::usage);
}

TEST_CASE("a push of more refs than fit a bound grant has all refs of its repositories as scopes") {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) {
    names.push_back((i % 2 == 0 ? "https://h/o/a%2A#refs/heads/" : "https://h/o/b#refs/heads/") + std::string(100, 'x') +
                    std::to_string(i));
  }
  const auto request = push_of(names);
  const auto grant = draft(request, {});
  REQUIRE(grant.has_value());
  CHECK(grant->terms.scopes == std::vector<model::Scope>{repo_scope("https://h/o/a%2A#**"), repo_scope("https://h/o/b#**")});
  CHECK(grant->effect == a_digest(2));
  Choice lasting;
  lasting.life = Seconds(1800);
  CHECK(draft(request, lasting).error().code == Code::limit);
  CHECK(draft_for_all({request}, lasting, particulars(), system::Settings()).error().code == Code::limit);
  lasting.widening = Widening::allow;
  const auto wide = draft_for_all({request}, lasting, particulars(), system::Settings());
  REQUIRE(wide.has_value());
  CHECK(wide->terms.scopes == grant->terms.scopes);
}
