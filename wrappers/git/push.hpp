// SPDX-License-Identifier: Apache-2.0
// `git push` as a gated command. Program: safe-git-push.
//
//   configuration -> dry run, told by our hook -> effect;   then the same words with a hook that compares
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libpvm/frontend/wording.hpp"
#include "libpvm/gate/gate.hpp"
#include "wrappers/git/grammar.hpp"

namespace pvm::wrappers::git {

inline constexpr frontend::Tool k_push_tool{"safe-git-push", "push", "pushed", "push it"};

/// `globals` are git's own options as typed, `argv` the whole call.
[[nodiscard]] std::unique_ptr<gate::Command> gated_push(std::vector<std::string> globals, PushCommand command,
                                                        std::vector<std::string> argv);

}  // namespace pvm::wrappers::git
