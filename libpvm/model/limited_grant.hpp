// SPDX-License-Identifier: Apache-2.0
// What a grant may say that was signed by a key which is not a person's: that of a service through which a person
// answers. Floor: model. Described in share/doc/GRANT-FORMAT.md.
//
// Such a key is trusted with a namespace of its own, so allowed_signers stays a file of OpenSSH's, and what the key signs can
// never pass for a person's grant.
#pragma once

#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/model/grant.hpp"

namespace pvm::model {

/// SSHSIG namespace of a limited grant's signature.
inline constexpr std::string_view k_limited_namespace = "pvm-grant-limited-v1";
inline constexpr base::Seconds k_limited_life{30 * 60};
inline constexpr base::Seconds k_limited_once_life{12 * 3600};
/// What `via` begins with: the service's door, after which the person is named ("serve/slack/U123").
inline constexpr std::string_view k_service_door = "serve/";

/// Whether `grant` keeps to what a service may give: it answers a request of one agent; through a door of the service's; without
/// force, delete and mirror; and either once, bound to an effect, for at most k_limited_once_life, or for at most
/// k_limited_life with scopes that hold no wildcard. Errors: untrusted, naming what is too much.
[[nodiscard]] base::Result<void> check_limits(const Grant& grant);

}  // namespace pvm::model
