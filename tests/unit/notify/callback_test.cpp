// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/callbacks/callback.hpp"

#include <doctest/doctest.h>

#include <string>

#include "pvmctl/notify/message.hpp"
#include "tests/unit/notify/callback_samples.hpp"

using namespace pvm::notify;
using namespace pvm::notify::test;
using pvm::base::Seconds;

TEST_CASE("a good callback of each service names its secret, decision and person, and a nonce") {
  struct Good {
    pvm::base::Result<Callback> callback;
    std::string person;
    std::string nonce;
  };
  const std::string slack_body = form_encoded(slack_payload());
  const std::string text = discord_body();
  const std::string update = telegram_update();
  const std::string message = sendblue_body();
  const std::string body = webhook_body();
  const std::vector<Good> all = {
      {slack(slack_incoming(slack_body)), "U024BE7LH", "slack v0="},
      {discord(discord_incoming(text)), "112233445566778899", "discord 1012345678901234567"},
      {telegram(telegram_incoming(update)), "123456789", "telegram 4382bfdwdsb323b2d9"},
      {sendblue(sendblue_incoming(message)), "+15550100001", "sendblue 99DCC379-DD76"},
      {webhook(webhook_incoming(body)), "alice", "webhook msg_1"},
      {mail(mail_from("Alice <Alice@example.org>", "approve " + k_code + "\r\n")), "alice@example.org", "mail "},
  };
  for (const Good& good : all) {
    const Answered* const answered = answer_in(good.callback);
    REQUIRE_MESSAGE(answered != nullptr, good.nonce);
    CHECK(answered->secret == k_code);
    CHECK(answered->decision == Decision::approve_once);
    CHECK(answered->person == good.person);
    CHECK(answered->nonce.starts_with(good.nonce));
    CHECK(answered->keep >= 2 * k_callback_skew);
    CHECK(answered->note.empty());
  }
}

TEST_CASE("buttons that are made are secrets that come back, each another") {
  const Buttons buttons = make_buttons();
  CHECK(buttons.approve_once != buttons.approve_30m);
  CHECK(buttons.approve_once != buttons.deny);
  CHECK(make_buttons().approve_once != buttons.approve_once);
  const std::string update = telegram_update("30m." + buttons.approve_30m);
  const auto callback = telegram(telegram_incoming(update));
  REQUIRE(answer_in(callback) != nullptr);
  CHECK(answer_in(callback)->secret == buttons.approve_30m);
}

TEST_CASE("each decision is told from the others") {
  const auto slack_decision = [](const std::string& value, const std::string& action) {
    const std::string body = form_encoded(slack_payload(value, action));
    const auto callback = slack(slack_incoming(body));
    return answer_in(callback) == nullptr ? -1 : static_cast<int>(answer_in(callback)->decision);
  };
  CHECK(slack_decision("once." + k_code, "approve_once") == static_cast<int>(Decision::approve_once));
  CHECK(slack_decision("30m." + k_code, "approve_30m") == static_cast<int>(Decision::approve_30m));
  CHECK(slack_decision("deny." + k_code, "deny") == static_cast<int>(Decision::deny));
  CHECK(slack_decision("once." + k_code, "deny") == -1);
  CHECK(slack_decision("deny." + k_code, "approve_once") == -1);

  const std::string denial = webhook_body("deny");
  const auto denied = webhook(webhook_incoming(denial));
  REQUIRE(answer_in(denied) != nullptr);
  CHECK(answer_in(denied)->decision == Decision::deny);
  CHECK(answer_in(denied)->note == "not today");

  const std::string words = sendblue_body("DENY " + k_code + "  please ask me first ");
  const auto by_words = sendblue(sendblue_incoming(words));
  REQUIRE(answer_in(by_words) != nullptr);
  CHECK(answer_in(by_words)->note == "please ask me first");
  const std::string half_hour = sendblue_body("30m " + k_code);
  const auto by_time = sendblue(sendblue_incoming(half_hour));
  REQUIRE(answer_in(by_time) != nullptr);
  CHECK(answer_in(by_time)->decision == Decision::approve_30m);
}

TEST_CASE("Discord asks whether we are there; a ping that is not Discord's is refused") {
  const std::string ping = R"({"id":"1","type":1})";
  const auto good = discord(discord_incoming(ping));
  REQUIRE(good.has_value());
  CHECK(std::holds_alternative<Ping>(*good));
  Incoming bad = discord_incoming(ping);
  bad.headers[0].second[0] = bad.headers[0].second[0] == '0' ? '1' : '0';
  CHECK_FALSE(discord(bad).has_value());
}

TEST_CASE("in a direct message Discord names the user") {
  std::string body = discord_body();
  body.replace(body.find(R"("member":{"user":{"id":"112233445566778899"}})"), 45, R"("user":{"id":"99"})");
  CAPTURE(body);
  const auto callback = discord(discord_incoming(body));
  REQUIRE(answer_in(callback) != nullptr);
  CHECK(answer_in(callback)->person == "99");
}

TEST_CASE("a callback is taken within five minutes of its time, either way, and not beyond") {
  const std::string slack_body = form_encoded(slack_payload());
  const std::string text = discord_body();
  const std::string body = webhook_body();
  for (const int seconds : {-301, -300, -1, 0, 1, 300, 301}) {
    const auto now = k_callback_time + Seconds(seconds);
    const bool is_near = seconds >= -300 && seconds <= 300;
    CHECK((answer_in(slack(slack_incoming(slack_body), now)) != nullptr) == is_near);
    CHECK((answer_in(discord(discord_incoming(text), now)) != nullptr) == is_near);
    CHECK((answer_in(webhook(webhook_incoming(body), now)) != nullptr) == is_near);
  }
}

TEST_CASE("the same callback has the same nonce, another one another") {
  const std::string body = form_encoded(slack_payload());
  const auto first = slack(slack_incoming(body));
  const auto again = slack(slack_incoming(body), k_callback_time + Seconds(200));
  const auto later = slack(slack_incoming(body, "1790000001"));
  REQUIRE(answer_in(first) != nullptr);
  CHECK(answer_in(first)->nonce == answer_in(again)->nonce);
  CHECK(answer_in(first)->nonce != answer_in(later)->nonce);
}

TEST_CASE("polling Telegram gives what answers, and where to go on") {
  const auto updates = read_telegram_updates(
      R"({"ok":true,"result":[)" + telegram_update() + R"(,{"update_id":10001,"message":{"text":"once.)" + k_code + R"("}},)" +
      R"({"update_id":10002,"callback_query":{"id":"q","from":{"id":5,"is_bot":true},"data":"once.)" + k_code + R"("}}]})");
  REQUIRE(updates.has_value());
  CHECK(updates->next_offset == 10003);
  REQUIRE(updates->callbacks.size() == 1);
  CHECK(updates->queries == std::vector<std::string>{"4382bfdwdsb323b2d9"});
  CHECK(std::get<Answered>(updates->callbacks[0]).person == "123456789");
  for (const char* const bad : {"", "{}", "[]", R"({"ok":false,"result":[]})", R"({"ok":true,"result":{}})", R"({"ok":true,"result":[7]})",
                                R"({"ok":true,"result":[{"update_id":-1}]})", R"({"ok":true,"result":[{"update_id":"1"}]})",
                                R"({"ok":true,"result":[{"update_id":18446744073709551615}]})", R"({"ok":1,"result":[]})"}) {
    CHECK_FALSE(read_telegram_updates(bad).has_value());
  }
}
