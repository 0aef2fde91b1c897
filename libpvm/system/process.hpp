// SPDX-License-Identifier: Apache-2.0
// Who called us, for people to read: a claim, never a basis of a decision. Floor: system.
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

}  // namespace pvm::system
