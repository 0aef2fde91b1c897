// SPDX-License-Identifier: Apache-2.0
// Which git commands send to another repository, and which only look. Program: safe-git-push.
#pragma once

#include "wrappers/git/words.hpp"

namespace pvm::wrappers::git {

enum class Meaning {
  harmless,         // a command of git's own that cannot push by itself; what it starts comes back to the shim
  unknown,          // an alias, a program of another's or a slip of the pen, which help.autocorrect might make a push
  push,
  clean,
  plumbing,         // parts of a push (send-pack, http-push), for git's transports to start
  sends_otherwise,  // sends by other means than `git push`: svn dcommit, lfs push
};

[[nodiscard]] Meaning meaning_of(const Words& words);

}  // namespace pvm::wrappers::git
