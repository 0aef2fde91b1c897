// SPDX-License-Identifier: Apache-2.0
// Callbacks as the services send them, and keys that they are proven by.
#pragma once

#include <sodium.h>

#include <cstdio>
#include <string>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "pvmctl/notify/callbacks/callback.hpp"
#include "pvmctl/notify/hmac.hpp"

namespace pvm::notify::test {

constexpr base::UnixTime k_callback_time = base::from_unix(1'790'000'000);
inline const std::string k_code = "Abcdefgh-1234_5678";
inline const std::string k_callback_key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

inline std::string form_encoded(const std::string& text) {
  std::string out = "payload=";
  for (const char c : text) {
    std::array<char, 4> escape{};
    std::snprintf(escape.data(), escape.size(), "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += is_plain ? std::string(1, c) : c == ' ' ? "+" : std::string(escape.data());
  }
  return out;
}

inline std::string slack_payload(const std::string& value = "once." + k_code, const std::string& action = "approve_once") {
  return R"({"type":"block_actions","user":{"id":"U024BE7LH","name":"alice"},"team":{"id":"T1"},"actions":[{"type":"button","action_id":")" +
         action + R"(","value":")" + value + R"("}]})";
}

inline Incoming slack_incoming(const std::string& body, const std::string& time = "1790000000", const std::string& key = "slack-key") {
  return {{{"X-Slack-Request-Timestamp", time}, {"X-Slack-Signature", "v0=" + base::to_hex(hmac_sha256(key, "v0:" + time + ":" + body))}}, body};
}

struct DiscordKey {
  DiscordKey() {
    std::array<unsigned char, crypto_sign_SEEDBYTES> seed{};
    seed.fill(7);
    std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> key{};
    ::crypto_sign_seed_keypair(key.data(), secret.data(), seed.data());
    public_key.assign(key.begin(), key.end());
  }
  [[nodiscard]] std::string sign(const std::string& text) const {
    std::array<unsigned char, crypto_sign_BYTES> signature{};
    const base::Bytes bytes = base::as_bytes(text);
    ::crypto_sign_detached(signature.data(), nullptr, bytes.data(), bytes.size(), secret.data());
    return base::to_hex(signature.data(), signature.size());
  }
  std::string public_key;
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
};

inline std::string discord_body(const std::string& data = "once." + k_code) {
  return R"({"id":"1012345678901234567","type":3,"application_id":"1","member":{"user":{"id":"112233445566778899"}},"data":{"component_type":2,"custom_id":")" +
         data + R"("}})";
}

inline Incoming discord_incoming(const std::string& body, const std::string& time = "1790000000") {
  return {{{"X-Signature-Ed25519", DiscordKey().sign(time + body)}, {"X-Signature-Timestamp", time}}, body};
}

inline std::string telegram_update(const std::string& data = "once." + k_code) {
  return R"({"update_id":10000,"callback_query":{"id":"4382bfdwdsb323b2d9","from":{"id":123456789,"is_bot":false,"first_name":"Alice"},"message":{"message_id":7},"data":")" +
         data + R"("}})";
}

inline Incoming telegram_incoming(const std::string& body, const std::string& secret = "telegram-secret") {
  return {{{"X-Telegram-Bot-Api-Secret-Token", secret}}, body};
}

inline std::string sendblue_body(const std::string& content = "Approve " + k_code, const std::string& from = "+15550100001") {
  return R"({"content":")" + content + R"(","is_outbound":false,"status":"RECEIVED","message_handle":"99DCC379-DD76","from_number":")" + from +
         R"(","number":")" + from + R"(","to_number":"+15550100000","group_id":""})";
}

inline Incoming sendblue_incoming(const std::string& body, const std::string& secret = "blue-secret") { return {{{"SB-Signing-Secret", secret}}, body}; }

inline std::string webhook_body(const std::string& decision = "approve_once", const std::string& secret = k_code) {
  return R"({"type":"pvm.decision","timestamp":"2026-09-21T14:13:20Z","data":{"secret":")" + secret + R"(","decision":")" + decision +
         R"(","person":"alice","note":"not today"}})";
}

inline Incoming webhook_incoming(const std::string& body, const std::string& time = "1790000000", const std::string& id = "msg_1") {
  return {{{"webhook-id", id}, {"webhook-timestamp", time}, {"webhook-signature", "v1,AAAA " + webhook_signature(Secret(k_callback_key), id, time, body)}}, body};
}

inline std::string mail_from(const std::string& from, const std::string& text, const std::string& headers = {}) {
  return "Received: by x\r\n\tfor y\r\nFrom: " + from + "\r\nTo: pvm@example.org\r\nSubject: Re: PVM\r\n" + headers + "\r\n" + text;
}

// As a service's caller calls them.
inline base::Result<Callback> slack(const Incoming& incoming, base::UnixTime now = k_callback_time) {
  return read_slack_callback(incoming, {Secret("old-key"), Secret("slack-key")}, now);
}
inline base::Result<Callback> discord(const Incoming& incoming, base::UnixTime now = k_callback_time) {
  return read_discord_callback(incoming, {std::string(32, 'x'), DiscordKey().public_key}, now);
}
inline base::Result<Callback> telegram(const Incoming& incoming) {
  return read_telegram_callback(incoming, {Secret("old-secret"), Secret("telegram-secret")});
}
inline base::Result<Callback> sendblue(const Incoming& incoming) {
  return read_sendblue_callback(incoming, {Secret("old-secret"), Secret("blue-secret")}, {"+15550100001", "+15550100002"});
}
inline base::Result<Callback> webhook(const Incoming& incoming, base::UnixTime now = k_callback_time) {
  return read_webhook_callback(incoming, {Secret("whsec_" + base::to_base64(base::Digest{})), Secret(k_callback_key)}, now);
}
inline base::Result<Callback> mail(const std::string& bytes) { return read_mail_callback(bytes, {"alice@example.org", "bob@example.org"}); }

/// The answer in it; null where it decides nothing.
inline const Answered* answer_in(const base::Result<Callback>& callback) { return callback ? std::get_if<Answered>(&*callback) : nullptr; }

}  // namespace pvm::notify::test
