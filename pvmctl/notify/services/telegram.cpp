// SPDX-License-Identifier: Apache-2.0
#include "libpvm/base/bytes.hpp"
#include "pvmctl/notify/markup.hpp"
#include "pvmctl/notify/services/forms.hpp"
#include "pvmctl/notify/services/http.hpp"
#include "pvmctl/notify/wording.hpp"

namespace pvm::notify::forms {
namespace {

// In a <code>, Telegram makes no link, mention, hashtag or command of anything.
std::string telegram_text(std::string_view bytes, std::size_t most) { return "<code>" + html_text(bytes, most) + "</code>"; }

Json telegram_button(const char* label, const std::string& data) { return {{"text", label}, {"callback_data", data}}; }

Json telegram_keyboard(const Message& message) {
  Json rows = Json::array();
  if (message.buttons) {
    rows.push_back(Json::array({telegram_button("Approve once", button_data("once", message.buttons->approve_once)),
                                telegram_button("Approve 30 min", button_data("30m", message.buttons->approve_30m))}));
    rows.push_back(Json::array({telegram_button("Deny", button_data("deny", message.buttons->deny))}));
  }
  return {{"inline_keyboard", rows}};
}

}  // namespace

Errand telegram(const Channel& channel, const Message& message, const Occasion& occasion) {
  // 4,096 characters, counted when the markup is gone.
  Lines lines = lines_of(message, occasion.now, occasion.verdict, telegram_text, {});
  lines.door = html_text(lines.door, 500);
  Json body = Json::object();
  body["chat_id"] = channel.place;
  if (occasion.verdict != nullptr) body["message_id"] = base::parse_decimal(occasion.handle, INT32_MAX).value_or(0);
  body["text"] = "<b>" + lines.headline + "</b>\n" + lines.body();
  body["parse_mode"] = "HTML";
  body["link_preview_options"] = {{"is_disabled", true}};
  body["reply_markup"] = telegram_keyboard(message);
  const char* const method = occasion.verdict == nullptr ? "/sendMessage" : "/editMessageText";
  return json_call(channel, Secret(channel.base_url + "/bot" + channel.token.reveal() + method), body);
}

Reading read_telegram(const Channel&, const Answer& answer) {
  const Json json = json_of(answer);
  Reading reading = read_status(answer, member(json, "description"));
  if (reading.outcome == Outcome::will_retry && json.is_object() && json.contains("parameters")) {
    const auto seconds = base::parse_decimal(member(json["parameters"], "retry_after"), 86400);
    if (seconds) reading.retry_after = base::Seconds(*seconds);
  }
  if (reading.outcome != Outcome::sent) return reading;
  const bool is_ok = json.is_object() && json.contains("ok") && json["ok"] == true;
  if (!is_ok) return {Outcome::failed, "Telegram says: " + member(json, "description"), {}, {}};
  if (json.contains("result")) reading.handle = member(json["result"], "message_id");
  return reading;
}

}  // namespace pvm::notify::forms
