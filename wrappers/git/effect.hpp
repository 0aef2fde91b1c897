// SPDX-License-Identifier: Apache-2.0
// From what git said of a dry run to the effect of the push. Pure but for the settings that are passed in. Program:
// safe-git-push.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/model/push.hpp"
#include "wrappers/git/hook.hpp"

namespace pvm::wrappers::git {

/// A ref of an account and how it would move.
struct Move {
  std::size_t account;  // its index
  model::RefUpdate update;
  bool is_judged = true;  // false: git did not say whether it is forced (a push in a submodule): it counts as forced
};

struct Moves {
  std::vector<Move> moves;
  /// git says that it would reject a ref.
  bool has_rejection = false;
  /// git says of nothing that it would move, and not a word of what it lists for a repository: it failed there, such as over push options that the other side does
  /// not know. There are no moves then.
  bool has_failed = false;
  /// git says that a ref would move. Where it says so and there is no account, its hook did not run.
  bool has_movement = false;
};

[[nodiscard]] bool has_control(std::string_view text);

/// `output` is what `git push --porcelain` wrote. Errors: usage, for a URL with a control byte; malformed, where output and
/// accounts contradict each other.
/// With Reach::submodules_only the refs of the repository itself are listed, and not pushed.
enum class Reach { everything, submodules_only };
[[nodiscard]] base::Result<Moves> moves_of(const std::vector<Account>& accounts, std::string_view output,
                                           Reach reach = Reach::everything);

}  // namespace pvm::wrappers::git
