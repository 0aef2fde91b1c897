// SPDX-License-Identifier: Apache-2.0
// What git makes of the URL of a remote: connect.c and transport.c. Program: safe-git-push.
#pragma once

#include <optional>
#include <string>

namespace pvm::wrappers::git {

enum class Transport { local, ssh, git, http, helper };

/// By which way git reaches `url`.
[[nodiscard]] Transport transport_of(const std::string& url);
/// The name of the helper: "ext" of "ext::sh -c …", "s3" of "s3://bucket". REQUIRES: Transport::helper.
[[nodiscard]] std::string helper_of(const std::string& url);
/// The directory that a local URL names: of "file:///srv/%78.git" and of "/srv/x.git"; nullopt for any other, for one that
/// names a host ("file://h/x": git goes to "/x") and for one that begins with '~', which receive-pack expands.
[[nodiscard]] std::optional<std::string> local_path(const std::string& url);
/// Without the password of "scheme://user:password@host".
[[nodiscard]] std::string without_password(std::string url);

}  // namespace pvm::wrappers::git
