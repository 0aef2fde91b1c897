// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/hmac.hpp"

#include <sodium.h>

namespace pvm::notify {
namespace {

// Never null, which libsodium would hand on to memcpy.
const unsigned char* start_of(std::string_view text) {
  static constexpr unsigned char k_nothing = 0;
  return text.empty() ? &k_nothing : reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

base::Digest hmac_sha256(std::string_view key, std::string_view message) {
  base::Digest tag{};
  static_assert(crypto_auth_hmacsha256_BYTES == sizeof tag);
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, start_of(key), key.size());
  crypto_auth_hmacsha256_update(&state, start_of(message), message.size());
  crypto_auth_hmacsha256_final(&state, tag.data());
  return tag;
}

std::string webhook_signature(const Secret& key, std::string_view id, std::string_view timestamp, std::string_view body) {
  constexpr std::string_view k_prefix = "whsec_";
  if (!key.reveal().starts_with(k_prefix)) return {};
  auto bytes = base::from_base64(std::string_view(key.reveal()).substr(k_prefix.size()));
  if (!bytes || bytes->empty()) return {};
  const std::string signed_text = std::string(id) + "." + std::string(timestamp) + "." + std::string(body);
  const base::Digest tag = hmac_sha256(base::as_text(*bytes), signed_text);
  ::sodium_memzero(bytes->data(), bytes->size());
  return "v1," + base::to_base64(tag);
}

}  // namespace pvm::notify
