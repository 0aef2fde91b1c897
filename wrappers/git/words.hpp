// SPDX-License-Identifier: Apache-2.0
// The words of a git command line: git's own options, the command, and what is the command's. Program: safe-git-push.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pvm::wrappers::git {

struct Words {
  std::vector<std::string> globals;  // git's own options, with their values, as typed
  std::string command;               // empty: there is none, and git only tells something
  std::vector<std::string> rest;     // after the command
  std::optional<std::string> unknown_option;  // git ends at it, and so did the reading
  std::optional<std::string> exec_path;       // --exec-path=DIR, the last one
};

/// Reads argv as git(1) does: `git [OPTIONS] COMMAND …`; `git-COMMAND …` (by the last component of argv[0]) is the
/// same without options, and so is `safe-git-push …`, with "push". REQUIRES: argv is not empty.
[[nodiscard]] Words read_words(const std::vector<std::string>& argv);

}  // namespace pvm::wrappers::git
