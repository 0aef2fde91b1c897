// SPDX-License-Identifier: Apache-2.0
// From a signed grant to a decision, and what an agent is told of a denial.
#include "libpvm/gate/decide.hpp"

#include "signing.hpp"

using namespace pvm;
using namespace pvm::test;
using Reason = gate::Refusal::Reason;

namespace {

model::Grant once_for(SigningVault& vault, const vault::Wish& wish) {
  auto grant = vault.grant_for(wish.operation.resources[0].name);
  grant.effect = wish.effect;
  return grant;
}

vault::Request file(SigningVault& vault, const vault::Wish& wish) {
  auto filed = vault->file_request(request_for(wish), k_noon);
  REQUIRE(filed);
  return std::move(filed->request);
}

}  // namespace

TEST_CASE("a grant signed by a trusted key permits exactly once") {
  SigningVault vault;
  const auto wish = wish_for("/w/a");
  vault.grant(once_for(vault, wish));
  CHECK(is_receipt(vault.ask(wish)));
  CHECK(vault.refusal(wish).reason == Reason::used_up);
}

TEST_CASE("a grant that nobody trusted has signed is none, whatever its row says") {
  SigningVault vault;
  const auto wish = wish_for("/w/a");
  SshKeygen stranger;
  static_cast<void>(stranger.make_key("other", "ed25519"));
  const auto grant = once_for(vault, wish);
  const auto text = model::encode(grant);
  REQUIRE(text);
  REQUIRE(vault->store_grant({grant, *text, stranger.sign("other", *text, "pvm-grant-v1"), false}, "", k_noon));
  CHECK(vault.refusal(wish).reason == Reason::no_grant);
}

TEST_CASE("a signature for another purpose is no grant") {
  SigningVault vault;
  const auto wish = wish_for("/w/a");
  const auto grant = once_for(vault, wish);
  const auto text = model::encode(grant);
  REQUIRE(text);
  REQUIRE(vault->store_grant({grant, *text, vault.sign(*text, "pvm-unlock-v1"), false}, "", k_noon));
  CHECK(vault.refusal(wish).reason == Reason::no_grant);
}

TEST_CASE("whoever can write the vault cannot make, widen or repeat a grant") {
  struct Attack {
    const char* name;
    const char* sql;
  };
  const Attack attacks[] = {
      {"a wider scope in the text", "UPDATE grants SET statement = CAST(replace(CAST(statement AS TEXT), '/w/a', '/w') "
                                    "AS BLOB); UPDATE grant_anchors SET anchor = CAST('/w' AS BLOB)"},
      {"more uses in the text",
       "UPDATE grants SET statement = CAST(replace(CAST(statement AS TEXT), 'uses 1', 'uses 9') AS BLOB), use_limit = 9"},
      {"another agent in text and index",
       "UPDATE grants SET agent = 'codex', statement = CAST(replace(CAST(statement AS TEXT), 'agent claude', 'agent "
       "codex') AS BLOB); UPDATE grant_anchors SET agent = 'codex'"},
      {"the index points elsewhere", "UPDATE grant_anchors SET anchor = CAST('/w/b' AS BLOB)"},
  };
  for (const Attack& attack : attacks) {
    SigningVault vault;
    auto grant = vault.grant_for("/w/a");
    vault.grant(grant);
    vault.tamper(attack.sql);
    CAPTURE(attack.name);
    CHECK(vault.refusal(wish_for("/w/b")).reason == Reason::no_grant);
    CHECK(vault.refusal(wish_for("/w/a", 3, "codex")).reason == Reason::no_grant);
  }
}

TEST_CASE("a copy of a used grant under a fresh id is no second use") {
  SigningVault vault;
  const auto wish = wish_for("/w/a");
  vault.grant(once_for(vault, wish));
  CHECK(is_receipt(vault.ask(wish)));
  vault.tamper("INSERT INTO grants SELECT '00112233445566778899aabbccddeeff', agent, action, not_after, epoch, use_limit, "
               "0, NULL, added, statement, signature FROM grants; "
               "INSERT INTO grant_anchors SELECT agent, action, anchor, not_after, '00112233445566778899aabbccddeeff' "
               "FROM grant_anchors");
  CHECK(vault.refusal(wish).reason == Reason::used_up);
}

TEST_CASE("a later end in the row does not keep an ended grant alive") {
  SigningVault vault;
  const auto wish = wish_for("/w/a");
  vault.grant(once_for(vault, wish));
  vault.tamper("UPDATE grants SET not_after = not_after + 1000000; UPDATE grant_anchors SET not_after = not_after + 1000000");
  CHECK(is_receipt(vault.ask(wish, k_noon + base::Seconds(900))));
  vault.tamper("UPDATE grants SET used = 0");
  CHECK(vault.refusal(wish, k_noon + base::Seconds(901)).reason == Reason::expired);
}

TEST_CASE("a grant that lists show as over permits nothing, though by its text it is not") {
  for (const char* sql : {"UPDATE grants SET not_after = 1; UPDATE grant_anchors SET not_after = 1",
                          "UPDATE grants SET use_limit = 0", "UPDATE grants SET agent = 'codex'"}) {
    SigningVault vault;
    const auto wish = wish_for("/w/a");
    vault.grant(once_for(vault, wish));
    vault.tamper(sql);
    CAPTURE(sql);
    CHECK_FALSE(is_receipt(vault.ask(wish)));
    CHECK_FALSE(is_receipt(vault.ask(wish)));
  }
}

TEST_CASE("a key whose time is over grants nothing any more") {
  SigningVault vault;
  const auto wish = wish_for("/w/a");
  vault.grant(once_for(vault, wish));
  gate::Signers ended = vault.signers();
  ended[0].valid_before = k_noon;
  const auto decided = gate::decide(*vault, ended, wish, k_noon);
  CHECK(denial_of(decided) == "no-grant");
  CHECK(is_receipt(vault.ask(wish)));
}

TEST_CASE("foresee says what decide would, and changes nothing") {
  SigningVault vault;
  const auto wish = wish_for("/w/a");
  vault.grant(once_for(vault, wish));
  const auto before = vault.entries().size();
  for (int i = 0; i < 3; ++i) {
    const auto foreseen = gate::foresee(*vault, vault.signers(), wish, k_noon);
    REQUIRE(foreseen);
    CHECK(std::holds_alternative<model::Permit>(*foreseen));
  }
  CHECK(vault.entries().size() == before);
  CHECK(is_receipt(vault.ask(wish)));
}

TEST_CASE("a refusal says what became of the grant: expired, revoked, used up") {
  SigningVault vault;
  const auto wish = wish_for("/w/a");
  const auto grant = once_for(vault, wish);
  vault.grant(grant);
  CHECK(vault.refusal(wish, k_noon + base::Seconds(1000)).reason == Reason::expired);

  SigningVault second;
  const auto other = once_for(second, wish);
  second.grant(other);
  REQUIRE(second->revoke(other.id, k_noon));
  CHECK(second.refusal(wish).reason == Reason::revoked);
  CHECK(second.refusal(wish).grant->id == other.id);
}

TEST_CASE("a tree that changed after approval is stale, burns no use, and names what changed") {
  SigningVault vault;
  const auto approved = wish_for("/w/a", 3);
  const auto request = file(vault, approved);
  auto grant = once_for(vault, approved);
  grant.request = request.id;
  vault.grant(grant);

  const auto changed = wish_for("/w/a", 40);
  const auto refusal = vault.refusal(changed);
  CHECK(refusal.reason == Reason::stale);
  REQUIRE(refusal.differences.total == 1);
  CHECK(refusal.differences.named[0] == "changed '/w/a/a': size 3 -> 40");
  CHECK(vault->request(request.id, k_noon)->state == vault::RequestState::stale);
  CHECK(vault->grant(grant.id)->used == 0);
  CHECK(is_receipt(vault.ask(approved)));  // what was approved is there again

  const auto next = vault->file_request(request_for(changed), k_noon);
  REQUIRE(next);
  CHECK(next->request.previous == request.id);
}

TEST_CASE("a person's denial is told until something new is granted") {
  SigningVault vault;
  const auto wish = wish_for("/w/a");
  const auto request = file(vault, wish);
  CHECK(vault.refusal(wish).reason == Reason::pending);
  REQUIRE(vault->deny(request.id, "not that one", k_noon));
  const auto refusal = vault.refusal(wish);
  CHECK(refusal.reason == Reason::denied);
  CHECK(refusal.request->note == "not that one");
}

TEST_CASE("a denial cannot be hidden behind a request that the agent files and withdraws") {
  SigningVault vault;
  const auto wish = wish_for("/w/a");
  REQUIRE(vault->deny(file(vault, wish).id, "no", k_noon));
  REQUIRE(vault->cancel(file(vault, wish).id, k_noon));
  CHECK(vault.refusal(wish).reason == Reason::denied);
}

TEST_CASE("a head counts only in a grant that is what a trusted key has signed") {
  const auto verify = [](SigningVault& vault) {
    auto witnesses = TestVault::believing();
    witnesses.grant = [&vault](const vault::StoredGrant& stored) {
      return gate::judge_grant(stored, vault.signers());
    };
    auto report = vault->verify_log(witnesses, {});
    REQUIRE(report);
    return std::move(*report);
  };
  SigningVault vault;
  vault.grant(vault.grant_for("/w/a"));
  CHECK(verify(vault).faults.empty());
  CHECK(verify(vault).heads_checked == 1);
  CHECK(verify(vault).newest_head == 1);

  SshKeygen stranger;
  static_cast<void>(stranger.make_key("other", "ed25519"));
  const auto foreign = vault.grant_for("/w/b");
  const auto text = model::encode(foreign);
  REQUIRE(text);
  REQUIRE(vault->store_grant({foreign, *text, stranger.sign("other", *text, "pvm-grant-v1"), false}, "", k_noon));
  CHECK(verify(vault).faults.empty());
  CHECK(verify(vault).heads_checked == 1);
  CHECK(verify(vault).heads_untrusted == 1);

  vault.tamper("UPDATE grants SET statement = CAST(replace(CAST(statement AS TEXT), 'uses 1', 'uses 9') AS BLOB)");
  CHECK(verify(vault).faults.size() == 3);  // both texts, and an index that leads to what no text says
  CHECK(verify(vault).heads_checked == 0);
}

TEST_CASE("a lock is told with its reason") {
  SigningVault vault;
  REQUIRE(vault->lock("stop everything", k_noon));
  const auto refusal = vault.refusal(wish_for("/w/a"));
  CHECK(refusal.reason == Reason::locked);
  CHECK(refusal.lock_reason == "stop everything");
}
