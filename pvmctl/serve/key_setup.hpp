// SPDX-License-Identifier: Apache-2.0
// The key of `pvmctl serve`: how it comes to be, and how it is opened at the start.
#pragma once

#include <memory>

#include "libpvm/base/result.hpp"
#include "pvmctl/reply.hpp"
#include "pvmctl/serve/serve.hpp"
#include "pvmctl/web/desk.hpp"

namespace pvm::pvmctl::serve {

/// serve --init-key: makes serve.key in the person's own trust directory, and has it trusted with limited grants. Where trust is
/// root's, the reply says what root does. Errors: exists; unsafe (as open_issuer); refused (no yes, no passphrase); as the
/// files'.
[[nodiscard]] base::Result<Reply> init_key(const Options& options);

/// What answers are signed with; null: there is no key, and approving stays with pvmctl approve. Asks for the key's passphrase
/// at the terminal. Errors: unsafe (agents run as this user, too, and could take the key: unless options.is_same_user);
/// refused (a wrong passphrase); untrusted; as ServiceKey::open.
[[nodiscard]] base::Result<std::unique_ptr<web::Issuer>> open_issuer(const Options& options);

}  // namespace pvm::pvmctl::serve
