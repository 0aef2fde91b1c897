// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/effect.hpp"

#include <doctest/doctest.h>

namespace pvm::wrappers::git {
namespace {

using model::Movement;

const std::string k_a(40, 'a');
const std::string k_b(40, 'b');
const std::string k_none(40, '0');

RefLine moved(const std::string& ref = "refs/heads/main") { return {ref, k_a, ref, k_b}; }
RefLine created(const std::string& ref = "refs/heads/main") { return {ref, k_a, ref, k_none}; }
RefLine deleted(const std::string& ref = "refs/heads/main") { return {"(delete)", k_none, ref, k_b}; }

Account account(std::vector<RefLine> refs, std::uint64_t pid = 7, std::uint64_t size = 0, const std::string& url = "/srv/x") {
  return {pid, size, "origin", url, url, "/w", "", "", std::move(refs)};
}

std::string line(char flag, const std::string& ref = "refs/heads/main", const std::string& summary = "x") {
  return std::string(1, flag) + "\t" + ref + ":" + ref + "\t" + summary + "\n";
}

std::string told(const std::vector<Account>& accounts, const std::string& output) {
  const auto moves = moves_of(accounts, output);
  if (!moves) return std::string("error ") + (moves.error().code == base::Code::usage ? "usage" : moves.error().code == base::Code::malformed ? "malformed" : "?");
  std::string text;
  for (const Move& move : moves->moves) {
    text += std::to_string(move.account) + " " + std::string(model::to_text(move.update.movement)) + (move.is_judged ? "" : " unjudged") + " " + move.update.ref + ";";
  }
  return text + (moves->has_failed ? " failed" : "") + (moves->has_rejection ? " rejection" : "") + (moves->has_movement ? " movement" : "");
}

TEST_CASE("how a ref moves is told by its ids and git's word for it") {
  CHECK(told({account({created()})}, "To x\n" + line('*') + "Done\n") == "0 new refs/heads/main; movement");
  CHECK(told({account({moved()})}, line(' ')) == "0 forward refs/heads/main; movement");
  CHECK(told({account({moved()})}, line('+')) == "0 forced refs/heads/main; movement");
  CHECK(told({account({deleted()})}, line('-')) == "0 delete refs/heads/main; movement");
  CHECK(told({}, "") == "");
  CHECK(told({account({})}, "Everything up-to-date\n") == "");
  const auto moves = moves_of({account({moved(), created("refs/tags/v"), deleted("refs/heads/x")})}, line(' ') + line('*', "refs/tags/v") + line('-', "refs/heads/x"));
  REQUIRE(moves.has_value());
  CHECK(moves->moves[0].update == model::RefUpdate{Movement::fast_forward, k_b, k_a, "refs/heads/main"});
  CHECK(moves->moves[1].update == model::RefUpdate{Movement::creation, "", k_a, "refs/tags/v"});
  CHECK(moves->moves[2].update == model::RefUpdate{Movement::deletion, k_b, "", "refs/heads/x"});
}

TEST_CASE("no word of git's makes a deletion or an overwriting less than it is") {
  for (const char flag : std::string(" +-*!")) {
    CAPTURE(flag);
    CHECK(told({account({deleted(), created("refs/heads/y")})}, line(flag) + line('*', "refs/heads/y")).starts_with("0 delete refs/heads/main;"));
    const std::string moving = told({account({moved(), created("refs/heads/y")})}, line(flag) + line('*', "refs/heads/y"));
    CHECK(moving.starts_with(flag == ' ' ? "0 forward " : "0 forced "));
  }
}

TEST_CASE("accounts and output that contradict each other are refused") {
  CHECK(told({account({moved()})}, "") == " failed");
  CHECK(told({account({moved()})}, "Everything up-to-date\n") == " failed");
  CHECK(told({account({moved()}), account({created()}, 8)}, "") == " failed");
  CHECK(told({account({moved()})}, line('=')) == "error malformed");
  CHECK(told({account({moved()})}, line(' ', "refs/heads/other")) == "error malformed");
  CHECK(told({account({moved(), moved("refs/heads/y")})}, line(' ')) == "error malformed");
  // A line that is not git's: no colon, no second tab, no flag of one byte.
  for (const char* output : {" \trefs/heads/main\tx\n", " \ta:refs/heads/main\n", "  \ta:refs/heads/main\tx\n", " a:refs/heads/main\tx\n", "\ta:refs/heads/main\tx\n"}) {
    const std::string text = told({account({moved()})}, output);
    CHECK((text == "error malformed" || text == " failed"));
  }
}

TEST_CASE("one ref with two verdicts is refused, whichever comes first") {
  CHECK(told({account({moved()})}, line(' ') + line('+')) == "error malformed");
  CHECK(told({account({moved()})}, line('+') + line(' ')) == "error malformed");
  CHECK(told({account({moved()})}, line('+') + line(' ') + line('+')) == "error malformed");
}

TEST_CASE("what the caller called the local side does not stand in for the remote one") {
  RefLine ref = moved("refs/heads/y");
  ref.local_ref = "HEAD^{/x:refs/heads/main}";
  CHECK(told({account({ref})}, "+\tHEAD^{/x:refs/heads/main}:refs/heads/y\tz\n") == "0 forced refs/heads/y; movement");
  CHECK(told({account({ref})}, " \tHEAD^{/x:refs/heads/y}:refs/heads/main\tz\n") == "error malformed");
}

TEST_CASE("a ref that is listed twice is two moves, and no push can be made of them") {
  RefLine other = moved();
  other.local_id = std::string(40, 'c');
  const auto moves = moves_of({account({moved(), other})}, line(' '));
  REQUIRE(moves.has_value());
  REQUIRE(moves->moves.size() == 2);
  std::vector<model::Push> pushes = {{"file:///srv/x", "/srv/x", "/w", model::PushKind::plain, {moves->moves[0].update, moves->moves[1].update}}};
  CHECK_FALSE(model::sort(pushes));
}

TEST_CASE("a URL with a control byte is refused: it could write git's output") {
  for (const char* url : {"/srv/x\n \ta:refs/heads/main\tz", "/srv/\tx", "/srv/x\x7f", "/srv/x\r"}) {
    CAPTURE(url);
    CHECK(told({account({moved()}, 7, 0, url)}, line(' ')) == "error usage");
  }
  CHECK(told({account({moved()}, 7, 0, "/srv/\xC3\xA9 x")}, line(' ')) == "0 forward refs/heads/main; movement");
}

TEST_CASE("a tag that stays and a push that git rejects as a whole need no grant") {
  const std::string stays = line('!', "refs/tags/v", "[rejected] (already exists)");
  CHECK(told({account({moved("refs/tags/v"), created()})}, stays + line('*')) == "0 new refs/heads/main; rejection movement");
  CHECK(told({account({moved()})}, line('!', "refs/heads/main", "[rejected] (non-fast-forward)")) == " rejection");
  CHECK(told({account({moved(), moved("refs/heads/y")})}, line('!') + line('!', "refs/heads/y")) == " rejection");
  // What would be rejected may not be so at the push: it is asked for with the rest.
  CHECK(told({account({moved(), created("refs/heads/y")})}, line('!') + line('*', "refs/heads/y")) == "0 forced refs/heads/main;0 new refs/heads/y; rejection movement");
}

TEST_CASE("each account is judged by what git wrote after it") {
  const std::string first = "To /a\n" + line(' ');
  const std::string second = "To /b\n" + line('+');
  const std::vector<Account> two = {account({moved()}, 7, 0, "/a"), account({moved()}, 7, first.size(), "/b")};
  CHECK(told(two, first + second) == "0 forward refs/heads/main;1 forced refs/heads/main; movement");
  CHECK(told(two, second) == "error malformed");
  // Sizes that are beyond the output, or run backwards, leave nothing to be judged by.
  CHECK(told({account({moved()}, 7, 1'000'000)}, line(' ')) == "error malformed");
  CHECK(told({account({moved()}, 7, first.size(), "/a"), account({moved()}, 7, 0, "/b")}, first + second) == "error malformed");
  CHECK(told({account({moved()}, 7, ~std::uint64_t{0})}, line(' ')) == "error malformed");
}

TEST_CASE("what a git in a submodule pushes counts as forced where it could be") {
  const std::vector<Account> both = {account({moved()}, 7, 0, "/a"), account({moved(), created("refs/heads/y"), deleted("refs/heads/z")}, 8, 0, "/sub")};
  CHECK(told(both, line(' ')) == "0 forward refs/heads/main;1 forced unjudged refs/heads/main;1 new refs/heads/y;1 delete refs/heads/z; movement");
  const std::vector<Account> sub_first = {account({moved()}, 8, 0, "/sub"), account({moved()}, 7, 0, "/a")};
  CHECK(told(sub_first, line(' ')).starts_with("0 forward"));
}

}  // namespace
}  // namespace pvm::wrappers::git
