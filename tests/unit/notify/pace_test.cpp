// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>

#include "pvmctl/notify/batcher.hpp"
#include "pvmctl/notify/retry.hpp"

using namespace pvm::notify;
using pvm::base::from_unix;
using pvm::base::Seconds;
using pvm::base::UnixTime;

namespace {

constexpr UnixTime k_now = from_unix(1'790'000'000);

Message message_of(const std::string& agent, int number, int life = 3600) {
  Message message;
  message.agent = agent;
  message.request = std::to_string(number);
  message.expires = k_now + Seconds(life);
  message.buttons = Buttons{"a", "b", "c"};
  return message;
}

}  // namespace

TEST_CASE("a channel is tried again after 1, 2 and 4 seconds, and then no more") {
  const UnixTime end = k_now + Seconds(3600);
  CHECK(wait_after(1, std::nullopt, k_now, end) == Seconds(1));
  CHECK(wait_after(2, std::nullopt, k_now, end) == Seconds(2));
  CHECK(wait_after(3, std::nullopt, k_now, end) == Seconds(4));
  CHECK(wait_after(4, std::nullopt, k_now, end) == std::nullopt);
  CHECK(wait_after(0, std::nullopt, k_now, end) == std::nullopt);
}

TEST_CASE("what the service asks for is waited, but not less than ours and never past the end of the request") {
  const UnixTime end = k_now + Seconds(100);
  CHECK(wait_after(1, Seconds(30), k_now, end) == Seconds(30));
  CHECK(wait_after(3, Seconds(1), k_now, end) == Seconds(4));
  CHECK(wait_after(1, Seconds(99), k_now, end) == Seconds(99));
  CHECK(wait_after(1, Seconds(100), k_now, end) == std::nullopt);
  CHECK(wait_after(1, Seconds(INT64_MAX), k_now, end) == std::nullopt);
  CHECK(wait_after(1, Seconds(-5), k_now, end) == Seconds(1));
  CHECK(wait_after(1, std::nullopt, k_now, k_now + Seconds(1)) == std::nullopt);
  CHECK(wait_after(1, std::nullopt, k_now + Seconds(101), end) == std::nullopt);
}

TEST_CASE("three requests of an agent pass at once, what follows in ten seconds becomes one message") {
  Batcher batcher;
  for (int number = 1; number <= 3; ++number) CHECK(batcher.passes(message_of("a", number), k_now));
  CHECK_FALSE(batcher.passes(message_of("a", 4, 500), k_now + Seconds(1)));
  for (int number = 5; number <= 20; ++number) CHECK_FALSE(batcher.passes(message_of("a", number, number == 9 ? 400 : 600), k_now + Seconds(2)));
  CHECK(batcher.passes(message_of("b", 1), k_now + Seconds(2)));  // another agent's affair
  CHECK(batcher.next_due() == k_now + Seconds(11));
  CHECK(batcher.due(k_now + Seconds(10)).empty());
  const auto due = batcher.due(k_now + Seconds(11));
  REQUIRE(due.size() == 1);
  CHECK(due[0].request == "4");
  CHECK(due[0].more == 16);
  CHECK_FALSE(due[0].buttons.has_value());
  CHECK(due[0].expires == k_now + Seconds(400));
  CHECK_FALSE(batcher.next_due().has_value());
  CHECK(batcher.due(k_now + Seconds(100)).empty());
}

TEST_CASE("a single request that was held keeps its buttons") {
  Batcher batcher;
  for (int number = 1; number <= 3; ++number) static_cast<void>(batcher.passes(message_of("a", number), k_now));
  CHECK_FALSE(batcher.passes(message_of("a", 4), k_now + Seconds(9)));
  const auto due = batcher.due(k_now + Seconds(19));
  REQUIRE(due.size() == 1);
  CHECK(due[0].more == 0);
  CHECK(due[0].buttons.has_value());
}

TEST_CASE("an agent that goes on asking is heard once in ten seconds") {
  Batcher batcher;
  int heard = 0;
  for (int second = 0; second < 100; ++second) {
    for (int times = 0; times < 5; ++times) heard += batcher.passes(message_of("a", second), k_now + Seconds(second)) ? 1 : 0;
    heard += static_cast<int>(batcher.due(k_now + Seconds(second)).size());
  }
  CHECK(heard >= 3 + 9);
  CHECK(heard <= 3 + 10);
}

TEST_CASE("requests ten seconds apart are not held, and what is held can be had at once") {
  Batcher batcher;
  for (int number = 0; number < 20; ++number) CHECK(batcher.passes(message_of("a", number), k_now + Seconds(4 * number)));
  for (int number = 0; number < 5; ++number) static_cast<void>(batcher.passes(message_of("b", number), k_now));
  const auto all = batcher.flush();
  REQUIRE(all.size() == 1);
  CHECK(all[0].more == 1);
  CHECK_FALSE(batcher.next_due().has_value());
}
