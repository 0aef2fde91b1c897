// SPDX-License-Identifier: Apache-2.0
// What comes back from the services: bytes, keys and the time in, an answer or a refusal out. Pure.
//
// Whatever arrives is hostile until its raw bytes are proven; only then are they parsed. An answer names a one-time secret, a
// decision, and who a person is at the service; whether that secret is still good, whether that person is an approver, and
// whether the nonce was seen before, is for the caller to say, and nothing happens without all three.
//
// Every refusal is an Error: untrusted (not proven, too old or too new, from somebody unknown), malformed (proven, but not what
// the service sends) or limit (too large). None repeats a secret or unescaped bytes.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "pvmctl/notify/secret.hpp"

namespace pvm::notify {

inline constexpr std::size_t k_most_callback_bytes = 64 << 10;
/// How far the time in a callback may be from ours, either way.
inline constexpr base::Seconds k_callback_skew{300};

/// The body as it came, before anybody parsed it. The views must outlive the call.
struct Incoming {
  std::vector<std::pair<std::string, std::string>> headers;  // names in any case
  std::string_view body;
};

enum class Decision { approve_once, approve_30m, deny };

struct Answered {
  std::string secret;  // 16 to 40 letters, digits, '-' and '_'
  Decision decision = Decision::deny;
  std::string note;    // of a denial, may be empty; UTF-8, at most 500 bytes; a person's words, to be escaped like any
  std::string person;  // the id at the service: a number, a name, an address; at most 254 bytes
  std::string nonce;   // to be kept, and refused when it comes again …
  base::Seconds keep{};  // … for so long; afterwards the callback is refused by its time, or its secret has ended
};

/// Proven, and asks whether we are there: to be answered with `k_discord_pong`.
struct Ping {};
/// Proven, and about something else.
struct Unrelated {};

using Callback = std::variant<Answered, Ping, Unrelated>;

inline constexpr std::string_view k_discord_pong = R"({"type":1})";
/// What a Discord answer is answered with: it was taken, the message will change.
inline constexpr std::string_view k_discord_taken = R"({"type":6})";

/// Slack's interactivity: X-Slack-Signature is "v0=" and the hexadecimal HMAC-SHA256 of "v0:" TIMESTAMP ":" BODY by a signing
/// secret (docs.slack.dev, Verifying requests); the body is a form with the field `payload`.
[[nodiscard]] base::Result<Callback> read_slack_callback(const Incoming& incoming, const std::vector<Secret>& keys, base::UnixTime now);

/// Discord's interactions: X-Signature-Ed25519 is the signature of TIMESTAMP BODY (discord.com/developers/docs). `public_keys`
/// are 32 bytes each.
[[nodiscard]] base::Result<Callback> read_discord_callback(const Incoming& incoming, const std::vector<std::string>& public_keys,
                                                           base::UnixTime now);

/// Telegram's webhook: X-Telegram-Bot-Api-Secret-Token is the secret that was set (core.telegram.org/bots/api#setwebhook).
[[nodiscard]] base::Result<Callback> read_telegram_callback(const Incoming& incoming, const std::vector<Secret>& secrets);

/// What getUpdates answered; from the bot's own server, over TLS.
struct TelegramUpdates {
  std::int64_t next_offset = 0;     // for the next getUpdates; 0: as before
  std::vector<Callback> callbacks;  // only what answers
  std::vector<std::string> queries;  // of each of these, the id that answerCallbackQuery wants
};
[[nodiscard]] base::Result<TelegramUpdates> read_telegram_updates(std::string_view body);

/// Sendblue's inbound webhook: sb-signing-secret is the secret that was set, and the message must be from one of `numbers`.
[[nodiscard]] base::Result<Callback> read_sendblue_callback(const Incoming& incoming, const std::vector<Secret>& secrets,
                                                            const std::vector<std::string>& numbers);

/// Standard Webhooks: webhook-signature has one of the keys' signatures of ID "." TIMESTAMP "." BODY; the body is
/// {"type": "pvm.decision", "data": {"secret", "decision": "approve_once" | "approve_30m" | "deny", "person", "note"}}.
[[nodiscard]] base::Result<Callback> read_webhook_callback(const Incoming& incoming, const std::vector<Secret>& keys, base::UnixTime now);

/// A mail (RFC 5322) from one of `senders` (in lower case), whose first line that is neither empty nor quoted answers. It is
/// proven by its one-time secret alone, since anybody can write a sender. Mail that a program sent is Unrelated.
[[nodiscard]] base::Result<Callback> read_mail_callback(std::string_view mail, const std::vector<std::string>& senders);

}  // namespace pvm::notify
