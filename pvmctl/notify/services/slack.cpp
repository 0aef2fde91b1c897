// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/markup.hpp"
#include "pvmctl/notify/services/forms.hpp"
#include "pvmctl/notify/services/http.hpp"
#include "pvmctl/notify/wording.hpp"

namespace pvm::notify::forms {
namespace {

constexpr std::size_t k_most_header = 150;

// Text that Slack shows as it is: no formatting, links, mentions or emoji.
Json slack_plain(const std::string& text) { return {{"type", "plain_text"}, {"text", text}, {"emoji", false}}; }

Json slack_button(const char* label, const char* action, const std::string& data, const char* style) {
  Json button = {{"type", "button"}, {"text", slack_plain(label)}, {"action_id", action}, {"value", data}};
  if (*style != '\0') button["style"] = style;
  return button;
}

Json slack_blocks(const Message& message, const Lines& lines) {
  Json blocks = Json::array();
  const bool fits = lines.headline.size() <= k_most_header;
  blocks.push_back({{"type", fits ? "header" : "section"}, {"text", slack_plain(lines.headline)}});
  for (const std::string* line : {&lines.effect, &lines.reason}) {
    if (!line->empty()) blocks.push_back({{"type", "section"}, {"text", slack_plain(*line)}});
  }
  for (const std::string* line : {&lines.life, &lines.more}) {
    if (!line->empty()) blocks.push_back({{"type", "context"}, {"elements", Json::array({slack_plain(*line)})}});
  }
  if (!lines.door.empty()) {
    const std::string link = "<" + slack_text(lines.door, lines.door.size()) + "|Look at it>";
    blocks.push_back({{"type", "section"}, {"text", {{"type", "mrkdwn"}, {"text", link}, {"verbatim", true}}}});
  }
  if (message.buttons) {
    Json buttons = Json::array();
    buttons.push_back(slack_button("Approve once", "approve_once", button_data("once", message.buttons->approve_once), "primary"));
    buttons.push_back(slack_button("Approve 30 min", "approve_30m", button_data("30m", message.buttons->approve_30m), ""));
    buttons.push_back(slack_button("Deny", "deny", button_data("deny", message.buttons->deny), "danger"));
    blocks.push_back({{"type", "actions"}, {"elements", buttons}});
  }
  return blocks;
}

}  // namespace

Errand slack(const Channel& channel, const Message& message, const Occasion& occasion) {
  const Lines lines = lines_of(message, occasion.now, occasion.verdict, slack_text, {});  // a section has room for 3,000
  const bool is_bot = !channel.token.empty();
  Json body = Json::object();
  if (is_bot) body["channel"] = channel.place;
  body["text"] = lines.headline + "\n" + lines.effect;  // for what shows no blocks; a mere text in it
  body["mrkdwn"] = false;
  body["parse"] = "none";
  body["link_names"] = false;
  body["unfurl_links"] = false;
  body["unfurl_media"] = false;
  body["blocks"] = slack_blocks(message, lines);
  if (!is_bot) return json_call(channel, channel.webhook, body);
  if (occasion.verdict != nullptr) {
    // The channel by its number, as Slack gave it: chat.update takes no name.
    const auto space = occasion.handle.find(' ');
    body["channel"] = occasion.handle.substr(0, space);
    body["ts"] = space == std::string::npos ? std::string() : occasion.handle.substr(space + 1);
  }
  const char* const method = occasion.verdict == nullptr ? "/api/chat.postMessage" : "/api/chat.update";
  Transfer transfer = json_call(channel, Secret(channel.base_url + method), body);
  transfer.headers.push_back(header("Authorization", "Bearer " + channel.token.reveal()));
  return transfer;
}

Reading read_slack(const Channel& channel, const Answer& answer) {
  if (channel.token.empty()) return read_status(answer, answer.body);
  const Json json = json_of(answer);
  Reading reading = read_status(answer, member(json, "error"));
  if (reading.outcome != Outcome::sent) return reading;
  const bool is_ok = json.is_object() && json.contains("ok") && json["ok"] == true;
  if (!is_ok) {  // Slack says no with the status 200
    const std::string error = member(json, "error");
    const bool is_passing = error == "ratelimited" || error == "internal_error" || error == "service_unavailable";
    return {is_passing ? Outcome::will_retry : Outcome::failed, "Slack says: " + (error.empty() ? "nothing it should" : error), {}, {}};
  }
  const std::string place = member(json, "channel");
  const std::string time = member(json, "ts");
  if (!place.empty() && !time.empty()) reading.handle = place + " " + time;
  return reading;
}

}  // namespace pvm::notify::forms
