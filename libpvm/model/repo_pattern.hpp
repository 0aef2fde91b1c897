// SPDX-License-Identifier: Apache-2.0
// The pattern of a repo scope: URLPATTERN#REFPATTERN. Floor: model (pure).
//
// It is matched with a name as text, component by component (model/repo_name.hpp); the wildcards are those of a path
// scope. A scheme is written out. Brackets around an IPv6 address are no set. A backslash quotes nothing: no name has
// a byte that would need it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/model/url_text.hpp"

namespace pvm::model {

/// The pattern in its only form: its URL normalised as that of a name is, with its wildcards. What comes back comes back
/// again, whatever the forges. Errors: malformed, with the fault alone as message.
[[nodiscard]] base::Result<std::string> normal_repo_pattern(std::string_view pattern,
                                                            std::span<const std::string> forges);

/// A repo name as a canonical path (model/repo_name.hpp), or a pattern in its only form as the path pattern that matches the
/// paths of just the names that it is to match. REQUIRES: `text` is one.
[[nodiscard]] std::string path_of_repo(std::string_view text, Reading reading);

}  // namespace pvm::model
