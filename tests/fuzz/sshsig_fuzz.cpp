// SPDX-License-Identifier: Apache-2.0
// Signatures from anywhere: none but the two known ones is ever accepted. The input is taken as armour, and
// as the blob within.
#include <cstdlib>
#include <string>

#include "known_signatures.hpp"
#include "libpvm/crypto/sshsig.hpp"

namespace {

std::vector<pvm::crypto::AllowedSigner> trusted_keys() {
  const std::string start = "alice@host namespaces=\"pvm-grant-v1\" ";
  std::string text = start + "ssh-ed25519 " + std::string(pvm::fuzz::k_key) + "\n";
  text += start + "sk-ssh-ed25519@openssh.com " + std::string(pvm::fuzz::k_sk_key) + "\n";
  return pvm::crypto::parse_allowed_signers(text).value();
}

std::string armor(const std::uint8_t* data, std::size_t size) {
  const std::string base64 = pvm::base::to_base64(data, size);
  std::string out = "-----BEGIN SSH SIGNATURE-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 70) out += base64.substr(at, 70) + "\n";
  return out + "-----END SSH SIGNATURE-----\n";
}

bool is_accepted(std::string_view armored) {
  static const auto signers = trusted_keys();
  return pvm::crypto::verify_sshsig(armored, pvm::fuzz::k_message, pvm::fuzz::k_namespace,
                                    pvm::fuzz::k_principal, pvm::base::from_unix(pvm::fuzz::k_now), signers)
      .has_value();
}

void check(std::string_view armored) {
  const bool is_known = armored == pvm::fuzz::k_signature || armored == pvm::fuzz::k_sk_signature;
  if (is_accepted(armored) != is_known) std::abort();

  const auto parsed = pvm::crypto::parse_sshsig(armored);
  if (parsed && (parsed->ed25519.size() != 64 || parsed->name_space.empty())) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  check(armor(data, size));
  return 0;
}
