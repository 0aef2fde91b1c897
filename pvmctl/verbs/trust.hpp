// SPDX-License-Identifier: Apache-2.0
// Putting a key among those that are trusted.
#pragma once

#include <string>

#include "libpvm/base/result.hpp"
#include "pvmctl/approval/consent.hpp"
#include "pvmctl/approval/signer.hpp"
#include "pvmctl/cli.hpp"

namespace pvm::pvmctl {

struct TrustOrder {
  std::string principal;  // a plain name
  approval::PublicKey key;
  approval::Trust trust = approval::Trust::whole;
  approval::Prompting prompting = approval::Prompting::ask;
};

/// Whether who calls may change who is trusted here. Errors: refused.
[[nodiscard]] base::Result<void> check_may_trust(Context& context);
/// Asks the person, writes the line and notes it in the log. Errors: usage (the name); exists; refused; as the files' and
/// the vault's.
[[nodiscard]] base::Result<Reply> trust_key(Context& context, const TrustOrder& order);

}  // namespace pvm::pvmctl
