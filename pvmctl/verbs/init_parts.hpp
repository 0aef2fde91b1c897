// SPDX-License-Identifier: Apache-2.0
// What the ways of setting up share.
#pragma once

#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/system/places.hpp"
#include "pvmctl/approval/signer.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/new_files.hpp"

namespace pvm::pvmctl {

/// Writes `text` where nothing is; what says the same already is left. Errors: exists, where it says something else.
[[nodiscard]] base::Result<void> write_new(const std::string& path, const std::string& text, Made& made);
/// The vault, with an entry that `key` is trusted; nullptr: nobody is.
[[nodiscard]] base::Result<void> make_vault(const system::Places& places, const approval::PublicKey* key,
                                            base::UnixTime now, Made& made);
/// Errors: refused, where root's trust rules; exists, where there is a vault.
[[nodiscard]] base::Result<void> check_fresh(const system::Places& places, const system::Environment& environment);

/// init --unattended.
struct UnattendedOptions {
  std::string signer;     // a public key; empty: nobody's
  std::string principal;  // whose it is
};
/// A vault of a site where nobody can be asked: no key is made, and nothing is asked.
[[nodiscard]] base::Result<Reply> init_unattended(Context& context, const UnattendedOptions& options);

}  // namespace pvm::pvmctl
