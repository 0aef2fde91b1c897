// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/context.hpp"

namespace pvm::pvmctl {

using base::Result;

Result<const system::Site*> Context::site() {
  if (!site_) {
    auto found = system::find_site(environment_);
    if (!found) return base::pass_on(found);
    site_ = std::make_unique<system::Site>(std::move(*found));
  }
  return site_.get();
}

Result<vault::Vault*> Context::vault() {
  if (!vault_) {
    const auto where = site();
    if (!where) return base::pass_on(where);
    auto opened = gate::open_vault((*where)->places);
    if (!opened) return base::pass_on(opened);
    vault_ = std::move(*opened);
  }
  return vault_.get();
}

Result<const gate::Signers*> Context::signers() {
  if (!signers_) {
    const auto where = site();
    if (!where) return base::pass_on(where);
    auto loaded = gate::load_signers(**where);
    if (!loaded) return base::pass_on(loaded);
    signers_ = std::make_unique<gate::Signers>(std::move(*loaded));
  }
  return signers_.get();
}

}  // namespace pvm::pvmctl
