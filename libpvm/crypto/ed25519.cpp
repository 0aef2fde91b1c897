// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/ed25519.hpp"

#include <sodium.h>

namespace pvm::crypto {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

static_assert(k_ed25519_key_bytes == crypto_sign_PUBLICKEYBYTES);
static_assert(k_ed25519_signature_bytes == crypto_sign_BYTES);

bool is_ed25519_signature(std::string_view signature, std::string_view message, std::string_view public_key) {
  if (signature.size() != k_ed25519_signature_bytes || public_key.size() != k_ed25519_key_bytes) return false;
  return crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.size(),
                                     bytes_of(public_key)) == 0;
}

}  // namespace pvm::crypto
