// SPDX-License-Identifier: Apache-2.0
// Who was told of a request.
#include "vault_fixture.hpp"

using namespace pvm;
using namespace pvm::test;
using vault::Delivery;
using vault::DeliveryResult;

namespace {

vault::Request file(TestVault& vault, const std::string& path = "/w/a") {
  auto filed = vault->file_request(request_for(wish_for(path)), k_noon);
  REQUIRE(filed);
  return std::move(filed->request);
}

vault::Request read(TestVault& vault, const base::RequestId& id) {
  auto request = vault->request(id, k_noon);
  REQUIRE(request);
  return std::move(*request);
}

}  // namespace

TEST_CASE("what became of each try to tell somebody stands with the request, by channel and attempt") {
  TestVault vault;
  const auto id = file(vault).id;
  const auto other = file(vault, "/w/b").id;
  CHECK(read(vault, id).told.empty());
  REQUIRE(vault->note_delivery(id, {"team", 1, DeliveryResult::retrying, "503", k_noon}));
  REQUIRE(vault->note_delivery(id, {"team", 2, DeliveryResult::sent, "", k_noon + base::Seconds(1), "C1:2"}));
  REQUIRE(vault->note_delivery(id, {"phone", 1, DeliveryResult::failed, "no route", k_noon}));
  const auto told = read(vault, id).told;
  REQUIRE(told.size() == 3);
  CHECK(told[0].channel == "phone");
  CHECK(told[0].result == DeliveryResult::failed);
  CHECK(told[0].why == "no route");
  CHECK(told[1].attempt == 1);
  CHECK(told[1].result == DeliveryResult::retrying);
  CHECK(told[2].attempt == 2);
  CHECK(told[2].result == DeliveryResult::sent);
  CHECK(told[2].time == k_noon + base::Seconds(1));
  CHECK(told[2].handle == "C1:2");
  CHECK(read(vault, other).told.empty());
  const auto listed = vault->requests({std::nullopt, vault::RequestState::pending, 10}, k_noon);
  REQUIRE(listed);
  for (const auto& request : *listed) CHECK(request.told.size() == (request.id == id ? 3 : 0));
}

TEST_CASE("the same try is kept once, as it was told last") {
  TestVault vault;
  const auto id = file(vault).id;
  REQUIRE(vault->note_delivery(id, {"team", 1, DeliveryResult::retrying, "503", k_noon}));
  REQUIRE(vault->note_delivery(id, {"team", 1, DeliveryResult::failed, "503", k_noon}));
  const auto told = read(vault, id).told;
  REQUIRE(told.size() == 1);
  CHECK(told[0].result == DeliveryResult::failed);
}

TEST_CASE("a try for a request that is not there is a conflict, and texts that are too long are cut") {
  TestVault vault;
  const auto id = file(vault).id;
  CHECK(vault->note_delivery(crypto::random_id<base::RequestId>(), {"team", 1, DeliveryResult::sent, "", k_noon}).error().code ==
        base::Code::conflict);
  REQUIRE(vault->note_delivery(id, {std::string(1000, 'c'), 1, DeliveryResult::failed, std::string(10'000, 'w'), k_noon}));
  const auto told = read(vault, id).told;
  REQUIRE(told.size() == 1);
  CHECK(told[0].channel.size() == vault::k_channel_max_bytes);
  CHECK(told[0].why.size() == vault::k_why_max_bytes);
}

TEST_CASE("a delivery that no program of ours wrote is an error, not a guess") {
  for (const char* values : {"'team', 1, 'maybe', '', 0, ''", "'team', 0, 'sent', '', 0, ''", "'team', -1, 'sent', '', 0, ''",
                             "'team', 4294967296, 'sent', '', 0, ''"}) {
    CAPTURE(values);
    TestVault vault;
    const auto id = file(vault).id;
    vault.tamper("INSERT INTO deliveries VALUES('" + id.hex() + "', " + values + ")");
    CHECK(vault->request(id, k_noon).error().code == base::Code::malformed);
  }
}

TEST_CASE("telling people decides nothing: neither the log nor the state of a request changes by it") {
  TestVault vault;
  const auto id = file(vault).id;
  const auto before = vault->durable_head();
  REQUIRE(vault->note_delivery(id, {"team", 1, DeliveryResult::sent, "", k_noon}));
  const auto after = vault->durable_head();
  REQUIRE(before);
  REQUIRE(after);
  CHECK(*before == *after);
  CHECK(read(vault, id).state == vault::RequestState::pending);
}
