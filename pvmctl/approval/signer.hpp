// SPDX-License-Identifier: Apache-2.0
// Signing with the approver's SSH key, by ssh-keygen. PVM never reads a private key.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/gate/trust.hpp"
#include "libpvm/system/environment.hpp"
#include "libpvm/system/places.hpp"

namespace pvm::pvmctl::approval {

/// A public key file: "TYPE BASE64 COMMENT".
struct PublicKey {
  std::string type;
  base::Bytes blob;
  std::string line;  // "TYPE BASE64", as allowed_signers wants it
  std::string comment;
};
/// Errors: malformed, for another layout, a damaged key, or a type that PVM does not verify.
[[nodiscard]] base::Result<PublicKey> parse_public_key(std::string_view text);
/// Reads the public half of the key at `path` (PATH.pub, or PATH itself where it ends in .pub).
/// Errors: missing, unsafe (others can write it), malformed.
[[nodiscard]] base::Result<PublicKey> read_public_key(const std::string& path);
/// The same of a file that somebody else may own: whoever reads it has its fingerprint looked at by a person.
/// Errors: usage (a name that does not end in .pub); as read_given_file; malformed.
[[nodiscard]] base::Result<PublicKey> read_given_public_key(const std::string& path);

/// What a key is trusted with: all that PVM signs, or limited grants alone (libpvm/model/limited_grant.hpp).
enum class Trust { whole, limited };
/// The line of allowed_signers that trusts `key` in `principal`'s name; ends in a newline.
[[nodiscard]] std::string allowed_signers_line(const std::string& principal, const PublicKey& key, Trust trust = Trust::whole);

/// What it takes to sign with a key.
enum class Presence {
  human,       ///< a passphrase or a touch
  unattended,  ///< nothing: whoever runs as this user can sign
};

/// Whether the private key at `key` opens without a passphrase, as `ssh_keygen` finds. Security keys are not
/// meant.
[[nodiscard]] Presence presence_by_passphrase(const std::string& ssh_keygen, const std::string& key,
                                              const system::Environment& environment);

/// Whose ssh-agent may sign: nobody's, or the one that SSH_AUTH_SOCK names.
enum class AgentSocket { none, of_environment };

class Signer {
 public:
  /// The key and the principal of system::signing_identity; without a principal the first principal without a wildcard of
  /// the entry of `signers` that holds the key. Errors: missing (no key configured, no key file, no
  /// ssh-keygen), untrusted (the key is not in `signers`, or bears no plain name there).
  [[nodiscard]] static base::Result<Signer> of_site(const system::Site& site, const gate::Signers& signers,
                                                    const system::Environment& environment);

  /// The same for a vault elsewhere, whose allowed_signers is not to be seen from here: `signers` need not hold the
  /// key, but then a principal must be configured. Errors: as of_site's.
  [[nodiscard]] static base::Result<Signer> for_elsewhere(const system::Site& site, const gate::Signers& signers,
                                                          const system::Environment& environment);

  [[nodiscard]] const std::string& principal() const { return principal_; }
  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }

  /// Whether signing, as `sign` does it, needs a human act.
  [[nodiscard]] Presence presence() const;
  /// Whether a process without a terminal could sign, with `socket`: tries to, over a text that is no grant.
  /// A security key is not tried: it waits for a touch.
  [[nodiscard]] Presence try_as_stranger(AgentSocket socket) const;

  /// The armoured signatures of `statements`, in their order. ssh-keygen is called for each, and asks for passphrase
  /// (three times, where it is wrong) or touch at the terminal; it reads the text from sealed memory, never from a file that another process could
  /// swap while it asks. Errors: untrusted (ssh-keygen did not sign), cannot_execute, io.
  [[nodiscard]] base::Result<std::vector<std::string>> sign(std::string_view name_space,
                                                            std::span<const std::string> statements) const;

 private:
  Signer() = default;
  [[nodiscard]] static base::Result<Signer> with_key(const system::Site& site, const system::Environment& environment);
  [[nodiscard]] std::vector<std::string> environment_with(AgentSocket socket) const;
  [[nodiscard]] AgentSocket socket() const;
  [[nodiscard]] bool asks_for_passphrase() const;

  std::string program_;  // ssh-keygen
  std::string key_;
  PublicKey public_key_;
  std::string principal_;
  system::Environment environment_;
  bool use_agent_ = false;
};

/// The ssh-keygen to run. Errors: missing.
[[nodiscard]] base::Result<std::string> find_ssh_keygen(const system::Settings& settings);

/// The first name of the entry that is no pattern. Errors: untrusted.
[[nodiscard]] base::Result<std::string> plain_principal(const crypto::AllowedSigner& signer);

}  // namespace pvm::pvmctl::approval
