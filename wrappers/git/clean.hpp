// SPDX-License-Identifier: Apache-2.0
// `git clean` as a gated command: an rm of what `git clean -n` lists. Program: safe-git-push.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/frontend/wording.hpp"
#include "libpvm/gate/gate.hpp"
#include "wrappers/git/grammar.hpp"

namespace pvm::wrappers::git {

inline constexpr frontend::Tool k_clean_tool{"safe-git-push", "rm", "removed", "remove it"};

/// `globals` are git's own options as typed, `argv` the whole call.
[[nodiscard]] std::unique_ptr<gate::Command> gated_clean(std::vector<std::string> globals, CleanCommand command,
                                                         std::vector<std::string> argv);

/// The paths of what `git clean --dry-run` says in English that it would remove, as git names them, without the slash at the
/// end of a directory. Errors: malformed, for a line that cannot be read.
[[nodiscard]] base::Result<std::vector<std::string>> listed_by_clean(std::string_view output);

}  // namespace pvm::wrappers::git
