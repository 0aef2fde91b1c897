// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/service.hpp"

#include "libpvm/base/text.hpp"
#include "libpvm/model/redact.hpp"
#include "pvmctl/notify/markup.hpp"
#include "pvmctl/notify/services/forms.hpp"

namespace pvm::notify {
namespace {

constexpr std::size_t k_most_why = 200;

// `text` without any secret of `channel`, which a service may repeat in what it complains of.
std::string without_secrets(std::string text, const Channel& channel) {
  std::vector<const Secret*> secrets = {&channel.webhook, &channel.token, &channel.key_id, &channel.password};
  for (const Secret& secret : channel.signing) secrets.push_back(&secret);
  for (const Secret& secret : channel.callback) secrets.push_back(&secret);
  for (const Secret* secret : secrets) {
    if (secret->empty()) continue;
    for (std::size_t at = 0; (at = text.find(secret->reveal(), at)) != std::string::npos;) text.replace(at, secret->reveal().size(), "[removed]");
  }
  return text;
}

Reading read_by_service(const Channel& channel, const Answer& answer) {
  switch (channel.service) {
    case Service::slack: return forms::read_slack(channel, answer);
    case Service::discord: return forms::read_discord(channel, answer);
    case Service::telegram: return forms::read_telegram(channel, answer);
    case Service::sendblue: return forms::read_sendblue(channel, answer);
    case Service::email: return forms::read_mail(answer);
    case Service::ntfy:
    case Service::webhook: return forms::read_plain(answer);
    case Service::desktop:
    case Service::command: return forms::read_program(answer);
  }
  return {};
}

}  // namespace

std::size_t legs_of(const Channel& channel) { return channel.service == Service::sendblue ? channel.to.size() : 1; }

bool takes_answers(const Channel& channel) {
  switch (channel.service) {
    case Service::slack: return !channel.token.empty() && !channel.callback.empty();
    case Service::discord: return !channel.token.empty() && !channel.public_keys.empty();
    case Service::telegram: return channel.updates != Updates::none;
    case Service::sendblue:
    case Service::webhook: return !channel.callback.empty();
    case Service::email: return !channel.mailbox.empty();
    default: return false;
  }
}

bool can_edit(const Channel& channel) {
  const bool is_slack_bot = channel.service == Service::slack && !channel.token.empty();
  return is_slack_bot || channel.service == Service::discord || channel.service == Service::telegram;
}

Errand compose(const Channel& channel, const Message& given, const Occasion& occasion) {
  Message message = given;
  if (!takes_answers(channel) || occasion.verdict != nullptr) message.buttons.reset();
  switch (channel.service) {
    case Service::slack: return forms::slack(channel, message, occasion);
    case Service::discord: return forms::discord(channel, message, occasion);
    case Service::telegram: return forms::telegram(channel, message, occasion);
    case Service::sendblue: return forms::sendblue(channel, message, occasion);
    case Service::email: return forms::mail(channel, message, occasion);
    case Service::ntfy: return forms::ntfy(channel, message, occasion);
    case Service::webhook: return forms::webhook(channel, message, occasion);
    case Service::desktop: return forms::desktop(channel, message, occasion);
    case Service::command: return forms::command(channel, message, occasion);
  }
  return Job{};
}

Reading read_answer(const Channel& channel, const Answer& answer) {
  Reading reading;
  if (!answer.trouble.empty()) {
    reading.outcome = answer.is_worth_another ? Outcome::will_retry : Outcome::failed;
    reading.why = answer.trouble;
  } else {
    reading = read_by_service(channel, answer);
  }
  if (answer.retry_after) reading.retry_after = answer.retry_after;
  reading.why = cut(base::display(model::redact(without_secrets(reading.why, channel))), k_most_why);
  return reading;
}

std::string button_data(std::string_view decision, std::string_view secret) {
  return std::string(decision) + "." + std::string(secret);
}

}  // namespace pvm::notify
