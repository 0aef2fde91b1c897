// SPDX-License-Identifier: Apache-2.0
// Setting aside a broken log, a clock and old texts; and what an attacker makes of it.
#include <fstream>
#include <iterator>

#include "log_attacker.hpp"
#include "vault_fixture.hpp"

using namespace pvm;
using namespace pvm::test;

namespace {

model::Reset reset_of(TestVault& vault, model::ResetKind kind) {
  const auto head = vault->durable_head();
  REQUIRE(head);
  return {kind, vault->id(), *head, std::nullopt, std::nullopt, std::nullopt, std::nullopt, k_noon, "alice@host", "why"};
}

base::Result<void> apply(TestVault& vault, const model::Reset& reset, base::UnixTime now = k_noon,
                         const std::string& signature = "signed") {
  const auto text = model::encode(reset);
  REQUIRE_MESSAGE(text.has_value(), text.error().message);
  return vault->reset({reset, *text, signature}, now);
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

model::Reset prune_of(TestVault& vault, std::uint64_t wanted, base::UnixTime now) {
  const auto offer = vault->offer_prune(wanted, now);
  REQUIRE(offer);
  model::Reset reset = reset_of(vault, model::ResetKind::prune);
  reset.until = offer->until;
  reset.then = offer->then;
  reset.time = now;
  return reset;
}

}  // namespace

TEST_CASE("a clock that jumped ahead is accepted by a statement, and decisions are made again") {
  TestVault vault;
  const auto ahead = k_noon + base::Seconds(3600);
  vault.store(vault.grant_for("/w/a"));
  REQUIRE(vault->record_error("claude", {base::Code::io, "from the future", ""}, ahead));
  CHECK_FALSE(vault.decide(wish_for("/w/a"), k_noon).has_value());

  model::Reset reset = reset_of(vault, model::ResetKind::clock);
  reset.mark = k_noon;
  CHECK(apply(vault, reset).error().code == base::Code::conflict);  // not the mark that is there
  reset.mark = ahead;
  REQUIRE(apply(vault, reset));
  CHECK(is_receipt(vault.decide(wish_for("/w/a"), k_noon)));
  const auto report = vault.verified();
  CHECK_MESSAGE(report.faults.empty(), all_faults(report));
  REQUIRE(report.resets.size() == 1);
  CHECK(report.resets[0].find("alice@host set aside a clock set back to") != std::string::npos);
}

TEST_CASE("a clock that nobody accepted is a fault, with an entry or without") {
  TestVault vault;
  const auto ahead = k_noon + base::Seconds(3600);
  REQUIRE(vault->record_error("claude", {base::Code::io, "from the future", ""}, ahead));
  model::Reset reset = reset_of(vault, model::ResetKind::clock);
  reset.mark = ahead;
  REQUIRE(apply(vault, reset, k_noon, "nobody's"));
  CHECK(has_fault(vault.verified(), "it sets aside by a statement that nobody signed"));
  CHECK(has_fault(vault.verified(), "the clock mark: "));
}

TEST_CASE("a statement is for one vault, one log and one state of it") {
  TestVault vault;
  REQUIRE(vault->record_error("claude", {base::Code::io, "x", ""}, k_noon));
  model::Reset good = reset_of(vault, model::ResetKind::broken_log);
  good.seen = model::TreeHead{7, {}};
  model::Reset reset = good;
  reset.vault = crypto::random_id<base::VaultId>();
  CHECK(apply(vault, reset).error().code == base::Code::conflict);
  reset = good;
  reset.log.root[3] ^= 1;
  CHECK(apply(vault, reset).error().code == base::Code::conflict);
  reset = good;
  reset.log.size = 100;
  CHECK(apply(vault, reset).error().code == base::Code::broken);
  CHECK(apply(vault, good).has_value());
  CHECK(vault.verified().faults.empty());
}

TEST_CASE("heads from before an accepted break no longer count against the log, and heads after it do") {
  TestVault vault;
  for (int i = 0; i < 5; ++i) static_cast<void>(vault.decide(wish_for("/w/" + std::to_string(i))));
  vault.store(vault.grant_for("/w/a"));
  auto log = vault.entries();
  log[2].agent = "someone";
  vault.tamper(rewritten_log(log));
  CHECK(has_fault(vault.verified(), "are not those that were there when grant"));

  model::Reset reset = reset_of(vault, model::ResetKind::broken_log);
  reset.seen = model::TreeHead{6, {}};
  reset.time = k_noon + base::Seconds(1);
  REQUIRE(apply(vault, reset));
  auto report = vault.verified();
  CHECK_MESSAGE(report.faults.empty(), all_faults(report));
  CHECK(report.heads_set_aside == 1);
  CHECK(report.newest_head == reset.log.size);  // the statement vouches for the log that was accepted

  // The attacker goes on: the statement itself carries a head.
  log = vault.entries();
  log[3].agent = "someone";
  vault.tamper(rewritten_log(log));
  CHECK(has_fault(vault.verified(), "are not those that were there when entry 8 was signed"));
}

TEST_CASE("a break that a stranger accepted accepts nothing") {
  TestVault vault;
  for (int i = 0; i < 5; ++i) static_cast<void>(vault.decide(wish_for("/w/" + std::to_string(i))));
  vault.store(vault.grant_for("/w/a"));
  auto log = vault.entries();
  log[2].agent = "someone";
  vault.tamper(rewritten_log(log));
  model::Reset reset = reset_of(vault, model::ResetKind::broken_log);
  reset.seen = model::TreeHead{6, {}};
  reset.time = k_noon + base::Seconds(1);
  REQUIRE(apply(vault, reset, k_noon, "by a stranger"));
  CHECK(has_fault(vault.verified(), "are not those that were there when grant"));
  CHECK(vault.verified().heads_untrusted == 1);
}

TEST_CASE("pruned texts are gone from the file, and the log still verifies, also against heads from before") {
  TestVault vault;
  const std::string secret = "/w/what-nobody-needs-to-know";
  auto filed = vault->file_request(request_for(wish_for(secret), "my confidential reason"), k_noon);
  REQUIRE(filed);
  REQUIRE(vault->deny(filed->request.id, "", k_noon));
  static_cast<void>(vault.decide(wish_for(secret)));
  vault.store(vault.grant_for("/w/old"));
  const auto seen = vault->durable_head();
  REQUIRE(seen);
  const auto later = k_noon + base::Seconds(86400);  // the grant is over
  REQUIRE(vault->record_error("claude", {base::Code::io, "x", ""}, later));
  const std::uint64_t all = vault.entries().size();

  const auto reset = prune_of(vault, all - 1, later);
  CHECK(*reset.until == all - 1);
  REQUIRE(apply(vault, reset, later));
  for (const char* file : {"vault.db", "vault.db-wal"}) {
    const std::string bytes = bytes_of(vault.directory().at(file));
    CHECK(bytes.find("nobody-needs") == std::string::npos);
    CHECK(bytes.find("confidential") == std::string::npos);
  }
  const auto report = vault.verified({{*seen, "the last approval"}});
  CHECK_MESSAGE(report.faults.empty(), all_faults(report));
  CHECK(report.pruned_until == all - 1);
  CHECK(report.heads_outside == 1);
  CHECK(vault.entries().size() == 2);  // what is left to list
  CHECK(vault->extend({}, {}).has_value());

  // And once more, from where the last one ended.
  for (int i = 0; i < 3; ++i) static_cast<void>(vault.decide(wish_for("/w/more"), later));
  const auto again = prune_of(vault, all + 2, later);
  REQUIRE(apply(vault, again, later));
  CHECK_MESSAGE(vault.verified().faults.empty(), all_faults(vault.verified()));
  CHECK(vault.verified().pruned_until == all + 2);
}

TEST_CASE("what is still in force keeps its entries: a live grant, a pending request, and what comes after them") {
  TestVault vault;
  static_cast<void>(vault.decide(wish_for("/w/0")));
  REQUIRE(vault->file_request(request_for(wish_for("/w/waits")), k_noon));  // entry 3
  static_cast<void>(vault.decide(wish_for("/w/1")));
  auto offer = vault->offer_prune(4, k_noon);
  REQUIRE(offer);
  CHECK(offer->until == 2);
  CHECK(offer->held_by.find("is still in use") != std::string::npos);

  TestVault other;
  static_cast<void>(other.decide(wish_for("/w/0")));
  other.store(other.grant_for("/w/live"));  // entry 3
  static_cast<void>(other.decide(wish_for("/w/1")));
  offer = other->offer_prune(4, k_noon);
  REQUIRE(offer);
  CHECK(offer->until == 2);
  CHECK(offer->held_by.find("may still be used") != std::string::npos);
  // A statement that wants more is not obeyed, whoever signed it.
  model::Reset greedy = reset_of(other, model::ResetKind::prune);
  greedy.until = 4;
  greedy.then = offer->then;
  CHECK(apply(other, greedy).error().code == base::Code::conflict);
}

TEST_CASE("the floor and the lock survive the pruning of what made them") {
  TestVault vault;
  CHECK(vault->revoke_all(k_noon).has_value());
  REQUIRE(vault->lock("looking", k_noon));
  REQUIRE(vault->record_error("claude", {base::Code::io, "x", ""}, k_noon));
  const auto reset = prune_of(vault, 3, k_noon);
  REQUIRE(reset.then);
  CHECK(reset.then->epoch == 2);
  CHECK(reset.then->lock.has_value());
  REQUIRE(apply(vault, reset));
  CHECK_MESSAGE(vault.verified().faults.empty(), all_faults(vault.verified()));
  vault.tamper("UPDATE state SET lock_id = NULL");
  CHECK(has_fault(vault.verified(), "the stop switch"));
  vault.tamper("UPDATE state SET epoch = 1");
  CHECK(has_fault(vault.verified(), "the revocation floor"));
}

TEST_CASE("texts that go without an approver's statement are a fault, and so is a statement with texts left") {
  TestVault vault;
  for (int i = 0; i < 5; ++i) static_cast<void>(vault.decide(wish_for("/w/" + std::to_string(i))));
  vault.tamper("UPDATE audit SET agent_id = '', scope = '', decision = '', details = '', grant_id = NULL, record = x'' "
               "WHERE entry_id = 3");
  CHECK(has_fault(vault.verified(), "entry 3: its record is gone, and no approver's statement says why"));

  TestVault forged;
  for (int i = 0; i < 5; ++i) static_cast<void>(forged.decide(wish_for("/w/" + std::to_string(i))));
  const auto reset = prune_of(forged, 3, k_noon);
  REQUIRE(apply(forged, reset, k_noon, "nobody's"));
  CHECK(has_fault(forged.verified(), "by a statement that nobody signed"));
  CHECK(has_fault(forged.verified(), "entry 3: its record is gone"));

  TestVault kept;
  for (int i = 0; i < 5; ++i) static_cast<void>(kept.decide(wish_for("/w/" + std::to_string(i))));
  const auto record = vault::encode_record(kept.entries()[1]);
  REQUIRE(apply(kept, prune_of(kept, 3, k_noon)));
  kept.tamper("UPDATE audit SET record = " + hex_literal(record) + " WHERE entry_id = 2");
  CHECK(has_fault(kept.verified(), "entry 2: it was pruned, and yet there is a record"));
}

TEST_CASE("a pruned grant put back is not one of the vault's") {
  TestVault vault;
  const auto grant = vault.grant_for("/w/old");
  vault.store(grant);
  const auto later = k_noon + base::Seconds(86400);
  REQUIRE(vault->record_error("claude", {base::Code::io, "x", ""}, later));
  REQUIRE(apply(vault, prune_of(vault, 2, later), later));
  CHECK(vault->grants({}).value().empty());
  const auto text = model::encode(grant);
  REQUIRE(text);
  vault.tamper("INSERT INTO grants VALUES('" + grant.id.hex() + "', 'claude', 'rm', " +
               std::to_string(base::unix_seconds(grant.terms.window.not_after)) + ", 1, 1, 0, NULL, 0, " +
               hex_literal(*text) + ", x'00')");
  CHECK(has_fault(vault.verified(), "no entry says that it was stored"));
}
