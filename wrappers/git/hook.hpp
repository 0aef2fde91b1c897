// SPDX-License-Identifier: Apache-2.0
// The pre-push hook by which git itself tells what a push would move (githooks(5)). Program: safe-git-push, called as
// "pre-push" from the directory that core.hooksPath names for the length of one `git push`.
//
// The wrapper hands it descriptors by number:
//   PVM_PUSH_RECORD=OUT:RECORDS         a dry run: appends an account to RECORDS and ends well. OUT is git's standard output.
//   PVM_PUSH_EXPECT=EXPECTED:SURPRISE   the push itself: ends well where EXPECTED holds the same account; else says so in
//                                       SURPRISE and fails, and git pushes nothing.
//   PVM_PUSH_HOOKS=DIR                  the user's own hooks, where configured (relative to where hooks run)
//   PVM_PUSH_CHAIN=1                    the push itself: goes on as the user's own pre-push hook, where there is one
//   PVM_PUSH_EXEC_PATH=DIR              what GIT_EXEC_PATH is for the user's hook, and first in its PATH
// Without the first two it fails. An account, one for each repository that is pushed to:
//   push GIT-PID OUT-SIZE REMOTE URL PLACE REPOSITORY HOOK DIGEST COUNT LF, the names percent-encoded; then COUNT lines of git's:
//   LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID LF
// OUT-SIZE is the size of OUT by then; PLACE the real path of a repository on this machine ("%": URL is none); REPOSITORY the directory pushed from; HOOK the user's own hook ("%": none) and DIGEST
// the SHA-256 of what is in it. EXPECTED has 0 for GIT-PID and OUT-SIZE.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/system/environment.hpp"

namespace pvm::wrappers::git {

inline constexpr const char* k_hook_name = "pre-push";

struct RefLine {
  std::string local_ref;  // as the caller said it, spaces and all; "(delete)"
  std::string local_id;   // only zeros: the ref is deleted
  std::string remote_ref;
  std::string remote_id;  // only zeros: the ref is new
  bool operator==(const RefLine&) const = default;
};

struct Account {
  std::uint64_t git_pid = 0;
  std::uint64_t output_size = 0;
  std::string remote;
  std::string url;
  std::string place;       // canonical path; empty: not on this machine
  std::string repository;  // canonical path
  std::string hook;        // absolute path; empty: none
  std::string hook_digest;
  std::vector<RefLine> refs;
  bool operator==(const Account&) const = default;
};

[[nodiscard]] std::string to_text(const Account& account);
/// Errors: malformed; also for a control byte in the line of a ref, and for ids that are not 40 or 64 hexadecimal digits.
[[nodiscard]] base::Result<std::vector<Account>> accounts_from_text(std::string_view text);

/// Whether a program that is called `argv0` is the hook.
[[nodiscard]] bool is_hook(std::string_view argv0);
/// Does the hook's work, with REMOTE and URL as arguments and the refs on standard input. The exit status.
[[nodiscard]] int serve_hook(int argc, char** argv);

/// hooks_directory of the user's own state directory, for the safe-git-push that stands beside this program. Errors: missing
/// (it does not); as hooks_directory.
[[nodiscard]] base::Result<std::string> hooks_of(const system::Environment& environment);

/// The directory for core.hooksPath: STATE/git-hooks, in which pre-push leads to `program`. Makes it where it is not there or
/// leads elsewhere. Errors: usage (no state directory); as errno says.
[[nodiscard]] base::Result<std::string> hooks_directory(const std::string& state_directory, const std::string& program);

}  // namespace pvm::wrappers::git
