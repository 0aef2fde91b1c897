// SPDX-License-Identifier: Apache-2.0
// Sendblue, and a program of one's own.
#include <algorithm>

#include "pvmctl/notify/callbacks/parts.hpp"
#include "pvmctl/notify/hmac.hpp"
#include "pvmctl/notify/markup.hpp"

namespace pvm::notify {
namespace {

using namespace callbacks;

constexpr base::Seconds k_handle_keep{31 * 24 * 3600};  // longer than a request can live
constexpr std::size_t k_most_webhook_note = 500;
constexpr std::size_t k_most_signatures = 16;

/// Whether one of the signatures in `given`, with spaces between, is one of ours.
bool is_signed(std::string_view given, const std::vector<std::string>& ours) {
  bool is_one = false;
  for (std::size_t count = 0; !given.empty() && count < k_most_signatures; ++count) {
    const std::string_view one = given.substr(0, given.find(' '));
    for (const std::string& own : ours) is_one = Secret(own).is(one) || is_one;
    given.remove_prefix(std::min(one.size() + 1, given.size()));
  }
  return is_one;
}

std::optional<Answered> webhook_answer(const Json& data) {
  const std::string decision = text_of(data, "decision", 16);
  const std::string_view word = decision == "approve_once" ? "once" : decision == "approve_30m" ? "30m" : decision == "deny" ? "deny" : "";
  auto answered = from_parts(word, text_of(data, "secret", 64));
  if (!answered) return std::nullopt;
  answered->person = text_of(data, "person", 254);
  if (!is_person(answered->person)) return std::nullopt;
  if (answered->decision == Decision::deny) answered->note = cut(text_of(data, "note"), k_most_webhook_note);
  return answered;
}

}  // namespace

base::Result<Callback> read_sendblue_callback(const Incoming& incoming, const std::vector<Secret>& secrets, const std::vector<std::string>& numbers) {
  if (const auto size = check_size(incoming.body); !size) return base::pass_on(size);
  const auto secret = only_header(incoming, "sb-signing-secret");
  if (!secret) return base::pass_on(secret);
  if (!is_one_of(*secret, secrets)) return untrusted("its secret is not ours");
  const auto message = parse_object(incoming.body);
  if (!message) return base::pass_on(message);
  const auto is_outbound = message->find("is_outbound");
  if (is_outbound == message->end() || *is_outbound != false) return Callback(Unrelated());
  const std::string from = text_of(*message, "from_number", 32);
  if (std::find(numbers.begin(), numbers.end(), from) == numbers.end()) return untrusted("it is from a number that is nobody's");
  if (!text_of(*message, "group_id").empty()) return Callback(Unrelated());  // others read there
  const std::string content = text_of(*message, "content");
  auto answered = from_words(std::string_view(content).substr(0, content.find('\n')));
  if (!answered) return Callback(Unrelated());
  const std::string handle = text_of(*message, "message_handle", 128);
  if (!is_person(handle)) return malformed("it has no handle");
  answered->person = from;
  answered->nonce = "sendblue " + handle;
  answered->keep = k_handle_keep;
  return Callback(*std::move(answered));
}

base::Result<Callback> read_webhook_callback(const Incoming& incoming, const std::vector<Secret>& keys, base::UnixTime now) {
  if (const auto size = check_size(incoming.body); !size) return base::pass_on(size);
  const auto id = only_header(incoming, "webhook-id");
  if (!id) return base::pass_on(id);
  const auto timestamp = only_header(incoming, "webhook-timestamp");
  if (!timestamp) return base::pass_on(timestamp);
  const auto signature = only_header(incoming, "webhook-signature");
  if (!signature) return base::pass_on(signature);
  if (const auto time = check_time(*timestamp, now); !time) return base::pass_on(time);
  // A '.' in it could move what is signed between the parts.
  if (!is_person(*id) || id->find('.') != std::string_view::npos) return untrusted("its id is none");
  std::vector<std::string> ours;
  for (const Secret& key : keys) ours.push_back(webhook_signature(key, *id, *timestamp, incoming.body));
  if (!is_signed(*signature, ours)) return untrusted("its signature is not one of our keys'");

  const auto body = parse_object(incoming.body);
  if (!body) return base::pass_on(body);
  if (text_of(*body, "type") != "pvm.decision") return Callback(Unrelated());
  auto answered = webhook_answer(object_of(*body, "data"));
  if (!answered) return malformed("it decides nothing");
  answered->nonce = "webhook " + std::string(*id);
  answered->keep = 2 * k_callback_skew;
  return Callback(*std::move(answered));
}

}  // namespace pvm::notify
