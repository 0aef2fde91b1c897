// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/service.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/notify/hmac.hpp"
#include "tests/unit/notify/service_samples.hpp"

using namespace pvm::notify;
using namespace pvm::notify::test;
using Json = nlohmann::json;

namespace {

Transfer transfer_of(const Channel& channel, const Message& what, const Occasion& occasion = {k_now, 0, nullptr, {}}) {
  return std::get<Transfer>(compose(channel, what, occasion));
}

Json body_of(const Channel& channel, const Message& what, const Occasion& occasion = {k_now, 0, nullptr, {}}) {
  return Json::parse(transfer_of(channel, what, occasion).body);
}

std::string header_of(const Transfer& transfer, const std::string& name) {
  std::string found;
  for (const Secret& header : transfer.headers) {
    if (header.reveal().starts_with(name + ": ")) found += header.reveal().substr(name.size() + 2);
  }
  return found;
}

// Code points, as services count.
std::size_t length(const std::string& text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

const std::vector<std::string> k_growing = {"&", "<", "\"", "\\", "*", "@everyone ", "\x01", "\xFF", "\xE2\x80\xAE", "\xF0\x9F\x94\x91", "`", "\r\nBcc: x@y\r\n"};

std::string everything_of(const Errand& errand) {
  if (const auto* job = std::get_if<Job>(&errand)) {
    std::string all = job->input;
    for (const std::string& word : job->command) all += "\n" + word;
    return all;
  }
  return std::get<Transfer>(errand).body;
}

std::string decoded_mail(const std::string& body) {
  std::string text;
  for (std::size_t at = 0; (at = body.find("base64\r\n\r\n", at)) != std::string::npos;) {
    at += 10;
    std::string joined;
    for (const char c : body.substr(at, body.find("--pvm-part-", at) - at)) joined += c > ' ' ? std::string(1, c) : "";
    const auto bytes = pvm::base::from_base64(joined);
    REQUIRE(bytes.has_value());
    text += pvm::base::as_text(*bytes);
  }
  return text;
}

}  // namespace

TEST_CASE("every service says who, what, why and until when, and where to look") {
  for (const Service service : k_services) {
    CAPTURE(name_of(service));
    const Errand errand = compose(channel_of(service), message(), {k_now, 0, nullptr, {}});
    std::string all = everything_of(errand);
    if (service == Service::email) all = decoded_mail(all);
    for (const char* const part : {"claude", "rm", "2 files, 20 KiB", "clean build", "e8ad2043"}) CHECK(all.find(part) != std::string::npos);
    CHECK(all.find("https://pvm.example.org/r/e8ad2043") != std::string::npos);
    CHECK(all.find("2026-09-21T15:13:20Z") != std::string::npos);
  }
}

TEST_CASE("no secret of a channel stands in what everybody there can read, nor in a command's words") {
  for (const Service service : k_services) {
    const Errand errand = compose(channel_of(service), message(), {k_now, 0, nullptr, {}});
    CHECK(everything_of(errand).find("SECRET") == std::string::npos);
  }
}

TEST_CASE("codes go out only where an answer can come back") {
  for (const Service service : k_services) {
    CAPTURE(name_of(service));
    Channel channel = channel_of(service);
    const bool takes = service != Service::ntfy && service != Service::desktop && service != Service::command;
    CHECK(takes_answers(channel) == takes);
    const auto holds_codes = [&] {
      const std::string all = everything_of(compose(channel, message(), {k_now, 0, nullptr, {}}));
      return (all + decoded_mail(all)).find(std::string(40, 'A')) != std::string::npos;
    };
    CHECK(holds_codes() == takes);
    channel.callback.clear();
    channel.public_keys.clear();
    channel.mailbox.clear();
    channel.updates = Updates::none;
    CHECK_FALSE(takes_answers(channel));
    CHECK_FALSE(holds_codes());
  }
  CHECK_FALSE(takes_answers(webhook_of(Service::slack)));
  CHECK_FALSE(takes_answers(webhook_of(Service::discord)));
}

TEST_CASE("Slack: chat.postMessage with three buttons, then chat.update without") {
  const Channel channel = channel_of(Service::slack);
  const Transfer transfer = transfer_of(channel, message());
  CHECK(transfer.url.reveal() == "https://host.example/api/chat.postMessage");
  CHECK(header_of(transfer, "Authorization") == "Bearer 12:TOKEN-SECRET");
  const Json body = Json::parse(transfer.body);
  CHECK(body["channel"] == "C024BE91L");
  CHECK(body["unfurl_links"] == false);
  CHECK(body["link_names"] == false);
  const Json& buttons = body["blocks"].back()["elements"];
  REQUIRE(buttons.size() == 3);
  CHECK(buttons[0]["value"] == "once." + std::string(40, 'A'));
  CHECK(buttons[1]["value"] == "30m." + std::string(40, 'B'));
  CHECK(buttons[2]["value"] == "deny." + std::string(40, 'C'));
  const Reading sent = read_answer(channel, {{}, false, 200, R"({"ok":true,"channel":"C1","ts":"1503435956.000247"})", {}});
  CHECK(sent.outcome == Outcome::sent);
  CHECK(sent.handle == "C1 1503435956.000247");
  const Verdict verdict{"denied by alice", k_now};
  const Occasion decided{k_now, 0, &verdict, sent.handle};
  CHECK(transfer_of(channel, message(), decided).url.reveal() == "https://host.example/api/chat.update");
  const Json edited = body_of(channel, message(), decided);
  CHECK(edited["channel"] == "C1");
  CHECK(edited["ts"] == "1503435956.000247");
  CHECK(edited.dump().find("denied by alice") != std::string::npos);
  CHECK(edited.dump().find("\"button\"") == std::string::npos);
  CHECK(transfer_of(webhook_of(Service::slack), message()).url.reveal() == "https://host.example/HOOK-SECRET");
}

TEST_CASE("Discord: a message with buttons that mentions nobody, then an edit without") {
  const Channel channel = channel_of(Service::discord);
  const Json body = body_of(channel, message());
  CHECK(transfer_of(channel, message()).url.reveal() == "https://host.example/api/v10/channels/C024BE91L/messages");
  CHECK(header_of(transfer_of(channel, message()), "Authorization") == "Bot 12:TOKEN-SECRET");
  CHECK(body["allowed_mentions"]["parse"] == Json::array());
  CHECK(body["components"][0]["components"][2]["custom_id"] == "deny." + std::string(40, 'C'));
  const Reading sent = read_answer(channel, {{}, false, 200, R"({"id":"1012345678901234567"})", {}});
  CHECK(sent.handle == "1012345678901234567");
  CHECK(read_answer(channel, {{}, false, 200, R"({"id":"../../x"})", {}}).handle.empty());
  const Verdict verdict{"approved once by alice", k_now};
  const Occasion decided{k_now, 0, &verdict, sent.handle};
  const Transfer edit = transfer_of(channel, message(), decided);
  CHECK(edit.method == Transfer::Method::patch);
  CHECK(edit.url.reveal().ends_with("/messages/1012345678901234567"));
  CHECK(Json::parse(edit.body)["components"] == Json::array());
  const Channel hook = webhook_of(Service::discord);
  CHECK(transfer_of(hook, message()).url.reveal() == "https://host.example/HOOK-SECRET?wait=true");
  CHECK_FALSE(body_of(hook, message()).contains("components"));
  CHECK(transfer_of(hook, message(), decided).url.reveal() == "https://host.example/HOOK-SECRET/messages/1012345678901234567");
}

TEST_CASE("Telegram: a message with a keyboard, whose data is within 64 bytes, then an edit without") {
  const Channel channel = channel_of(Service::telegram);
  const Json body = body_of(channel, message());
  CHECK(transfer_of(channel, message()).url.reveal() == "https://host.example/bot12:TOKEN-SECRET/sendMessage");
  CHECK(body["parse_mode"] == "HTML");
  for (const Json& row : body["reply_markup"]["inline_keyboard"]) {
    for (const Json& button : row) CHECK(button["callback_data"].get<std::string>().size() <= 64);
  }
  const Reading sent = read_answer(channel, {{}, false, 200, R"({"ok":true,"result":{"message_id":77}})", {}});
  CHECK(sent.handle == "77");
  const Verdict verdict{"denied by <alice>", k_now};
  const Json edited = body_of(channel, message(), {k_now, 0, &verdict, "77"});
  CHECK(edited["message_id"] == 77);
  CHECK(edited["reply_markup"]["inline_keyboard"] == Json::array());
  CHECK(edited["text"].get<std::string>().find("denied by &lt;alice&gt;") != std::string::npos);
  const Reading wait = read_answer(channel, {{}, false, 429, R"({"ok":false,"description":"Too Many Requests","parameters":{"retry_after":5}})", {}});
  CHECK(wait.outcome == Outcome::will_retry);
  CHECK(wait.retry_after == pvm::base::Seconds(5));
}

TEST_CASE("Sendblue: one message to each number, with both keys in headers") {
  const Channel channel = channel_of(Service::sendblue);
  CHECK(legs_of(channel) == 2);
  const Transfer second = transfer_of(channel, message(), {k_now, 1, nullptr, {}});
  CHECK(second.url.reveal() == "https://host.example/api/send-message");
  CHECK(header_of(second, "sb-api-key-id") == "ID-SECRET");
  CHECK(header_of(second, "sb-api-secret-key") == "PASSWORD-SECRET");
  CHECK(Json::parse(second.body)["number"] == "+15550100002");
  CHECK(Json::parse(second.body)["from_number"] == "+15550100000");
  CHECK(read_answer(channel, {{}, false, 200, R"({"status":"ERROR","error_message":"no"})", {}}).outcome == Outcome::failed);
}

TEST_CASE("mail: no header but ours, two parts, and a reply's words only with a mailbox") {
  for (const std::string& growing : k_growing) {
    Message hostile = longest(growing);
    hostile.agent = "a\r\nBcc: mallory@evil.example" + growing;
    const Transfer mail = transfer_of(channel_of(Service::email), hostile);
    const std::string head = mail.body.substr(0, mail.body.find("\r\n\r\n"));
    CHECK(head.find("\r\nBcc") == std::string::npos);
    for (std::size_t at = 0; at < mail.body.size(); ++at) {
      const auto byte = static_cast<unsigned char>(mail.body[at]);
      if (byte == '\n') CHECK(mail.body[at - 1] == '\r');
      CHECK((byte == '\r' || byte == '\n' || (byte >= ' ' && byte < 0x7F)));
    }
    for (std::size_t at = 0, end = 0; (end = mail.body.find("\r\n", at)) != std::string::npos; at = end + 2) CHECK(end - at <= 998);
  }
  const Transfer mail = transfer_of(channel_of(Service::email), message());
  CHECK(mail.body.find("\r\nTo: alice@example.org,\r\n bob@example.org\r\n") != std::string::npos);
  CHECK(mail.body.starts_with("Date: Mon, 21 Sep 2026 14:13:20 +0000\r\n"));
  CHECK(mail.body.find("Subject: PVM: claude wants rm (e8ad2043)\r\n") != std::string::npos);
  CHECK(mail.to.size() == 2);
}

TEST_CASE("a webhook is signed as Standard Webhooks says, by each key") {
  Channel channel = channel_of(Service::webhook);
  channel.signing.emplace_back("whsec_" + pvm::base::to_base64(pvm::base::Digest{}));
  const Transfer transfer = transfer_of(channel, message());
  const std::string id = header_of(transfer, "webhook-id");
  const std::string timestamp = header_of(transfer, "webhook-timestamp");
  CHECK(timestamp == "1790000000");
  CHECK(header_of(transfer, "webhook-signature") ==
        webhook_signature(channel.signing[0], id, timestamp, transfer.body) + " " + webhook_signature(channel.signing[1], id, timestamp, transfer.body));
  // The example of the specification's authors.
  CHECK(webhook_signature(Secret(k_key), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("the desktop gets words, not options, and a command JSON without codes") {
  Message hostile = message();
  hostile.agent = "--icon=/x";
  const Job desktop = std::get<Job>(compose(channel_of(Service::desktop), hostile, {k_now, 0, nullptr, {}}));
  REQUIRE(desktop.command.size() == 6);
  CHECK(desktop.command[3] == "--");
  const Job command = std::get<Job>(compose(channel_of(Service::command), hostile, {k_now, 0, nullptr, {}}));
  CHECK(command.command == std::vector<std::string>{"/usr/local/bin/blink", "--red"});
  CHECK(Json::parse(command.input)["agent"] == "--icon=/x");
  CHECK_FALSE(Json::parse(command.input).contains("answers"));
}

TEST_CASE("the longest texts stay within each service's limits") {
  for (const std::string& growing : k_growing) {
    CAPTURE(growing);
    const Message what = longest(growing);
    const Json slack = body_of(channel_of(Service::slack), what);
    CHECK(slack["text"].get<std::string>().size() <= 4000);
    for (const Json& block : slack["blocks"]) {
      if (block["type"] == "header") CHECK(length(block["text"]["text"].get<std::string>()) <= 150);
      if (block["type"] == "section") CHECK(length(block["text"]["text"].get<std::string>()) <= 3000);
      if (block["type"] == "context") CHECK(length(block["elements"][0]["text"].get<std::string>()) <= 2000);
    }
    CHECK(length(body_of(channel_of(Service::discord), what)["content"].get<std::string>()) <= 2000);
    CHECK(length(body_of(channel_of(Service::telegram), what)["text"].get<std::string>()) <= 9000);  // with its markup
    CHECK(body_of(channel_of(Service::ntfy), what)["message"].get<std::string>().size() <= 4096);
    CHECK(body_of(channel_of(Service::ntfy), what)["title"].get<std::string>().size() <= 250);
    CHECK(body_of(channel_of(Service::sendblue), what)["content"].get<std::string>().size() <= 3000);
  }
}

TEST_CASE("a link that could mean something else is left out") {
  for (const char* const door : {"javascript:alert(1)", "https://a b", "https://a\"onclick=x", "https://a|b>", "ftp://a", "//a", "https://a\r\nX: y", "https://a`b`"}) {
    Message what = message();
    what.door = door;
    for (const Service service : {Service::slack, Service::discord, Service::telegram, Service::sendblue, Service::ntfy}) {
      CHECK(transfer_of(channel_of(service), what).body.find(door) == std::string::npos);
    }
  }
}

TEST_CASE("an answer is read for what it is, and nothing of a secret stands in why") {
  for (const Service service : {Service::slack, Service::discord, Service::telegram, Service::sendblue, Service::ntfy, Service::webhook}) {
    CAPTURE(name_of(service));
    const Channel channel = channel_of(service);
    for (const long status : {429L, 500L, 502L, 503L}) CHECK(read_answer(channel, {{}, false, status, "x", {}}).outcome == Outcome::will_retry);
    for (const long status : {0L, 100L, 301L, 302L, 400L, 401L, 403L, 404L}) {
      CHECK(read_answer(channel, {{}, false, status, "x", {}}).outcome == Outcome::failed);
    }
    for (const char* const body : {"", "null", "[]", "{", "\"x\"", "{\"id\":{}}", "{\"result\":[]}", "{\"ok\":1}", "{\"parameters\":7}", "\xFF"}) {
      for (const long status : {200L, 400L, 429L}) CHECK(read_answer(channel, {{}, false, status, body, {}}).handle.empty());
    }
    const std::string leaky = R"({"ok":false,"error":"E","message":"E","description":"E","error_message":"E","status":"ERROR"})";
    std::string body = leaky;
    for (std::size_t at = 0; (at = body.find("\"E\"", at)) != std::string::npos;) {
      body.replace(at, 3, "\"bad 12:TOKEN-SECRET ID-SECRET PASSWORD-SECRET\\u001b[2J\"");
    }
    for (const long status : {200L, 400L, 500L}) {
      const Reading reading = read_answer(channel, {{}, false, status, body, {}});
      CHECK(reading.why.find("SECRET") == std::string::npos);
      CHECK(reading.why.find('\x1B') == std::string::npos);
      CHECK(reading.why.size() <= 200);
    }
  }
  CHECK(read_answer(channel_of(Service::slack), {{}, false, 200, R"({"ok":false,"error":"channel_not_found"})", {}}).why == "Slack says: channel_not_found");
  CHECK(read_answer(channel_of(Service::slack), {"Timeout was reached", true, 0, {}, {}}).outcome == Outcome::will_retry);
  CHECK(read_answer(channel_of(Service::email), {{}, false, 451, {}, {}}).outcome == Outcome::will_retry);
  CHECK(read_answer(channel_of(Service::email), {{}, false, 550, {}, {}}).outcome == Outcome::failed);
  CHECK(read_answer(channel_of(Service::command), {{}, false, 3, {}, {}}).why == "it ended with status 3");
}
