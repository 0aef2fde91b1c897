// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pvmctl/notify/markup.hpp"
#include "pvmctl/notify/services/forms.hpp"
#include "pvmctl/notify/services/http.hpp"
#include "pvmctl/notify/wording.hpp"

namespace pvm::notify::forms {
namespace {

constexpr int k_row = 1;
constexpr int k_button = 2;
constexpr int k_success = 3;
constexpr int k_secondary = 2;
constexpr int k_danger = 4;
constexpr int k_suppress_embeds = 4;

Json discord_button(const char* label, int style, const std::string& data) {
  return {{"type", k_button}, {"style", style}, {"label", label}, {"custom_id", data}};
}

bool is_snowflake(std::string_view id) {
  return !id.empty() && id.size() <= 20 && id.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Errand discord(const Channel& channel, const Message& message, const Occasion& occasion) {
  // 2,000 characters in all, and a backslash for each may be.
  Lines lines = lines_of(message, occasion.now, occasion.verdict, discord_text, {.agent = 48, .effect = 260, .reason = 240});
  if (!lines.door.empty()) lines.door = "<" + lines.door + ">";
  Json body = Json::object();
  body["content"] = "**" + lines.headline + "**\n" + lines.body();
  body["allowed_mentions"] = {{"parse", Json::array()}};
  body["flags"] = k_suppress_embeds;
  body["components"] = Json::array();
  if (message.buttons) {
    Json buttons = Json::array();
    buttons.push_back(discord_button("Approve once", k_success, button_data("once", message.buttons->approve_once)));
    buttons.push_back(discord_button("Approve 30 min", k_secondary, button_data("30m", message.buttons->approve_30m)));
    buttons.push_back(discord_button("Deny", k_danger, button_data("deny", message.buttons->deny)));
    body["components"].push_back({{"type", k_row}, {"components", buttons}});
  }
  const bool is_bot = !channel.token.empty();
  if (!is_bot) body.erase("components");  // which a webhook that is no application's may not have
  std::string url = is_bot ? channel.base_url + "/api/v10/channels/" + channel.place + "/messages" : channel.webhook.reveal();
  // It goes into an address: what is no number of a message names none.
  if (occasion.verdict != nullptr && is_snowflake(occasion.handle)) {
    url += (is_bot ? "/" : "/messages/") + occasion.handle;
  } else if (!is_bot) {
    url += "?wait=true";  // so that it answers with the message's number
  }
  Transfer transfer = json_call(channel, Secret(url), body);
  if (occasion.verdict != nullptr) transfer.method = Transfer::Method::patch;
  transfer.headers.emplace_back("User-Agent: DiscordBot (pvm, 1)");
  if (is_bot) transfer.headers.push_back(header("Authorization", "Bot " + channel.token.reveal()));
  return transfer;
}

Reading read_discord(const Channel&, const Answer& answer) {
  const Json json = json_of(answer);
  Reading reading = read_status(answer, member(json, "message"));
  if (reading.outcome == Outcome::sent && is_snowflake(member(json, "id"))) reading.handle = member(json, "id");
  return reading;
}

}  // namespace pvm::notify::forms
