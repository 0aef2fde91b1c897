// SPDX-License-Identifier: Apache-2.0
// The key that `pvmctl serve` signs with: an Ed25519 key of its own, encrypted at rest, that allowed_signers trusts with
// limited grants (libpvm/model/limited_grant.hpp) and nothing else.
//
//   pvm-service-key/1
//   public ssh-ed25519 BASE64
//   kdf argon2id OPS MEMORY SALT        as crypto_pwhash (libsodium): passes, bytes, 16 bytes in hexadecimal; or
//   kdf none                            whoever reads the file can sign: an unattended key
//   box NONCE SECRET                    hexadecimal: 24 bytes, and the 32-byte seed by crypto_secretbox; with "kdf none"
//                                       the bare seed alone
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "pvmctl/approval/signer.hpp"

namespace pvm::pvmctl::serve {

class ServiceKey {
 public:
  /// A new one, in this process alone.
  [[nodiscard]] static ServiceKey generate();
  /// Reads the file at `path`, which is to be the caller's alone (0600), and opens it with `passphrase`, which is not asked for
  /// where `is_encrypted` says so. Errors: missing; unsafe; malformed; newer; refused (a wrong passphrase).
  [[nodiscard]] static base::Result<ServiceKey> open(const std::string& path, std::string_view passphrase);
  /// Errors: as open's, but refused.
  [[nodiscard]] static base::Result<bool> is_encrypted(const std::string& path);

  /// The text of a key file; an empty `passphrase` leaves it in clear. Takes a second and 256 MiB of memory.
  [[nodiscard]] std::string file_text(std::string_view passphrase) const;
  [[nodiscard]] const approval::PublicKey& public_key() const { return public_key_; }
  /// Whether its file is in clear, so that whoever reads that can sign. False of one that was just generated.
  [[nodiscard]] bool is_unattended() const { return is_unattended_; }
  /// The armoured SSHSIG of `statement` (OpenSSH's PROTOCOL.sshsig, SHA-512), as ssh-keygen -Y sign writes it.
  [[nodiscard]] std::string sign(std::string_view name_space, std::string_view statement) const;

 private:
  /// In memory that is locked, not in a core dump, and zeroed at the end.
  struct Release {
    void operator()(unsigned char* secret) const;
  };
  using Secret = std::unique_ptr<unsigned char, Release>;
  explicit ServiceKey(Secret seed);

  Secret seed_;
  approval::PublicKey public_key_;
  bool is_unattended_ = false;
};

/// From now on nobody but root can read this process's memory: no core, no ptrace(2) by others of the same user.
void hide_memory();

}  // namespace pvm::pvmctl::serve
