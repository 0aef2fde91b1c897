// SPDX-License-Identifier: Apache-2.0
// Statements by which an approver lets things go on: show, ask, sign, verify, hand to the vault. Used by unlock, audit
// accept-break, audit prune and doctor --accept-clock.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/model/reset.hpp"
#include "pvmctl/approval/consent.hpp"
#include "pvmctl/approval/signer.hpp"
#include "pvmctl/context.hpp"

namespace pvm::pvmctl::approval {

/// Shows `card`, then `statement`, and asks at the terminal; has ssh-keygen sign, and verifies what came back against
/// allowed_signers. Returns the signature. Errors: refused (no terminal, or no yes); untrusted; cannot_execute; io.
[[nodiscard]] base::Result<std::string> agree_and_sign(Context& context, const Signer& signer,
                                                       std::string_view name_space, const std::string& card,
                                                       const std::string& statement, Prompting prompting);

/// What is to be set aside: a model::Reset without what every one gets (vault, time, approver).
struct Aside {
  model::ResetKind kind = model::ResetKind::broken_log;
  model::TreeHead log;
  std::optional<model::TreeHead> seen = std::nullopt;
  std::optional<base::UnixTime> mark = std::nullopt;
  std::optional<std::uint64_t> until = std::nullopt;
  std::optional<model::Boundary> then = std::nullopt;
  std::string reason = {};
};

/// Signs a statement of it as above, with the present time and the configured key, and has the vault do what it says.
/// Errors, further: limit (the reason is too long); as Signer::of_site and Vault::reset.
[[nodiscard]] base::Result<void> set_aside(Context& context, const Aside& aside, const std::string& card,
                                           Prompting prompting);

}  // namespace pvm::pvmctl::approval
