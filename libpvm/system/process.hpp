// SPDX-License-Identifier: Apache-2.0
// The process that we are. Who called us is for people to read: a claim, never a basis of a decision. Floor: system.
#pragma once

#include <string>

namespace pvm::system {

/// "bash < claude (4121)": the names of our parent and its parents, at most four, nearest first, stopping
/// before PID 1, with the PID of the last. Names come from /proc/PID/comm and are raw bytes. Empty where
/// /proc is not there.
[[nodiscard]] std::string ancestry();

/// gethostname, "-" where that fails.
[[nodiscard]] std::string host_name();

/// The working directory as the kernel names it. Empty where it was removed or cannot be named.
[[nodiscard]] std::string working_directory();

/// From now on `signal` does nothing to us where it would have ended us by its default action, and the call that
/// raised it fails in its place. A handler and not SIG_IGN: what we start has the default action again.
void outlive(int signal);

}  // namespace pvm::system
