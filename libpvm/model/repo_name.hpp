// SPDX-License-Identifier: Apache-2.0
// What a push acts on has a name: URL#ref. Floor: model (pure; no disk, no network).
//
// The URL is in its normal form, so that one repository has one name wherever that can be told from its address:
//   ssh://USER@HOST:PORT/PATH   scheme and host in lower case, no default port, no password, no slash at the end;
//                               git+ssh, ssh+git and HOST:PATH are ssh; "h:p" is ssh://h/~/p
//   https://USER@HOST:PORT/PATH the same; also http, ftp, ftps
//   file:///PATH                also of an absolute path
//   ext::ONE%20COMPONENT        what git hands to a helper program (ext::..., foo://...): whatever it says, as one
//                               component in which letters, digits and "-._~" alone stand as they are
// For hosts in a list of forges "/~/p", "p" and "/p" are one path, and a ".git" at the end goes.
// Any byte but letters, digits and "-._~!$&'()+,;=:@" is %XX, so that the first '#' ends the URL, and no byte of it is
// a wildcard (but the brackets of an IPv6 address). A ref is as git has it: "refs/" and what git-check-ref-format(1) lets.
//
// Names are told apart by text: a host's other names, links beneath a local path, the spelling of a path that a server
// takes in any case, and /srv/x for /srv/x/.git are not seen through.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"

namespace pvm::model {

/// The normal form of an address as git would push to it. Errors: malformed: a relative path; '.', '..' or an empty
/// component (a local path may have '.' and '//'); an escaped '/', a '?' or '#' in a URL of the web; a NUL byte; what git
/// would read in a way that nobody expects. The message tells the fault, and the address without its secrets.
[[nodiscard]] base::Result<std::string> normalised_url(std::string_view url, std::span<const std::string> forges);

/// What of an address that is not understood may be shown: no password, wherever it could be.
[[nodiscard]] std::string without_secrets(std::string_view address);

/// "URL#ref". REQUIRES: `normal_url` is of normalised_url. Whether `ref` could be one is asked of is_repo_name.
[[nodiscard]] std::string repo_resource(std::string_view normal_url, std::string_view ref);

/// Whether `name` is a normal form, '#', and a ref.
[[nodiscard]] bool is_repo_name(std::string_view name);

/// Whether git could have a ref of this name on a server: beginning with "refs/", and in the form of git-check-ref-format(1).
[[nodiscard]] bool is_full_ref(std::string_view ref);

/// The name as a canonical path: "/https:/github.com/o/r/^/refs/heads/main". Just one component is "^", which neither an
/// URL nor a ref can have. Empty for what is no repo name.
[[nodiscard]] std::string path_of_repo_name(std::string_view name);

}  // namespace pvm::model
