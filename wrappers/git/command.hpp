// SPDX-License-Identifier: Apache-2.0
// git as a gated command: what can push is gated, `git clean` is an rm, and everything else is git's own. Program:
// safe-git-push.
#pragma once

#include <string>
#include <vector>

#include "wrappers/program.hpp"

namespace pvm::wrappers::git {

/// Reads a call of git, git-COMMAND or safe-git-push.
[[nodiscard]] ParsedCommand parse_command(std::vector<std::string> argv, const system::Environment& environment);

/// The wrapper: `safe-git-push`, and `git` through the shim directory.
[[nodiscard]] Wrapper wrapper();

}  // namespace pvm::wrappers::git
