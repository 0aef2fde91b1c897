// SPDX-License-Identifier: Apache-2.0
// Ed25519 verification (RFC 8032), with libsodium. Floor: crypto.
#pragma once

#include <cstddef>
#include <string_view>

namespace pvm::crypto {

inline constexpr std::size_t k_ed25519_key_bytes = 32;
inline constexpr std::size_t k_ed25519_signature_bytes = 64;

/// Whether `signature` is `public_key`'s over `message`. False as well for a key or signature of another
/// length, a scalar that is not reduced, and a key or point of small order or in a second encoding.
[[nodiscard]] bool is_ed25519_signature(std::string_view signature, std::string_view message,
                                        std::string_view public_key);

}  // namespace pvm::crypto
