// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/log/signed_checkpoint.hpp"

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sshsig.hpp"
#include "pvmctl/approval/given_file.hpp"
#include "pvmctl/approval/signer.hpp"

namespace pvm::pvmctl::log {
namespace {

using base::Code;
using base::fail;
using base::Result;

/// Far more than a checkpoint has.
constexpr std::size_t k_checkpoint_max_bytes = 4096;

base::Failure about(const std::string& path, const base::Error& error) {
  return fail(error.code, base::quoted(path) + ": " + error.message, error.hint);
}

}  // namespace

Result<std::string> verify_checkpoint(std::string_view text, std::string_view signature,
                                      const gate::Signers& signers, base::UnixTime now) {
  const auto parsed = crypto::parse_sshsig(signature);
  if (!parsed) return base::pass_on(parsed);
  base::Failure why =
      fail(Code::untrusted, "it is signed with the key " + crypto::fingerprint(parsed->public_key) +
                                ", which is not trusted here");
  for (const crypto::AllowedSigner& signer : signers) {
    if (signer.key_blob != parsed->public_key) continue;
    auto name = approval::plain_principal(signer);
    if (!name) {
      why = base::pass_on(name);
      continue;
    }
    const auto good = crypto::verify_sshsig(signature, text, k_checkpoint_namespace, *name, now, signers);
    if (good) return name;
    why = base::pass_on(good);
  }
  return why;
}

Result<Checkpoint> read_checkpoint(const std::string& path) {
  const auto text = approval::read_given_file(path, k_checkpoint_max_bytes);
  if (!text) return base::pass_on(text);
  auto checkpoint = decode_checkpoint(*text);
  if (!checkpoint) return about(path, checkpoint.error());
  return checkpoint;
}

Result<SignedCheckpoint> read_signed_checkpoint(const std::string& path, const gate::Signers& signers,
                                                base::UnixTime now) {
  const auto text = approval::read_given_file(path, k_checkpoint_max_bytes);
  if (!text) return base::pass_on(text);
  const auto signature = approval::read_given_file(path + ".sig", crypto::k_signature_max_bytes);
  if (!signature) return base::pass_on(signature);
  auto approver = verify_checkpoint(*text, *signature, signers, now);
  if (!approver) return about(path, approver.error());
  const auto checkpoint = decode_checkpoint(*text);
  if (!checkpoint) return about(path, checkpoint.error());
  return SignedCheckpoint{*checkpoint, std::move(*approver)};
}

}  // namespace pvm::pvmctl::log
