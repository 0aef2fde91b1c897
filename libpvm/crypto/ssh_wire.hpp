// SPDX-License-Identifier: Apache-2.0
// The wire encoding of SSH (RFC 4251 section 5) and the public keys in it. Floor: crypto.
//
//   byte: itself;  uint32: big-endian;  string: uint32 length, then as many bytes
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pvm::crypto {

inline constexpr std::string_view k_ed25519_type = "ssh-ed25519";
inline constexpr std::string_view k_sk_ed25519_type = "sk-ssh-ed25519@openssh.com";

/// Reads values one after the other. A read that does not fit fails the reader for good and gives an empty
/// value: look at is_complete() before any value is used. The views live as long as the bytes read from.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] std::uint8_t read_byte();
  [[nodiscard]] std::uint32_t read_uint32();
  [[nodiscard]] std::string_view read_string();
  /// A string that holds no NUL byte: OpenSSH reads names as C strings, and would see another one.
  [[nodiscard]] std::string_view read_name();
  /// Fails where `expected` does not come next, bare (no length before it).
  void expect(std::string_view expected);

  /// Whether every read succeeded and nothing is left.
  [[nodiscard]] bool is_complete() const { return !failed_ && rest_.empty(); }

 private:
  [[nodiscard]] std::string_view take(std::size_t size);

  std::string_view rest_;
  bool failed_ = false;
};

void append_uint32(std::string& out, std::uint32_t value);
/// REQUIRES: value.size() fits 32 bits.
void append_string(std::string& out, std::string_view value);

/// What PVM can read in a public key blob (RFC 4253 section 6.6, RFC 8709, PROTOCOL.u2f). Views into the
/// blob.
struct SshPublicKey {
  std::string_view type;
  std::string_view ed25519;      // 32 bytes; empty for the types that PVM does not verify
  std::string_view application;  // sk keys only
};

/// Whether `type` names a plain (not certificate) public key that OpenSSH 9 reads.
[[nodiscard]] bool is_known_key_type(std::string_view type);

/// Takes a blob apart: type, then as many strings as the type has, and nothing after. nullopt for an unknown
/// type or another layout; the numbers in keys that PVM does not verify (rsa, dsa, ecdsa) are not judged.
[[nodiscard]] std::optional<SshPublicKey> parse_public_key(std::string_view blob);

}  // namespace pvm::crypto
