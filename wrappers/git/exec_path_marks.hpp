// SPDX-License-Identifier: Apache-2.0
// Names in git's private exec-path (exec_path.hpp).
#pragma once

namespace pvm::wrappers::git {

inline constexpr const char* k_exec_path_name = "/git-core";  // in the state directory
inline constexpr const char* k_program_mark = ".pvm-program";
inline constexpr const char* k_stamp_mark = ".pvm-stamp";
inline constexpr const char* k_exec_path_mark = ".pvm-exec-path";

}  // namespace pvm::wrappers::git
