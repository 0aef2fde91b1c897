// SPDX-License-Identifier: Apache-2.0
#include "libpvm/base/bytes.hpp"
#include "pvmctl/notify/callbacks/parts.hpp"

namespace pvm::notify {
namespace {

using namespace callbacks;

constexpr base::Seconds k_telegram_keep{48 * 3600};  // how long Telegram keeps an update, and once more
constexpr std::size_t k_most_updates = 100;

/// nullopt: the update is about something else. The id of its query goes to `query`.
std::optional<Answered> telegram_answer(const Json& update, std::string& query) {
  const Json& press = object_of(update, "callback_query");
  auto answered = from_button(text_of(press, "data", 64));
  if (!answered) return std::nullopt;
  const Json& from = object_of(press, "from");
  answered->person = number_of(from, "id");
  query = text_of(press, "id", 64);
  const auto is_bot = from.find("is_bot");
  const bool is_human = is_bot == from.end() || *is_bot == false;
  if (!is_person(answered->person) || !is_person(query) || !is_human) return std::nullopt;
  answered->nonce = "telegram " + query;
  answered->keep = k_telegram_keep;
  return answered;
}

}  // namespace

base::Result<Callback> read_telegram_callback(const Incoming& incoming, const std::vector<Secret>& secrets) {
  if (const auto size = check_size(incoming.body); !size) return base::pass_on(size);
  const auto secret = only_header(incoming, "x-telegram-bot-api-secret-token");
  if (!secret) return base::pass_on(secret);
  if (!is_one_of(*secret, secrets)) return untrusted("its secret is not ours");
  const auto update = parse_object(incoming.body);
  if (!update) return base::pass_on(update);
  std::string query;
  auto answered = telegram_answer(*update, query);
  return answered ? Callback(*std::move(answered)) : Callback(Unrelated());
}

base::Result<TelegramUpdates> read_telegram_updates(std::string_view body) {
  if (const auto size = check_size(body); !size) return base::pass_on(size);
  const auto answer = parse_object(body);
  if (!answer) return base::pass_on(answer);
  const auto result = answer->find("result");
  const auto ok = answer->find("ok");
  const bool is_good = ok != answer->end() && *ok == true && result != answer->end() && result->is_array();
  if (!is_good || result->size() > k_most_updates) return malformed("it is not an answer to getUpdates");
  TelegramUpdates updates;
  for (const Json& update : *result) {
    const auto id = update.is_object() ? base::parse_decimal(number_of(update, "update_id"), INT64_MAX / 2) : std::nullopt;
    if (!id) return malformed("an update has no number");
    updates.next_offset = std::max(updates.next_offset, static_cast<std::int64_t>(*id) + 1);
    std::string query;
    auto answered = telegram_answer(update, query);
    if (!answered) continue;
    updates.callbacks.emplace_back(*std::move(answered));
    updates.queries.push_back(query);
  }
  return updates;
}

}  // namespace pvm::notify
