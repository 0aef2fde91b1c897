// SPDX-License-Identifier: Apache-2.0
#include "libpvm/frontend/wording.hpp"

#include <algorithm>

#include "../vault/vault_fixture.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/frontend/exit_status.hpp"

using namespace pvm;
using namespace pvm::test;
using Reason = gate::Refusal::Reason;

namespace {

constexpr frontend::Tool k_rm{"safe-rm", "rm", "removed", "remove it"};

model::Grant some_grant() {
  return {crypto::random_id<base::GrantId>(),
          crypto::random_id<base::VaultId>(),
          {"claude", model::Action::rm, {scope("/w/build")}, {}, {k_noon, k_noon + base::Seconds(900)}},
          std::nullopt,
          std::nullopt,
          1,
          1,
          {},
          "alice@host",
          "cli",
          ""};
}

vault::Request some_request(const vault::Wish& wish, vault::RequestState state, const std::string& note = "") {
  return {*base::RequestId::from_hex("5ab2c1d0000000000000000000000000"), state, wish, "", note, std::nullopt,
          std::nullopt, "", "", k_noon - base::Seconds(12), k_noon + base::Seconds(900), std::nullopt, k_noon,
          std::nullopt, std::nullopt};
}

gate::Refusal refusal(Reason reason, const std::string& path = "/w/build") {
  gate::Refusal refused;
  refused.reason = reason;
  refused.wish = wish_for(path);
  refused.wish.invocation.argv = {"rm", "-rf", "build"};
  refused.lacking = refused.wish.operation.resources;
  refused.grant = some_grant();
  refused.request = some_request(refused.wish, vault::RequestState::pending);
  return refused;
}

std::string text(const gate::Refusal& refused, base::UnixTime now = k_noon) {
  return frontend::refusal_text(k_rm, refused, now);
}

bool contains(const std::string& all, std::string_view part) { return all.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the refusal without a grant says what, that nothing was done, and how to ask") {
  CHECK(text(refusal(Reason::no_grant)) ==
        "safe-rm: denied: agent 'claude' has no grant to rm '/w/build' (directory, 1 file, 3 B); nothing was removed\n"
        "safe-rm: hint: this is the user's decision, not a fault, so do not remove it by other means. To ask, wait and "
        "run in one step:\n"
        "    PVM_WAIT=90 PVM_REASON='<why>' rm -rf build\n"
        "safe-rm: hint: or leave it and go on with other work\n");
}

TEST_CASE("where nobody can be asked each refusal is final and names no way to ask") {
  for (const Reason reason : {Reason::no_grant, Reason::used_up, Reason::expired, Reason::revoked, Reason::stale,
                              Reason::pending, Reason::withdrawn}) {
    const std::string said = text(gate::without_asking(refusal(reason)));
    CAPTURE(said);
    CHECK(contains(said, reason == Reason::stale ? "safe-rm: stale: " : "safe-rm: denied: "));
    CHECK(contains(said, "; nothing was removed; nobody can be asked here\n"));
    CHECK(contains(said, "hint: this is final here: do not remove it by other means; go on without it\n"));
    CHECK_FALSE(contains(said, "PVM_WAIT"));
    CHECK_FALSE(contains(said, "request"));
  }
}

TEST_CASE("who waits is told that nobody was notified, and never how to answer") {
  const auto wish = wish_for("/w/build");
  const std::string said = frontend::asked_text(k_rm, some_request(wish, vault::RequestState::pending),
                                                vault::Filing::filed, base::Seconds(90));
  CHECK(said ==
        "safe-rm: asked: request 5ab2c1d0; waiting up to 1 min 30 s for a person to answer\n"
        "safe-rm: hint: nobody was notified: say to the person you work for that request 5ab2c1d0 waits\n");
  for (const char* verb : {"approve", "pvmctl", "allow", "unlock"}) CHECK_FALSE(contains(said, verb));
}

TEST_CASE("who waits is told who was told: what became of the last try of each channel") {
  using vault::DeliveryResult;
  auto request = some_request(wish_for("/w/build"), vault::RequestState::pending);
  request.told = {{"ntfy", 1, DeliveryResult::sent, "", k_noon},
                  {"phone", 1, DeliveryResult::retrying, "503", k_noon},
                  {"phone", 2, DeliveryResult::sent, "", k_noon},
                  {"slack", 1, DeliveryResult::retrying, "503", k_noon},
                  {"slack", 2, DeliveryResult::failed, "403", k_noon},
                  {"team\n", 1, DeliveryResult::retrying, "503", k_noon}};
  CHECK(frontend::told_text(k_rm, request) == "safe-rm: sent to ntfy, phone; slack failed; team\\n is tried again\n");
  request.told = {{"slack", 1, DeliveryResult::failed, "403", k_noon}};
  CHECK(frontend::who_was_told(request) == "nobody was notified; slack failed");
}

TEST_CASE("each operand that lacks a grant is named") {
  auto refused = refusal(Reason::no_grant);
  refused.lacking = {{"/w/a", model::Extent::item}, {"/w/b\n", model::Extent::item}};
  refused.wish.operation.resources = refused.lacking;
  refused.wish.operation.resources.push_back({"/w/c", model::Extent::item});
  const std::string said = text(refused);
  CHECK(contains(said, "has no grant to rm these 2 of 3; nothing was removed\n  '/w/a'\n  '/w/b\\n'\n"));
}

TEST_CASE("of many things each is described as it would be alone") {
  model::Operation operation{"claude", model::Action::rm, {}, {}};
  model::Effect effect;
  for (int i = 100; i < 400; ++i) {
    const std::string path = "/w/" + std::to_string(i);
    operation.resources.push_back({path, model::Extent::item});
    effect.operands.push_back({path, {{i % 2 == 0 ? 'f' : 'd', 1, 10, static_cast<std::uint64_t>(i), 0, ""}}});
  }
  const auto wish = gate::make_wish(operation, {"/work", {"rm"}}, effect);
  const auto texts = frontend::describe_all(operation.resources, wish);
  REQUIRE(texts.size() == operation.resources.size());
  for (std::size_t i = 0; i < texts.size(); ++i) CHECK(texts[i] == frontend::describe(operation.resources[i], wish));
  CHECK(texts[0] == "'/w/100' (file, 100 B)");
  CHECK(texts[1] == "'/w/101' (directory)");
  CHECK(frontend::describe({"/w/nowhere", model::Extent::item}, wish) == "'/w/nowhere'");
}

TEST_CASE("a person's denial is final, and brings their note") {
  auto refused = refusal(Reason::denied);
  refused.request = some_request(refused.wish, vault::RequestState::denied, "keep it\nplease");
  const std::string said = text(refused);
  CHECK(said.starts_with("safe-rm: denied by a person: request 5ab2c1d0 to rm '/w/build'"));
  CHECK(contains(said, "their note: 'keep it\\nplease'\n"));
  CHECK(contains(said, "final: do not ask again"));
  CHECK_FALSE(contains(said, "PVM_WAIT"));
}

TEST_CASE("used up, expired, revoked and stale say what happened and how to ask again") {
  CHECK(contains(text(refusal(Reason::used_up)), "was for one use and is used up; nothing was removed"));
  CHECK(contains(text(refusal(Reason::expired), k_noon + base::Seconds(1500)), "ended 10 min ago"));
  CHECK(contains(text(refusal(Reason::revoked)), "was revoked by a person"));
  auto stale = refusal(Reason::stale);
  stale.differences = {{"added '/w/build/x'", "gone '/w/build/a'"}, 7};
  const std::string said = text(stale);
  CHECK(contains(said, "not what was approved"));
  CHECK(contains(said, "  added '/w/build/x'\n  gone '/w/build/a'\n  and 5 more differences\n"));
  for (const Reason reason : {Reason::used_up, Reason::expired, Reason::revoked, Reason::stale}) {
    CHECK(contains(text(refusal(reason)), "PVM_WAIT=90 PVM_REASON='<why>' rm -rf build"));
  }
}

TEST_CASE("a lock says stop and report, and no way to ask") {
  auto refused = refusal(Reason::locked);
  refused.lock_reason = "leak";
  CHECK(text(refused) ==
        "safe-rm: locked: a person has stopped everything that PVM gates ('leak'); nothing was removed\n"
        "safe-rm: hint: stop here and report this to the user; asking or trying again will not help\n");
}

TEST_CASE("still pending names the request and says that the same command picks the answer up") {
  const std::string said = text(refusal(Reason::pending));
  CHECK(contains(said, "pending: request 5ab2c1d0 to rm '/w/build'"));
  CHECK(contains(said, "12 s ago"));
  CHECK(contains(said, "the same command later picks the answer up"));
}

TEST_CASE("no text for an agent names a way to answer for the human") {
  for (const Reason reason : {Reason::no_grant, Reason::pending, Reason::denied, Reason::withdrawn, Reason::used_up,
                              Reason::expired, Reason::revoked, Reason::stale, Reason::locked}) {
    const std::string said = text(refusal(reason));
    CAPTURE(said);
    for (const char* word : {"approve ", "pvmctl", "allow ", "unlock", "/bin/rm", "unlink", "--yes", "sudo"}) {
      CAPTURE(word);
      CHECK_FALSE(contains(said, word));
    }
    CHECK(contains(said, "nothing was removed"));
  }
}

TEST_CASE("an error says that PVM could not decide, and shows a hint only where the agent can act on it") {
  const std::string own = frontend::error_text(k_rm, {base::Code::unsafe, "the vault is writable by others", "chmod 600 x"});
  CHECK(own.starts_with("safe-rm: cannot decide: the vault is writable by others; nothing was removed\n"));
  CHECK_FALSE(contains(own, "chmod"));
  CHECK(contains(own, "report it"));
  const std::string callers = frontend::error_text(k_rm, {base::Code::usage, "the reason says nothing", "say why"});
  CHECK(contains(callers, "hint: say why"));
}

TEST_CASE("trouble with what was started never says that nothing was done") {
  const std::string said = frontend::trouble_text(k_rm, "how the command ended cannot be told: No child processes");
  CHECK(said.starts_with("safe-rm: how the command ended cannot be told: No child processes\n"));
  CHECK(contains(said, "something may have been removed"));
  CHECK_FALSE(contains(said, "nothing was"));
}

TEST_CASE("bytes that could act on a terminal are escaped in every text") {
  const std::string evil = "/w/\x1b[2J\xe2\x80\xae\n\xff'";
  auto refused = refusal(Reason::no_grant, evil);
  refused.wish.invocation.argv = {"rm", "-rf", evil};
  const std::string said = text(refused);
  CHECK_FALSE(contains(said, "\x1b"));
  CHECK_FALSE(contains(said, "\xe2\x80\xae"));
  CHECK(base::is_utf8(said));
  CHECK(std::count(said.begin(), said.end(), '\n') == 4);
}

TEST_CASE("every exit status is one of those documented") {
  CHECK(frontend::exit_status_of(base::Code::usage) == 2);
  CHECK(frontend::exit_status_of(base::Code::refused) == 1);
  CHECK(frontend::exit_status_of(base::Code::busy) == 125);
  CHECK(frontend::exit_status_of(base::Code::no_command) == 127);
  CHECK(frontend::exit_status_of(base::Code::cannot_execute) == 126);
}

TEST_CASE("a real command that is not there is named with its package, where it may well be lacking") {
  constexpr frontend::Tool k_trash{"safe-trash", "trash", "trashed", "trash it", "trash-cli"};
  const base::Error error{base::Code::no_command, "trash-put is not there", ""};
  CHECK(frontend::error_text(k_trash, error) ==
        "safe-trash: cannot decide: trash-put is not there; nothing was trashed\n"
        "safe-trash: hint: it is in the package trash-cli, for the user to install: report it, and do not trash it by other means\n");
  CHECK(contains(frontend::error_text(k_rm, error), "this is PVM's own trouble"));
}
