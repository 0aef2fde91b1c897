// SPDX-License-Identifier: Apache-2.0
// git's private exec-path: a directory like git's own, in which `git`, and what pushes under its own name, lead back to the
// shim. git puts its exec-path first in the PATH of all that it starts, before any shim: by this one the shim is there again.
// `pvmctl shim install` makes it. Program: safe-git-push.
//
//   STATE/git-core                 of a user
//   PREFIX/lib/pvm/git-core        for all, beside the installed shims
//     .pvm-program -> PATH         the real git, links resolved, and
//     .pvm-stamp -> DEVICE:INODE:SIZE:MTIME    what it was (nanoseconds): after an upgrade it is another
//     .pvm-exec-path -> DIR        git's own exec-path
//     git, git-push, … -> the wrapper; everything else -> as in DIR
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/system/environment.hpp"
#include "wrappers/git/exec_path_marks.hpp"

namespace pvm::wrappers::git {

/// What leads to the wrapper in it.
inline constexpr std::array<std::string_view, 9> k_led_back = {"git",     "git-push", "git-send-pack", "git-http-push", "git-clean",
                                                               "git-svn", "git-p4",   "git-lfs",       "git-cvsexportcommit"};

struct ExecPath {
  std::string directory;  // the private one
  std::string program;    // the real git
  std::string real;       // its own exec-path
};

/// STATE/git-core of the user. Errors: usage, as system::own_state_directory.
[[nodiscard]] base::Result<std::string> own_exec_path(const system::Environment& environment);

/// The one that is there and fits the git that is installed: the user's own first, then what GIT_EXEC_PATH names, then the
/// one for all. Errors: usage, where there is none or git
/// was upgraded since; its hint says what the user does.
[[nodiscard]] base::Result<ExecPath> find_exec_path(const system::Environment& environment);

/// What .pvm-stamp says of the file at `program`. Errors: as errno says.
[[nodiscard]] base::Result<std::string> stamp_of(const std::string& program);

/// From now on what this process starts is part of a push that was granted.
void say_that_a_push_runs();
/// Whether a wrapper of ours that said so started us, by nothing but that git and its own programs: a hook or a shell in between
/// is somebody else's will.
[[nodiscard]] bool is_part_of_a_push(const ExecPath& path);

}  // namespace pvm::wrappers::git
