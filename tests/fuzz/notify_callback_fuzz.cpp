// SPDX-License-Identifier: Apache-2.0
// Every callback's parser, behind a proof that is always good: the first byte says which. What decides holds what it promises.
// Seeds: corpus/notify_callback.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/notify/callbacks/callback.hpp"
#include "pvmctl/notify/callbacks/parts.hpp"
#include "pvmctl/notify/hmac.hpp"

namespace {

using namespace pvm::notify;

const pvm::base::UnixTime k_now = pvm::base::from_unix(1'790'000'000);
const std::string k_time = "1790000000";
const std::string k_key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

void check(const Callback& callback) {
  const auto* const answered = std::get_if<Answered>(&callback);
  if (answered == nullptr) return;
  const bool is_good = callbacks::is_button_secret(answered->secret) && callbacks::is_person(answered->person) && !answered->nonce.empty() &&
                       answered->note.size() <= 500 && (answered->note.empty() || answered->decision == Decision::deny) && answered->keep.count() > 0;
  if (!is_good) std::abort();
}

void check(const pvm::base::Result<Callback>& callback) {
  if (callback) return check(*callback);
  if (!pvm::base::is_plain(callback.error().message)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0: {
      const std::string tag = pvm::base::to_hex(hmac_sha256("key", "v0:" + k_time + ":" + std::string(body)));
      check(read_slack_callback({{{"X-Slack-Request-Timestamp", k_time}, {"X-Slack-Signature", "v0=" + tag}}, body}, {Secret("key")}, k_now));
      break;
    }
    case 1: {
      const std::string signature = webhook_signature(Secret(k_key), "id", k_time, body);
      check(read_webhook_callback({{{"webhook-id", "id"}, {"webhook-timestamp", k_time}, {"webhook-signature", signature}}, body}, {Secret(k_key)}, k_now));
      break;
    }
    case 2: check(read_telegram_callback({{{"X-Telegram-Bot-Api-Secret-Token", "secret"}}, body}, {Secret("secret")})); break;
    case 3: check(read_sendblue_callback({{{"sb-signing-secret", "secret"}}, body}, {Secret("secret")}, {"+15550100001"})); break;
    case 4: check(read_mail_callback(body, {"alice@example.org"})); break;
    default: {
      const auto updates = read_telegram_updates(body);
      if (!updates) break;
      if (updates->queries.size() != updates->callbacks.size() || updates->next_offset < 0) std::abort();
      for (const Callback& callback : updates->callbacks) check(callback);
    }
  }
  return 0;
}
