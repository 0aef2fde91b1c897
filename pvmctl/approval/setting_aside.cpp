// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/setting_aside.hpp"

#include "libpvm/crypto/sshsig.hpp"

namespace pvm::pvmctl::approval {

using base::Result;

Result<std::string> agree_and_sign(Context& context, const Signer& signer, std::string_view name_space,
                                   const std::string& card, const std::string& statement, Prompting prompting) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  auto agreed = ask_for_consent(card + "\n" + statement + "\n", "Sign this?", prompting, (*site)->settings);
  if (!agreed) return base::pass_on(agreed);
  auto signatures = signer.sign(name_space, {&statement, 1});
  if (!signatures) return base::pass_on(signatures);
  const auto verified = crypto::verify_sshsig(signatures->front(), statement, name_space, signer.principal(),
                                              context.now(), **signers);
  if (!verified) return base::pass_on(verified);
  return std::move(signatures->front());
}

Result<void> set_aside(Context& context, const Aside& aside, const std::string& card, Prompting prompting) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto signer = Signer::of_site(**site, **signers, context.environment());
  if (!signer) return base::pass_on(signer);
  const model::Reset reset{aside.kind,  (*vault)->id(), aside.log,     aside.seen,          aside.mark,
                           aside.until, aside.then,     context.now(), signer->principal(), aside.reason};
  const auto statement = model::encode(reset);
  if (!statement) return base::pass_on(statement);
  const auto signature =
      agree_and_sign(context, *signer, model::k_reset_namespace, card, *statement, prompting);
  if (!signature) return base::pass_on(signature);
  return (*vault)->reset({reset, *statement, *signature}, context.now());
}

}  // namespace pvm::pvmctl::approval
