// SPDX-License-Identifier: Apache-2.0
// From what somebody asked for to where it is safe to listen. Pure.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "pvmctl/serve/serve.hpp"
#include "pvmctl/web/front.hpp"
#include "pvmctl/web/server.hpp"

namespace pvm::pvmctl::serve {

/// Address, port and TLS. Errors: usage: no address:port; an address other than loopback without TLS or a proxy; half a
/// pair of certificate and key; a public URL that is none.
[[nodiscard]] base::Result<web::Listening> listening_of(const Options& options);

/// By which names the page may be called at `port`, the public URL first where there is one; else the address.
[[nodiscard]] std::vector<std::string> origins_of(const Options& options, const web::Listening& listening, std::uint16_t port);

[[nodiscard]] web::Transport transport_of(const Options& options);

}  // namespace pvm::pvmctl::serve
