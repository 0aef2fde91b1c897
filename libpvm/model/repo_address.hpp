// SPDX-License-Identifier: Apache-2.0
// How git reads the address of a remote repository, and the one way in which PVM writes it. Floor: model (pure).
//
// Sources: git's connect.c (parse_connect_url, host_end, get_host_and_port), transport.c (transport_get) and url.c; for
// http and ftp, what libcurl makes of a URL (RFC 3986). What they would read in a way that nobody expects is refused:
// a name must not stand for two repositories, and a repository should not have two names.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/model/url_text.hpp"

namespace pvm::model {

/// The normal form of `text`: SCHEME://[USER@]HOST[:PORT]/PATH, or SCHEME and one escaped component where git hands
/// the rest to a helper of that name. `forges`: host names for which model/repo_name.hpp tells of. Errors: malformed, with
/// the fault alone as message.
[[nodiscard]] base::Result<std::string> normal_address(std::string_view text, std::span<const std::string> forges,
                                                       Reading reading);

/// Whether `text` is a scheme whose addresses git hands to a helper program; of what it names, only that program knows the form.
[[nodiscard]] bool is_helper_scheme(std::string_view text);

}  // namespace pvm::model
