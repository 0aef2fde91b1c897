// SPDX-License-Identifier: Apache-2.0
// Who and where in the address of a remote repository: [USER[:PASSWORD]@]HOST[:PORT]. Floor: model (pure).
#pragma once

#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/model/url_text.hpp"

namespace pvm::model {

struct Authority {
  std::string user;  // escaped; empty for none
  std::string host;  // in lower case; an IPv6 address (RFC 4291, as RFC 5952 writes it) in brackets
  std::string port;  // empty for the default
  [[nodiscard]] std::string text() const;
};

struct AuthorityRules {
  std::string_view default_port;
  Reading reading = Reading::address;
};

// All three: `text` without the '/' that follows. Errors: malformed, with the fault alone as message; so is what a
// program could read as another host (a dot at either end, a byte that host names do not have, a port out of range).

/// Of git's own URLs, unescaped before: no password.
[[nodiscard]] base::Result<Authority> git_authority(std::string_view text, const AuthorityRules& rules);
/// Over ssh, where brackets may stand around more than the host: [USER@HOST:PORT].
[[nodiscard]] base::Result<Authority> ssh_authority(std::string_view text, const AuthorityRules& rules);
/// Of what libcurl reads: escapes in the user name alone; the password is left out, but a pattern must not hold one.
[[nodiscard]] base::Result<Authority> web_authority(std::string_view text, const AuthorityRules& rules);

/// How long the IPv6 address in brackets is that `text` begins with, brackets included; 0 for none.
[[nodiscard]] std::size_t bracketed_ipv6(std::string_view text);

}  // namespace pvm::model
