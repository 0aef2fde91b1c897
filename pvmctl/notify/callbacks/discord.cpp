// SPDX-License-Identifier: Apache-2.0
#include "libpvm/base/bytes.hpp"
#include "libpvm/crypto/ed25519.hpp"
#include "pvmctl/notify/callbacks/parts.hpp"

namespace pvm::notify {
namespace {

using namespace callbacks;

constexpr const char* k_ping_type = "1";
constexpr const char* k_component_type = "3";
constexpr const char* k_button_type = "2";

bool is_discords(std::string_view hex, const std::string& signed_text, const std::vector<std::string>& public_keys) {
  std::string signature(crypto::k_ed25519_signature_bytes, '\0');
  base::Bytes bytes(signature.size());
  if (!base::from_hex(hex, bytes.data(), bytes.size())) return false;
  signature = base::as_text(bytes);
  bool is_proven = false;
  for (const std::string& key : public_keys) is_proven = crypto::is_ed25519_signature(signature, signed_text, key) || is_proven;
  return is_proven;
}

}  // namespace

base::Result<Callback> read_discord_callback(const Incoming& incoming, const std::vector<std::string>& public_keys, base::UnixTime now) {
  if (const auto size = check_size(incoming.body); !size) return base::pass_on(size);
  const auto timestamp = only_header(incoming, "x-signature-timestamp");
  if (!timestamp) return base::pass_on(timestamp);
  const auto signature = only_header(incoming, "x-signature-ed25519");
  if (!signature) return base::pass_on(signature);
  if (const auto time = check_time(*timestamp, now); !time) return base::pass_on(time);
  if (!is_discords(*signature, std::string(*timestamp) + std::string(incoming.body), public_keys)) {
    return untrusted("its signature is not Discord's");
  }

  const auto interaction = parse_object(incoming.body);
  if (!interaction) return base::pass_on(interaction);
  const std::string type = number_of(*interaction, "type");
  if (type == k_ping_type) return Callback(Ping());
  if (type != k_component_type) return Callback(Unrelated());
  const Json& data = object_of(*interaction, "data");
  auto answered = from_button(text_of(data, "custom_id"));
  if (!answered || number_of(data, "component_type") != k_button_type) return malformed("its component is none of ours");
  // In a server there is a member, in a direct message a user; never both.
  const std::string member = text_of(object_of(object_of(*interaction, "member"), "user"), "id");
  const std::string user = text_of(object_of(*interaction, "user"), "id");
  if (member.empty() == user.empty()) return malformed("it names no person, or two");
  answered->person = member.empty() ? user : member;
  const std::string id = text_of(*interaction, "id", 64);
  if (!is_person(answered->person) || !is_person(id)) return malformed("it names no person");
  answered->nonce = "discord " + id;
  answered->keep = 2 * k_callback_skew;
  return Callback(*std::move(answered));
}

}  // namespace pvm::notify
