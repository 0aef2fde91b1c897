// SPDX-License-Identifier: Apache-2.0
// A short hash with a key of its own (SipHash-2-4, libsodium): for tables whose keys an attacker may choose.
// Floor: crypto.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace pvm::crypto {

/// Nobody who does not know the key can tell what hashes to the same. Each object has another key.
class KeyedHash {
 public:
  KeyedHash();
  [[nodiscard]] std::uint64_t operator()(std::span<const std::uint8_t> bytes) const;

 private:
  std::array<std::uint8_t, 16> key_{};
};

}  // namespace pvm::crypto
