// SPDX-License-Identifier: Apache-2.0
// Those without a form of their own: Sendblue, ntfy, a webhook, the desktop, a command.
#include "libpvm/base/text.hpp"
#include "pvmctl/notify/hmac.hpp"
#include "pvmctl/notify/markup.hpp"
#include "pvmctl/notify/services/forms.hpp"
#include "pvmctl/notify/services/http.hpp"
#include "pvmctl/notify/wording.hpp"

namespace pvm::notify::forms {
namespace {

/// What programs are told.
Json data_of(const Message& message, const Occasion& occasion) {
  Json data = Json::object();
  data["request"] = base::display(message.request, 64);
  data["agent"] = base::display(message.agent, 256);
  data["action"] = base::display(message.action, 64);
  data["effect"] = base::display(message.effect, 4096);
  data["reason"] = base::display(message.reason, 4096);
  data["expires"] = base::iso_time(message.expires);
  data["door"] = base::display(message.door, 1024);
  data["more"] = message.more;
  if (occasion.verdict != nullptr) data["verdict"] = base::display(occasion.verdict->words, 256);
  return data;
}

}  // namespace

Errand sendblue(const Channel& channel, const Message& message, const Occasion& occasion) {
  const Lines lines = lines_of(message, occasion.now, occasion.verdict, plain_text, {.agent = 64, .effect = 300, .reason = 300});
  std::string text = lines.headline + "\n" + lines.body();
  if (message.buttons) text += "\nAnswer with one of these lines:\n" + answer_words(message);
  const Json body = {{"number", channel.to.at(occasion.leg)}, {"from_number", channel.from}, {"content", text}};
  Transfer transfer = json_call(channel, Secret(channel.base_url + "/api/send-message"), body);
  transfer.headers.push_back(header("sb-api-key-id", channel.key_id.reveal()));
  transfer.headers.push_back(header("sb-api-secret-key", channel.password.reveal()));
  return transfer;
}

Reading read_sendblue(const Channel&, const Answer& answer) {
  const Json json = json_of(answer);
  const Reading reading = read_status(answer, member(json, "error_message"));
  const std::string status = member(json, "status");
  if (reading.outcome == Outcome::sent && (status == "ERROR" || status == "DECLINED")) {
    return {Outcome::failed, "Sendblue says: " + member(json, "error_message"), {}, {}};
  }
  return reading;
}

Errand ntfy(const Channel& channel, const Message& message, const Occasion& occasion) {
  // As JSON and not in headers, which no text may come near. 4,096 bytes.
  Lines lines = lines_of(message, occasion.now, occasion.verdict, plain_text, {});
  const std::string door = std::exchange(lines.door, {});
  Json body = {{"topic", channel.place}, {"title", lines.headline}, {"message", lines.body()}, {"priority", 4}};
  body["tags"] = Json::array({"lock"});
  if (!door.empty()) {
    body["click"] = door;
    body["actions"] = Json::array({{{"action", "view"}, {"label", "Look at it"}, {"url", door}}});
  }
  Transfer transfer = json_call(channel, Secret(channel.base_url), body);
  if (!channel.token.empty()) transfer.headers.push_back(header("Authorization", "Bearer " + channel.token.reveal()));
  return transfer;
}

Errand webhook(const Channel& channel, const Message& message, const Occasion& occasion) {
  Json data = data_of(message, occasion);
  if (message.buttons) {
    data["answers"] = {{"approve_once", message.buttons->approve_once},
                       {"approve_30m", message.buttons->approve_30m},
                       {"deny", message.buttons->deny}};
  }
  const Json body = {{"type", "pvm.request"}, {"timestamp", base::iso_time(occasion.now)}, {"data", data}};
  Transfer transfer = json_call(channel, channel.webhook, body);
  const std::string id = "msg_" + base::display(message.request, 64);  // the same at each try
  const std::string timestamp = std::to_string(base::unix_seconds(occasion.now));
  std::string signatures;
  for (const Secret& key : channel.signing) {
    signatures += (signatures.empty() ? "" : " ") + webhook_signature(key, id, timestamp, transfer.body);
  }
  transfer.headers.push_back(header("webhook-id", id));
  transfer.headers.push_back(header("webhook-timestamp", timestamp));
  transfer.headers.push_back(header("webhook-signature", signatures));
  return transfer;
}

Errand desktop(const Channel& channel, const Message& message, const Occasion& occasion) {
  const Lines lines = lines_of(message, occasion.now, occasion.verdict, desktop_text, {.agent = 48, .effect = 300, .reason = 200});
  Job job;
  job.command = {channel.command.front(), "--app-name=PVM", "--urgency=critical", "--",
                 plain_text(message.agent, 48) + " wants " + plain_text(message.action, 32), lines.body()};
  return job;
}

Errand command(const Channel& channel, const Message& message, const Occasion& occasion) {
  return Job{channel.command, data_of(message, occasion).dump() + "\n"};
}

Reading read_program(const Answer& answer) {
  if (answer.status == 0) return {Outcome::sent, {}, {}, {}};
  return {Outcome::failed, "it ended with status " + std::to_string(answer.status), {}, {}};
}

}  // namespace pvm::notify::forms
