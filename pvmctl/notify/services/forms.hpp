// SPDX-License-Identifier: Apache-2.0
// What each service is sent, and how it answers: the functions behind service.hpp. Where the form comes from stands with each.
// A message that has buttons is for a channel that takes answers.
#pragma once

#include <string>
#include <string_view>

#include "pvmctl/notify/service.hpp"

namespace pvm::notify::forms {

// Slack: chat.postMessage, chat.update, incoming webhooks (docs.slack.dev: Web API, Block Kit).
[[nodiscard]] Errand slack(const Channel& channel, const Message& message, const Occasion& occasion);
[[nodiscard]] Reading read_slack(const Channel& channel, const Answer& answer);

// Discord: Create Message, Edit Message, Execute Webhook (discord.com/developers/docs, API version 10).
[[nodiscard]] Errand discord(const Channel& channel, const Message& message, const Occasion& occasion);
[[nodiscard]] Reading read_discord(const Channel& channel, const Answer& answer);

// Telegram: sendMessage, editMessageText (core.telegram.org/bots/api).
[[nodiscard]] Errand telegram(const Channel& channel, const Message& message, const Occasion& occasion);
[[nodiscard]] Reading read_telegram(const Channel& channel, const Answer& answer);

// Sendblue: POST /api/send-message (docs.sendblue.com).
[[nodiscard]] Errand sendblue(const Channel& channel, const Message& message, const Occasion& occasion);
[[nodiscard]] Reading read_sendblue(const Channel& channel, const Answer& answer);

// Mail: RFC 5322, RFC 2045 to 2047.
[[nodiscard]] Errand mail(const Channel& channel, const Message& message, const Occasion& occasion);
[[nodiscard]] Reading read_mail(const Answer& answer);

// ntfy: publishing as JSON (docs.ntfy.sh/publish).
[[nodiscard]] Errand ntfy(const Channel& channel, const Message& message, const Occasion& occasion);
// Standard Webhooks, with {"type": "pvm.request", "timestamp": …, "data": {…}}.
[[nodiscard]] Errand webhook(const Channel& channel, const Message& message, const Occasion& occasion);
// A status of 2xx, or why not.
[[nodiscard]] Reading read_plain(const Answer& answer);

[[nodiscard]] Errand desktop(const Channel& channel, const Message& message, const Occasion& occasion);
// The `data` of a webhook on standard input, without answers.
[[nodiscard]] Errand command(const Channel& channel, const Message& message, const Occasion& occasion);
[[nodiscard]] Reading read_program(const Answer& answer);

}  // namespace pvm::notify::forms
