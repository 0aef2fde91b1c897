// SPDX-License-Identifier: Apache-2.0
// What most calls of `git` come to, decided before the C library starts: the real git, at once. glibc's start asks the
// processor what it can do, and each such question of a virtual machine is answered by its host: a third of what git itself
// takes to start. Program: safe-git-push, where it is static.
//
// Only what is plain is decided here; with everything else, and whenever anything is odd, the program starts as ever
// and decides by command.cpp, to the same effect.
#pragma once

namespace pvm::wrappers::git {

/// Whether `words` (argv, ended by a null pointer) is a call by the name git of a command of git's own that neither pushes nor
/// cleans, or of --version alone. What this is true of, meaning_of finds harmless.
[[nodiscard]] bool passes_early(const char* const* words) noexcept;

/// The same directory as own_exec_path's, in `place` of `size` bytes, from `environment` (ended by a null pointer). False: it
/// does not fit, or takes a closer look.
[[nodiscard]] bool find_own_exec_path(const char* const* environment, char* place, unsigned long size) noexcept;

}  // namespace pvm::wrappers::git
