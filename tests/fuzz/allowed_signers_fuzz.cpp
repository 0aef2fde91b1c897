// SPDX-License-Identifier: Apache-2.0
// Files of allowed_signers from anywhere: what is read is well formed, and a known signature is accepted only
// by a file that names its key and its namespace.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "known_signatures.hpp"
#include "libpvm/crypto/sshsig.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_control(char c) {
  return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7F;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

void check_entry(const pvm::crypto::AllowedSigner& signer) {
  require(signer.line > 0 && !signer.principals.empty() && !has_control(signer.comment));
  for (const std::string& name : signer.principals) require(!name.empty() && !has_control(name));
  for (const std::string& name : signer.namespaces) require(!name.empty() && !has_control(name));
  require(pvm::base::as_text(signer.key_blob).substr(4).starts_with(signer.key_type));
  require(!signer.valid_after || !signer.valid_before || *signer.valid_after < *signer.valid_before);
  require(!has_principal(signer, "") &&
          (!signer.namespaces.empty() || !has_namespace(signer, "pvm-grant-v1")));
  require(pvm::crypto::fingerprint(signer.key_blob).size() == 50);
}

bool accepts(std::string_view signature, std::string_view message,
             const std::vector<pvm::crypto::AllowedSigner>& signers) {
  return pvm::crypto::verify_sshsig(signature, message, pvm::fuzz::k_namespace, pvm::fuzz::k_principal,
                                    pvm::base::from_unix(pvm::fuzz::k_now), signers)
      .has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto signers = pvm::crypto::parse_allowed_signers(text);
  if (!signers) {
    require(signers.error().message.starts_with("allowed_signers line "));
    return 0;
  }
  for (const auto& signer : *signers) check_entry(signer);
  require(!accepts(pvm::fuzz::k_signature, "another message", *signers));
  if (accepts(pvm::fuzz::k_signature, pvm::fuzz::k_message, *signers)) {
    require(text.find(pvm::fuzz::k_key) != std::string_view::npos &&
            text.find("=\"") != std::string_view::npos);
  }
  return 0;
}
