// SPDX-License-Identifier: Apache-2.0
// Starting the real command and living through it as if we were it. Floor: system.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/system/environment.hpp"
#include "libpvm/system/landlock.hpp"

namespace pvm::system {

/// What is started, in full; nothing of it is looked up later.
struct LaunchPlan {
  std::string program;                   // absolute path
  std::vector<std::string> argv;         // argv[0] first
  std::vector<std::string> environment;  // NAME=value
  /// Landlock: the child may remove names only beneath these directories. Empty: not confined.
  std::vector<int> removal_roots;  // borrowed descriptors
  /// Whether it may also move names from beneath these to other directories.
  Moves moves = Moves::refused;
  /// The child's working directory. -1: ours.
  int working_directory = -1;  // borrowed descriptor
  /// What the child has as standard output and standard error. -1: ours.
  int standard_output = -1;  // borrowed descriptor
  int standard_error = -1;   // borrowed descriptor
  /// Further descriptors that the child keeps, by the same numbers; all others of ours close.
  std::vector<int> kept = {};  // borrowed descriptors
};

/// How a command that was started ended.
struct Ended {
  int exit_status = 0;  // where signal is 0
  int signal = 0;       // the signal that killed it
  /// What kept us from seeing all of it through; empty where nothing did.
  std::string trouble = {};
  bool operator==(const Ended&) const = default;
};

/// Starts the command in our process group and waits for it. SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1,
/// SIGUSR2, SIGTSTP, SIGTTIN and SIGTTOU that somebody sends to us alone go on to it (but for those that we
/// ignore, and those that come too late for it); what the terminal sends it has had already. When it stops we
/// stop, when we go on it goes on. It dies with us if we are killed. It starts with our signal mask and
/// ignores what we ignore: REQUIRES that neither was changed since we were started.
/// Errors: missing or unsafe (it could not be executed), io (Landlock, chdir, vfork): nothing was run. What goes
/// wrong later is the `trouble` of what was run.
/// `meanwhile` is called once the command runs, before it is waited for; it must be short, since until it returns
/// nothing goes on to the command, and must not throw.
[[nodiscard]] base::Result<Ended> launch(const LaunchPlan& plan, const std::function<void()>& meanwhile = {});

/// Ends this process as `ended` says: the same exit status, or death by the same signal (no core file).
[[noreturn]] void end_as(const Ended& ended);

/// Becomes the program (execve), for what needs no grant (--help). Returns only on failure.
[[nodiscard]] base::Error become(const LaunchPlan& plan);

/// The cleaned environment for rm and trash: LANG, LC_*, TERM, TZ, HOME, XDG_DATA_HOME, POSIXLY_CORRECT.
[[nodiscard]] std::vector<std::string> plain_environment(const Environment& environment);

/// The real command `name`: `configured` where given, else the first executable regular file of that name in
/// /usr/bin, /bin, /usr/local/bin, /run/current-system/sw/bin that is not this program (device and inode of
/// /proc/self/exe). Errors: missing (also a configured one that is not there); unsafe
/// (configured but not absolute, not executable, or this program).
[[nodiscard]] base::Result<std::string> find_real_command(const std::string& name,
                                                          const std::optional<std::string>& configured);

/// Opens /dev/null, close-on-exec, on each of descriptors 0 to 2 that is closed, so that no file of ours
/// lands there and the command still finds them closed. REQUIRES: nothing was opened yet. Errors: missing, unsafe,
/// io: then open nothing at all.
[[nodiscard]] base::Result<void> guard_standard_descriptors();

}  // namespace pvm::system
