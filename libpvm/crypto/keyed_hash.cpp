// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/keyed_hash.hpp"

#include <sodium.h>

#include <cstring>

#include "libpvm/crypto/sha256.hpp"

namespace pvm::crypto {

static_assert(crypto_shorthash_KEYBYTES == 16);

KeyedHash::KeyedHash() { random_bytes(key_.data(), key_.size()); }

std::uint64_t KeyedHash::operator()(std::span<const std::uint8_t> bytes) const {
  std::uint64_t hash = 0;
  static_assert(sizeof hash == crypto_shorthash_BYTES);
  std::array<std::uint8_t, sizeof hash> out{};
  crypto_shorthash(out.data(), bytes.data(), bytes.size(), key_.data());
  std::memcpy(&hash, out.data(), sizeof hash);
  return hash;
}

}  // namespace pvm::crypto
