// SPDX-License-Identifier: Apache-2.0
// What people are told of a request.
#include "pvmctl/serve/notifier.hpp"

#include "../vault/vault_fixture.hpp"

using namespace pvm;
using namespace pvm::test;
using pvmctl::approval::Review;

namespace {

Review review_of(TestVault& vault) {
  auto filed = vault->file_request(request_for(wish_for("/w/build"), "clean *build*"), k_noon);
  REQUIRE(filed);
  Review review{std::move(filed->request), {}, {}, std::nullopt};
  review.view.summary = review.request.wish.summary;
  return review;
}

}  // namespace

TEST_CASE("a message says who asks for what, as it was looked at here") {
  TestVault vault;
  auto review = review_of(vault);
  model::Effect fresh;
  fresh.operands.push_back({"/w/build", {{'d', 1, 10, 0, 0, ""}, {'f', 1, 11, 3, 5, "a"}, {'f', 1, 12, 4, 5, "b"}}});
  review.view.fresh = fresh;
  const auto message = pvmctl::serve::message_of(review, "http://127.0.0.1:8765");
  CHECK(message.request == review.request.id.hex());
  CHECK(message.agent == "claude");
  CHECK(message.action == "rm");
  CHECK(message.effect.starts_with("'/w/build' (directory, 2 files, 7 B"));
  CHECK(message.effect.find("as told") == std::string::npos);
  CHECK(message.reason == "clean *build*");  // escaped by each channel, in its own way
  CHECK(message.expires == review.request.expires);
  CHECK(message.door == "http://127.0.0.1:8765");
  CHECK_FALSE(message.buttons.has_value());
}

TEST_CASE("what could not be looked at is told as the agent's word, and what differs as differing") {
  TestVault vault;
  auto review = review_of(vault);
  review.view.obstacle = "it is on another machine";
  CHECK(pvmctl::serve::message_of(review, "").effect.ends_with(", as told by the agent"));
  review.view.obstacle.clear();
  review.view.is_changed = true;
  CHECK(pvmctl::serve::message_of(review, "").effect.ends_with(", which is not what the agent told"));
}

TEST_CASE("a verdict is the request's state, with the approver's note") {
  TestVault vault;
  auto request = review_of(vault).request;
  request.state = vault::RequestState::denied;
  request.note = "use make clean";
  request.resolved = k_noon + base::Seconds(5);
  const auto verdict = pvmctl::serve::verdict_of(request, k_noon + base::Seconds(60));
  CHECK(verdict.words == "denied: use make clean");
  CHECK(verdict.time == k_noon + base::Seconds(5));
  request.resolved.reset();
  request.note.clear();
  request.state = vault::RequestState::expired;
  CHECK(pvmctl::serve::verdict_of(request, k_noon).words == "expired");
  CHECK(pvmctl::serve::verdict_of(request, k_noon).time == k_noon);
}
