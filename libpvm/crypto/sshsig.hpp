// SPDX-License-Identifier: Apache-2.0
// OpenSSH signatures, verified with libsodium. Floor: crypto.
// Format: OpenSSH PROTOCOL.sshsig (armour, blob, signed data), PROTOCOL.u2f (sk- keys), RFC 8709
// (ssh-ed25519).
//
//   armour: a BEGIN line, base64 in lines of 70 columns (the last may be shorter), an END line with its
//           line feed, and nothing else: the one form that ssh-keygen writes
//   blob:   "SSHSIG" u32 version=1 string publickey string namespace string reserved string hash
//           string signature
//   signed: "SSHSIG" string namespace string reserved string hash string H(message)
//   sk:     signature = string type string ed25519sig byte flags u32 counter, over
//           SHA256(application) flags counter SHA256(signed)
//
// Pinned: version 1, hash "sha512", empty reserved field, no trailing bytes anywhere; for sk keys the
// user-presence flag must be set (ssh-keygen -Y verify lets an untouched one pass).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/crypto/allowed_signers.hpp"

namespace pvm::crypto {

inline constexpr std::size_t k_signature_max_bytes = 16384;

struct SshSignature {
  base::Bytes public_key;  // blob, as in allowed_signers
  std::string key_type;    // of public_key: ssh-ed25519 or sk-ssh-ed25519@openssh.com
  std::string name_space;
  base::Bytes ed25519;  // 64 bytes
  std::uint8_t sk_flags = 0;
  std::uint32_t sk_counter = 0;
};

/// Takes the armour and the blob apart; verifies nothing. Errors: malformed; limit (over
/// k_signature_max_bytes).
[[nodiscard]] base::Result<SshSignature> parse_sshsig(std::string_view armored);

/// Whether `armored` is a signature over `message` in `name_space` by a key of `signers` that lists the
/// namespace, bears `principal` and is valid at `at`. What passes here passes `ssh-keygen -Y verify` too.
/// Errors: malformed; limit; untrusted, with a message that says which of the conditions failed.
[[nodiscard]] base::Result<void> verify_sshsig(std::string_view armored, std::string_view message,
                                               std::string_view name_space, std::string_view principal,
                                               base::UnixTime at, std::span<const AllowedSigner> signers);
/// The same of a signature that was taken apart already, in the namespace that it names.
[[nodiscard]] base::Result<void> verify_sshsig(const SshSignature& signature, std::string_view message,
                                               std::string_view principal, base::UnixTime at,
                                               std::span<const AllowedSigner> signers);

}  // namespace pvm::crypto
