// SPDX-License-Identifier: Apache-2.0
// The argument grammar of `git push` (git 2.39, and --branches of later ones). Program: safe-git-push.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "wrappers/git/options.hpp"

namespace pvm::wrappers::git {

/// A parsed `git push`.
struct PushCommand {
  std::vector<std::string> options;  // by their full names, in the order said; but for --dry-run and --no-verify
  std::vector<std::string> operands;
  bool is_dry_run = false;
  bool is_verified = true;  // false: the user's own pre-push hook is not wanted
  bool is_mirror = false;
  std::optional<std::string> receive_pack;
  std::optional<std::string> recurse;  // --recurse-submodules, the last one
  bool operator==(const PushCommand&) const = default;
};

/// What `git push` makes of the words after it.
[[nodiscard]] std::variant<PushCommand, Misuse> parse_push(const std::vector<std::string>& words);

/// `push`, the options, `extra`, `--` and the operands.
[[nodiscard]] std::vector<std::string> rebuild(const PushCommand& command, const std::vector<std::string>& extra);

/// A parsed `git clean`.
struct CleanCommand {
  std::vector<std::string> options;  // by their full names, in the order said; but for --dry-run
  std::vector<std::string> operands;
  bool is_dry_run = false;
  bool is_forced = false;
  bool is_interactive = false;
  bool operator==(const CleanCommand&) const = default;
};

[[nodiscard]] std::variant<CleanCommand, Misuse> parse_clean(const std::vector<std::string>& words);
[[nodiscard]] std::vector<std::string> rebuild(const CleanCommand& command, const std::vector<std::string>& extra);

}  // namespace pvm::wrappers::git
