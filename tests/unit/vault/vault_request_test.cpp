// SPDX-License-Identifier: Apache-2.0
// Requests: filed once, joined, resolved once.
#include "vault_fixture.hpp"

using namespace pvm;
using namespace pvm::test;
using vault::Filing;
using vault::RequestState;

namespace {

vault::Filed file(TestVault& vault, const vault::Wish& wish, base::UnixTime now = k_noon) {
  auto filed = vault->file_request(request_for(wish), now);
  REQUIRE_MESSAGE(filed.has_value(), filed.error().message);
  return std::move(*filed);
}

RequestState state_of(TestVault& vault, const base::RequestId& id, base::UnixTime now = k_noon) {
  const auto request = vault->request(id, now);
  REQUIRE(request);
  return request->state;
}

}  // namespace

TEST_CASE("a request keeps everything that was said") {
  TestVault vault;
  auto asked = request_for(wish_for("/w/a \xff\n"));
  asked.wanted_time = base::Seconds(1800);
  asked.wanted_uses = "unlimited";
  asked.waits = base::Seconds(90);
  const auto filed = vault->file_request(asked, k_noon);
  REQUIRE(filed);
  const auto kept = vault->request(filed->request.id, k_noon);
  REQUIRE(kept);
  CHECK(kept->state == RequestState::pending);
  CHECK(kept->wish.operation == asked.wish.operation);
  CHECK(kept->wish.invocation == asked.wish.invocation);
  CHECK(kept->wish.effect == asked.wish.effect);
  CHECK(kept->wish.summary == asked.wish.summary);
  CHECK(kept->wish.manifest == asked.wish.manifest);
  CHECK(kept->reason == "clean build");
  CHECK(kept->wanted_time == base::Seconds(1800));
  CHECK(kept->wanted_uses == "unlimited");
  CHECK(kept->host == "laptop");
  CHECK(kept->ancestry == "bash < claude (4121)");
  CHECK(kept->expires == k_noon + base::Seconds(24 * 3600));
  CHECK(kept->waiting_until == k_noon + base::Seconds(90));
}

TEST_CASE("asking again for the same thing joins the pending request") {
  TestVault vault;
  const auto first = file(vault, wish_for("/w/a"));
  CHECK(first.filing == Filing::filed);
  auto again = wish_for("/w/a");
  again.invocation.argv = {"rm", "-rf", "./a"};  // typed otherwise, the same thing
  const auto second = file(vault, again);
  CHECK(second.filing == Filing::joined);
  CHECK(second.request.id == first.request.id);
  CHECK(vault->requests({}, k_noon)->size() == 1);
}

TEST_CASE("another effect makes the pending request stale and names it as the earlier one") {
  TestVault vault;
  const auto first = file(vault, wish_for("/w/a", 3));
  const auto second = file(vault, wish_for("/w/a", 4));
  CHECK(second.filing == Filing::filed);
  CHECK(state_of(vault, first.request.id) == RequestState::stale);
  CHECK(second.request.previous == first.request.id);
}

TEST_CASE("another agent's wish is another request") {
  TestVault vault;
  const auto mine = file(vault, wish_for("/w/a"));
  const auto theirs = file(vault, wish_for("/w/a", 3, "codex"));
  CHECK(theirs.filing == Filing::filed);
  CHECK(theirs.request.id != mine.request.id);
}

TEST_CASE("one more pending request than there may be is refused, and an answer makes room") {
  TestVault vault;
  std::vector<base::RequestId> ids;
  for (std::size_t i = 0; i < vault::k_pending_per_agent; ++i) {
    ids.push_back(file(vault, wish_for("/w/" + std::to_string(i))).request.id);
  }
  const auto over = vault->file_request(request_for(wish_for("/w/more")), k_noon);
  REQUIRE_FALSE(over.has_value());
  CHECK(over.error().code == base::Code::limit);
  CHECK(vault->file_request(request_for(wish_for("/w/more", 3, "codex")), k_noon).has_value());
  REQUIRE(vault->deny(ids[0], "", k_noon));
  CHECK(vault->file_request(request_for(wish_for("/w/more")), k_noon).has_value());
}

TEST_CASE("a request is resolved once") {
  TestVault vault;
  const auto id = file(vault, wish_for("/w/a")).request.id;
  REQUIRE(vault->deny(id, "not that one", k_noon));
  CHECK(vault->request(id, k_noon)->note == "not that one");
  CHECK(vault->deny(id, "", k_noon).error().code == base::Code::conflict);
  CHECK(vault->cancel(id, k_noon).error().code == base::Code::conflict);
  auto grant = vault.grant_for("/w/a");
  grant.request = id;
  auto text = model::encode(grant);
  REQUIRE(text);
  CHECK(vault->store_grant({grant, *text, "s", false}, "", k_noon).error().code == base::Code::conflict);
  CHECK_FALSE(vault->grant(grant.id).has_value());  // the grant is not kept either
  CHECK(state_of(vault, id) == RequestState::denied);
}

TEST_CASE("storing a grant approves its request, with the note for the agent") {
  TestVault vault;
  const auto id = file(vault, wish_for("/w/a")).request.id;
  auto grant = vault.grant_for("/w/a");
  grant.request = id;
  auto text = model::encode(grant);
  REQUIRE(text);
  REQUIRE(vault->store_grant({grant, *text, "s", false}, "only today", k_noon));
  const auto request = vault->request(id, k_noon);
  REQUIRE(request);
  CHECK(request->state == RequestState::approved);
  CHECK(request->note == "only today");
  CHECK(request->grant == grant.id);
  REQUIRE(vault->mark_stale(id, k_noon));
  CHECK(state_of(vault, id) == RequestState::stale);
}

TEST_CASE("one grant answers several requests of an agent, in one entry, or none of them") {
  TestVault vault;
  const auto first = file(vault, wish_for("/w/a")).request.id;
  const auto second = file(vault, wish_for("/w/b")).request.id;
  const auto third = file(vault, wish_for("/w/c")).request.id;
  const auto theirs = file(vault, wish_for("/w/d", 3, "codex")).request.id;
  auto grant = vault.grant_for("/w");
  grant.request = first;
  auto text = model::encode(grant);
  REQUIRE(text);

  // another agent's, one that is answered, one twice, one without a first: nothing is kept
  REQUIRE(vault->deny(third, "", k_noon));
  for (const std::vector<base::RequestId>& further : std::vector<std::vector<base::RequestId>>{
           {second, theirs}, {second, third}, {second, second}, {first}}) {
    CHECK(vault->store_grant({grant, *text, "s", false, further}, "", k_noon).error().code == base::Code::conflict);
  }
  auto without = grant;
  without.request = std::nullopt;
  CHECK(vault->store_grant({without, *model::encode(without), "s", false, {second}}, "", k_noon).error().code ==
        base::Code::conflict);
  CHECK_FALSE(vault->grant(grant.id).has_value());
  CHECK(state_of(vault, first) == RequestState::pending);
  CHECK(state_of(vault, second) == RequestState::pending);

  REQUIRE(vault->store_grant({grant, *text, "s", false, {second}}, "both", k_noon));
  for (const auto& id : {first, second}) {
    const auto request = vault->request(id, k_noon);
    REQUIRE(request);
    CHECK(request->state == RequestState::approved);
    CHECK(request->grant == grant.id);
    CHECK(request->note == "both");
    CHECK_FALSE(request->wish.manifest.empty());
  }
  CHECK(state_of(vault, theirs) == RequestState::pending);
  const auto entry = vault.entries().back();
  CHECK(entry.type == vault::EntryType::approve);
  CHECK(entry.scope == "/w/a\n/w/b");
  CHECK(entry.details.find("requests=" + first.hex() + "," + second.hex()) != std::string::npos);
  CHECK(vault.verified().faults.empty());
}

TEST_CASE("that somebody waits is noted where a request is pending, and never for a shorter time") {
  TestVault vault;
  const auto id = file(vault, wish_for("/w/a")).request.id;
  const auto entries = vault.entries().size();
  REQUIRE(vault->note_waiting(id, k_noon + base::Seconds(90)));
  CHECK(vault->request(id, k_noon)->waiting_until == k_noon + base::Seconds(90));
  REQUIRE(vault->note_waiting(id, k_noon + base::Seconds(30)));
  CHECK(vault->request(id, k_noon)->waiting_until == k_noon + base::Seconds(90));
  CHECK(vault.entries().size() == entries);
  REQUIRE(vault->deny(id, "", k_noon));
  REQUIRE(vault->note_waiting(id, k_noon + base::Seconds(900)));
  CHECK(vault->request(id, k_noon)->waiting_until == k_noon + base::Seconds(90));
}

TEST_CASE("a request that nobody answered expires, and cannot be answered then") {
  TestVault vault;
  const auto id = file(vault, wish_for("/w/a")).request.id;
  const auto later = k_noon + base::Seconds(24 * 3600 + 1);
  CHECK(state_of(vault, id, later - base::Seconds(1)) == RequestState::pending);
  CHECK(state_of(vault, id, later) == RequestState::expired);
  CHECK(vault->deny(id, "", later).error().code == base::Code::conflict);
  const auto again = vault->file_request(request_for(wish_for("/w/a")), later);
  REQUIRE(again);
  CHECK(again->filing == Filing::filed);
  CHECK(again->request.previous == id);
}

TEST_CASE("ids are found by a unique prefix of four characters or more") {
  TestVault vault;
  const auto id = file(vault, wish_for("/w/a")).request.id;
  CHECK(vault->request_by_prefix(id.hex()).value() == id);
  CHECK(vault->request_by_prefix(id.hex().substr(0, 4)).value() == id);
  CHECK(vault->request_by_prefix(id.hex().substr(0, 3)).error().code == base::Code::usage);
  for (const char* bad : {"", "zzzz", "%", "' OR 1", "ABCD", "0123456789abcdef0123456789abcdef0"}) {
    CAPTURE(bad);
    CHECK(vault->request_by_prefix(bad).error().code == base::Code::usage);
  }
  const std::string other = id.hex()[0] == '0' ? "1111" : "0000";
  CHECK(vault->request_by_prefix(other).error().code == base::Code::usage);
}

TEST_CASE("scopes smuggled beside the resources of a request make it unreadable") {
  TestVault vault;
  const auto id = file(vault, wish_for("/w/a")).request.id;
  vault.tamper("UPDATE requests SET scopes = '/w/**' || char(10)");
  CHECK(vault->request(id, k_noon).error().code == base::Code::malformed);
}

TEST_CASE("secrets in a reason or a note reach neither table nor log") {
  TestVault vault;
  const std::string token = "ghp_" + std::string(36, 'A');
  const auto filed = vault->file_request(request_for(wish_for("/w/a"), "push with " + token), k_noon);
  REQUIRE(filed);
  REQUIRE(vault->deny(filed->request.id, "https://me:hunter2@example.org/x", k_noon));
  vault.close();
  std::string bytes = contents_of(vault.file()) + contents_of(vault.file() + "-wal");
  CHECK(bytes.find(token) == std::string::npos);
  CHECK(bytes.find("hunter2") == std::string::npos);
  CHECK(bytes.find("/w/a") != std::string::npos);  // the search itself works
}
