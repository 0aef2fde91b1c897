// SPDX-License-Identifier: Apache-2.0
// None of these decides anything.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "libpvm/base/text.hpp"
#include "tests/unit/mutations.hpp"
#include "tests/unit/notify/callback_samples.hpp"

using namespace pvm::notify;
using namespace pvm::notify::test;

namespace {

using Reader = std::function<pvm::base::Result<Callback>(const Incoming&)>;
using Signer = std::function<Incoming(const std::string&)>;

struct Kind {
  std::string name;
  std::string body;
  Signer sign;
  Reader read;
};

const std::vector<Kind> k_kinds = {
    {"slack", form_encoded(slack_payload()), [](const std::string& body) { return slack_incoming(body); }, [](const Incoming& in) { return slack(in); }},
    {"discord", discord_body(), [](const std::string& body) { return discord_incoming(body); }, [](const Incoming& in) { return discord(in); }},
    {"telegram", telegram_update(), [](const std::string& body) { return telegram_incoming(body); }, [](const Incoming& in) { return telegram(in); }},
    {"sendblue", sendblue_body(), [](const std::string& body) { return sendblue_incoming(body); }, [](const Incoming& in) { return sendblue(in); }},
    {"webhook", webhook_body(), [](const std::string& body) { return webhook_incoming(body); }, [](const Incoming& in) { return webhook(in); }},
};

bool is_signed_over_its_body(const Kind& kind) { return kind.name != "telegram" && kind.name != "sendblue"; }

void check_decides_nothing(const pvm::base::Result<Callback>& callback) {
  CHECK(answer_in(callback) == nullptr);
  if (callback) return;
  CHECK(pvm::base::is_plain(callback.error().message));
  for (const char* const secret : {"slack-key", "telegram-secret", "blue-secret", "MfKQ9r8GKY"}) {
    CHECK(callback.error().message.find(secret) == std::string::npos);
  }
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE_MESSAGE(at != std::string::npos, what);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("no byte of a signed body can be changed, left out or put in") {
  for (const Kind& kind : k_kinds) {
    if (!is_signed_over_its_body(kind)) continue;
    const Incoming good = kind.sign(kind.body);
    REQUIRE(answer_in(kind.read(good)) != nullptr);
    int decided = 0;
    const auto count = pvm::test::each_mutation(kind.body, pvm::test::Depth::some, [&](const std::string& changed, const auto&) {
      decided += answer_in(kind.read({good.headers, changed})) != nullptr ? 1 : 0;
    });
    CHECK(count > 2000);
    CHECK(decided == 0);
  }
}

TEST_CASE("no header can be changed, left out, doubled or emptied") {
  for (const Kind& kind : k_kinds) {
    const Incoming good = kind.sign(kind.body);
    for (std::size_t at = 0; at < good.headers.size(); ++at) {
      const std::string what = kind.name + " " + good.headers[at].first;
      CAPTURE(what);
      int decided = 0;
      // Of several signatures one is enough, so the first of the webhook's, which is nobody's, may be anything.
      const bool is_list = good.headers[at].first == "webhook-signature";
      const std::string value = is_list ? good.headers[at].second.substr(8) : good.headers[at].second;
      pvm::test::each_mutation(value, pvm::test::Depth::some, [&](const std::string& changed, const auto&) {
        if (is_list && (" " + changed + " ").find(" " + value + " ") != std::string::npos) return;
        Incoming bad = good;
        bad.headers[at].second = changed;
        decided += answer_in(kind.read(bad)) != nullptr ? 1 : 0;
      });
      CHECK(decided == 0);
      Incoming absent = good;
      absent.headers.erase(absent.headers.begin() + static_cast<std::ptrdiff_t>(at));
      check_decides_nothing(kind.read(absent));
      Incoming twice = good;
      twice.headers.push_back(good.headers[at]);
      check_decides_nothing(kind.read(twice));
      std::transform(twice.headers.back().first.begin(), twice.headers.back().first.end(), twice.headers.back().first.begin(),
                     [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
      check_decides_nothing(kind.read(twice));
      Incoming empty = good;
      empty.headers[at].second.clear();
      check_decides_nothing(kind.read(empty));
      Incoming huge = good;
      huge.headers[at].second += std::string(100000, ' ');
      check_decides_nothing(kind.read(huge));
    }
  }
}

TEST_CASE("a body of another kind decides nothing, although it is proven") {
  const std::string deep = std::string(40, '[') + std::string(40, ']');
  const std::vector<std::string> bodies = {"", " ", "null", "true", "[]", "{}", "\"x\"", "{", "}", "{]", "\xFF", std::string("\0", 1), "payload=", "payload=%",
                                           "payload=%7", "payload=%GG", "payload={}&payload={}", "a=b&payload={}", "Payload={}",
                                           R"({"type":3,"type":3})", R"({"a":)" + deep + "}", std::string(70000, ' '),
                                           "{\"type\":" + std::string(60000, '9') + "}", std::string(30000, '['), std::string(30000, '{')};
  int looked = 0;
  for (const Kind& kind : k_kinds) {
    for (const std::string& body : bodies) {
      check_decides_nothing(kind.read(kind.sign(body)));
      ++looked;
    }
    for (const Kind& other : k_kinds) {
      if (&other != &kind) check_decides_nothing(kind.read(kind.sign(other.body)));
      Incoming foreign = other.sign(other.body);
      if (&other != &kind) check_decides_nothing(kind.read(foreign));
    }
    const std::string oversized = kind.body + std::string(70000, ' ');
    check_decides_nothing(kind.read(kind.sign(oversized)));
  }
  CHECK(looked >= 100);
}

TEST_CASE("a button that is none of ours decides nothing, although it is proven") {
  const std::vector<std::string> all_data = {"", ".", "once", "once.", "once.short", "Once." + k_code, "once " + k_code, "once." + k_code + " ",
                                             " once." + k_code, "once.." + k_code, "always." + k_code, "." + k_code, k_code, "deny." + k_code + ".once",
                                             "once." + std::string(41, 'a'), "once." + std::string(15, 'a'), "once." + k_code + "\\n", "once.\\u0000" + k_code,
                                             "30m." + k_code + "/", "once." + k_code + "=", "deny.\xC3\xB6" + k_code};
  for (const std::string& data : all_data) {
    CAPTURE(data);
    const std::string slack_body = form_encoded(slack_payload(data));
    check_decides_nothing(slack(slack_incoming(slack_body)));
    const std::string text = discord_body(data);
    check_decides_nothing(discord(discord_incoming(text)));
    const std::string update = telegram_update(data);
    check_decides_nothing(telegram(telegram_incoming(update)));
  }
}

TEST_CASE("an action without a person, or with two, decides nothing") {
  const std::vector<std::string> payloads = {
      replaced(slack_payload(), R"("id":"U024BE7LH")", R"("id":"")"),
      replaced(slack_payload(), R"("id":"U024BE7LH")", R"("id":7)"),
      replaced(slack_payload(), R"("id":"U024BE7LH")", R"("id":"U\n1")"),
      replaced(slack_payload(), R"("user":{)", R"("other":{)"),
      replaced(slack_payload(), R"("type":"block_actions")", R"("type":"view_submission")"),
      replaced(slack_payload(), R"("type":"button")", R"("type":"overflow")"),
      replaced(slack_payload(), R"("actions":[)", R"("actions":[{"type":"button","action_id":"deny","value":"deny.)" + k_code + R"("},)"),
      replaced(slack_payload(), R"("actions":[)", R"("actions":[null,)"),
      replaced(slack_payload(), R"("team":)", R"("user":{"id":"U1"},"team":)"),
  };
  for (const std::string& payload : payloads) {
    CAPTURE(payload);
    const std::string body = form_encoded(payload);
    check_decides_nothing(slack(slack_incoming(body)));
  }
  const std::vector<std::string> interactions = {
      replaced(discord_body(), R"("type":3)", R"("type":2)"),
      replaced(discord_body(), R"("type":3)", R"("type":"3")"),
      replaced(discord_body(), R"("type":3)", R"("type":3.0)"),
      replaced(discord_body(), R"("component_type":2)", R"("component_type":3)"),
      replaced(discord_body(), R"("member":)", R"("user":{"id":"1"},"member":)"),
      replaced(discord_body(), R"("member":)", R"("nobody":)"),
      replaced(discord_body(), R"("id":"112233445566778899")", R"("id":112233445566778899)"),
      replaced(discord_body(), R"("id":"1012345678901234567")", R"("id":"")"),
      replaced(discord_body(), R"("data":)", R"("data":{},"data":)"),
  };
  for (const std::string& body : interactions) {
    CAPTURE(body);
    check_decides_nothing(discord(discord_incoming(body)));
  }
  const std::vector<std::string> updates = {
      replaced(telegram_update(), R"("is_bot":false)", R"("is_bot":true)"),
      replaced(telegram_update(), R"("id":123456789)", R"("id":"123456789")"),
      replaced(telegram_update(), R"("id":123456789)", R"("id":1.5)"),
      replaced(telegram_update(), R"("from":)", R"("sender":)"),
      replaced(telegram_update(), R"("callback_query":)", R"("message":)"),
      replaced(telegram_update(), R"("id":"4382bfdwdsb323b2d9",)", ""),
  };
  for (const std::string& body : updates) {
    CAPTURE(body);
    check_decides_nothing(telegram(telegram_incoming(body)));
  }
}

TEST_CASE("a text message that is not plainly an answer of somebody known decides nothing") {
  for (const std::string& content : std::vector<std::string>
       {"approve", "approve " + k_code + " but not the second", "aprove " + k_code, k_code, "once." + k_code, "x once." + k_code,
        "approve once." + k_code, "hi\\napprove " + k_code, "> approve " + k_code, "approve  ", "approve\\t", "approve " + k_code + "x" + std::string(30, 'x'),
        "deny" + k_code, "approve \\u202E" + k_code, ""}) {
    CAPTURE(content);
    const std::string body = sendblue_body(content);
    check_decides_nothing(sendblue(sendblue_incoming(body)));
  }
  for (const char* const from : {"", "+15550100003", "15550100001", "+15550100001 ", "+155501000011", "+1555010000"}) {
    const std::string body = sendblue_body("approve " + k_code, from);
    check_decides_nothing(sendblue(sendblue_incoming(body)));
  }
  for (const std::string& body :
       {replaced(sendblue_body(), R"("is_outbound":false)", R"("is_outbound":true)"), replaced(sendblue_body(), R"("is_outbound":false,)", ""),
        replaced(sendblue_body(), R"("is_outbound":false)", R"("is_outbound":0)"), replaced(sendblue_body(), R"("group_id":"")", R"("group_id":"g1")"),
        replaced(sendblue_body(), R"("message_handle":"99DCC379-DD76")", R"("message_handle":"")"),
        replaced(sendblue_body(), R"("from_number":)", R"("from_number":"+15550100009","from_number":)")}) {
    CAPTURE(body);
    check_decides_nothing(sendblue(sendblue_incoming(body)));
  }
}

TEST_CASE("a webhook that says something else decides nothing, although it is proven") {
  for (const std::string& body :
       {webhook_body("approve"), webhook_body(""), webhook_body("", "once." + k_code), webhook_body("x", "deny." + k_code), webhook_body("approve_once", ""),
        webhook_body("approve_once", "short"), webhook_body("APPROVE_ONCE"), replaced(webhook_body(), "pvm.decision", "pvm.request"),
        replaced(webhook_body(), R"("person":"alice")", R"("person":"")"), replaced(webhook_body(), R"("person":"alice")", R"("person":["alice"])"),
        replaced(webhook_body(), R"("person":"alice")", R"("person":"alice","person":"bob")"), replaced(webhook_body(), R"("data":{)", R"("data":[{)")}) {
    CAPTURE(body);
    check_decides_nothing(webhook(webhook_incoming(body)));
  }
  const std::string body = webhook_body();
  for (const char* const id : {"", "a.b", "a b\n", "msg\xFF"}) check_decides_nothing(webhook(webhook_incoming(body, "1790000000", id)));
  for (const char* const time : {"", "0", "-1", "1790000000.0", " 1790000000", "01790000000", "1e9", "99999999999999999999", "9223372036854775807", "1789999000", "1790001000"}) {
    check_decides_nothing(webhook(webhook_incoming(body, time)));
    check_decides_nothing(discord(discord_incoming(discord_body(), time)));
    const std::string form = form_encoded(slack_payload());
    check_decides_nothing(slack(slack_incoming(form, time)));
  }
}

TEST_CASE("without a key nothing is proven") {
  const std::string form = form_encoded(slack_payload());
  const std::string text = discord_body();
  const std::string update = telegram_update();
  const std::string message = sendblue_body();
  const std::string body = webhook_body();
  check_decides_nothing(read_slack_callback(slack_incoming(form, "1790000000", ""), {}, k_callback_time));
  check_decides_nothing(read_slack_callback(slack_incoming(form, "1790000000", ""), {Secret("")}, k_callback_time));
  check_decides_nothing(read_slack_callback(slack_incoming(form, "1790000000", "other"), {Secret("slack-key")}, k_callback_time));
  check_decides_nothing(read_discord_callback(discord_incoming(text), {}, k_callback_time));
  check_decides_nothing(read_discord_callback(discord_incoming(text), {std::string(32, '\0')}, k_callback_time));
  check_decides_nothing(read_discord_callback(discord_incoming(text), {"short"}, k_callback_time));
  check_decides_nothing(read_telegram_callback(telegram_incoming(update, ""), {}));
  check_decides_nothing(read_telegram_callback(telegram_incoming(update, ""), {Secret("")}));
  check_decides_nothing(read_sendblue_callback(sendblue_incoming(message), {}, {"+15550100001"}));
  check_decides_nothing(read_sendblue_callback(sendblue_incoming(message), {Secret("blue-secret")}, {}));
  check_decides_nothing(read_webhook_callback(webhook_incoming(body), {}, k_callback_time));
  for (const char* const key : {"", "x", "whsec_", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}) {
    check_decides_nothing(read_webhook_callback(webhook_incoming(body), {Secret(key)}, k_callback_time));
    check_decides_nothing(read_webhook_callback({{{"webhook-id", "1"}, {"webhook-timestamp", "1790000000"}, {"webhook-signature", " v1, "}}, body}, {Secret(key)}, k_callback_time));
  }
  check_decides_nothing(read_mail_callback(mail_from("alice@example.org", "approve " + k_code), {}));
}
