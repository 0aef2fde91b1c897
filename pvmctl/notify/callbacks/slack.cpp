// SPDX-License-Identifier: Apache-2.0
#include "libpvm/base/bytes.hpp"
#include "pvmctl/notify/callbacks/parts.hpp"
#include "pvmctl/notify/hmac.hpp"

namespace pvm::notify {
namespace {

using namespace callbacks;

std::optional<std::uint8_t> form_byte(std::string_view two) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (two.size() < 2 || digit(two[0]) < 0 || digit(two[1]) < 0) return std::nullopt;
  return static_cast<std::uint8_t>(digit(two[0]) * 16 + digit(two[1]));
}

/// The value of the form's one field, which must be `payload` (application/x-www-form-urlencoded).
std::optional<std::string> form_payload(std::string_view form) {
  constexpr std::string_view k_field = "payload=";
  if (!form.starts_with(k_field) || form.find('&') != std::string_view::npos) return std::nullopt;
  form.remove_prefix(k_field.size());
  std::string value;
  for (std::size_t at = 0; at < form.size(); ++at) {
    if (form[at] != '%') {
      value += form[at] == '+' ? ' ' : form[at];
      continue;
    }
    const auto byte = form_byte(form.substr(at + 1));
    if (!byte) return std::nullopt;
    value += static_cast<char>(*byte);
    at += 2;
  }
  return value;
}

base::Result<Answered> slack_answer(const Json& payload) {
  const auto actions = payload.find("actions");
  const bool is_one = actions != payload.end() && actions->is_array() && actions->size() == 1 && (*actions)[0].is_object();
  if (!is_one) return malformed("it is not one action");
  const Json& action = (*actions)[0];
  auto answered = from_button(text_of(action, "value"));
  if (!answered) return malformed("its action is none of ours");
  const char* const id = answered->decision == Decision::approve_once ? "approve_once"
                         : answered->decision == Decision::approve_30m ? "approve_30m"
                                                                       : "deny";
  if (text_of(action, "type") != "button" || text_of(action, "action_id") != id) return malformed("its action is none of ours");
  answered->person = text_of(object_of(payload, "user"), "id");
  if (!is_person(answered->person)) return malformed("it names no person");
  return *std::move(answered);
}

}  // namespace

base::Result<Callback> read_slack_callback(const Incoming& incoming, const std::vector<Secret>& keys, base::UnixTime now) {
  if (const auto size = check_size(incoming.body); !size) return base::pass_on(size);
  const auto timestamp = only_header(incoming, "x-slack-request-timestamp");
  if (!timestamp) return base::pass_on(timestamp);
  const auto signature = only_header(incoming, "x-slack-signature");
  if (!signature) return base::pass_on(signature);
  if (const auto time = check_time(*timestamp, now); !time) return base::pass_on(time);
  const std::string signed_text = "v0:" + std::string(*timestamp) + ":" + std::string(incoming.body);
  bool is_proven = false;
  for (const Secret& key : keys) {
    if (key.empty()) continue;  // with which anybody could sign
    is_proven = Secret("v0=" + base::to_hex(hmac_sha256(key.reveal(), signed_text))).is(*signature) || is_proven;
  }
  if (!is_proven) return untrusted("its signature is not Slack's");

  const auto text = form_payload(incoming.body);
  if (!text) return malformed("it is not the form that it should be");
  const auto payload = parse_object(*text);
  if (!payload) return base::pass_on(payload);
  if (text_of(*payload, "type") != "block_actions") return Callback(Unrelated());
  auto answered = slack_answer(*payload);
  if (!answered) return base::pass_on(answered);
  answered->nonce = "slack " + std::string(*signature);
  answered->keep = 2 * k_callback_skew;
  return Callback(*std::move(answered));
}

}  // namespace pvm::notify
