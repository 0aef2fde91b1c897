// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/message.hpp"

#include <sodium.h>

#include <array>

#include "libpvm/crypto/sha256.hpp"

namespace pvm::notify {
namespace {

constexpr std::size_t k_secret_bytes = 18;  // 24 letters

std::string make_secret() {
  std::array<std::uint8_t, k_secret_bytes> bytes{};
  crypto::random_bytes(bytes.data(), bytes.size());
  std::array<char, sodium_base64_ENCODED_LEN(k_secret_bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING)> text{};
  ::sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return text.data();
}

}  // namespace

Buttons make_buttons() { return {make_secret(), make_secret(), make_secret()}; }

}  // namespace pvm::notify
