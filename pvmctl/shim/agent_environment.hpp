// SPDX-License-Identifier: Apache-2.0
// What an agent's program is started with, so that its shells find the shims first.
//
//   PATH           the shim directory, then what it was
//   PVM_AGENT      the agent's name
//   BASH_ENV       SHIMS/.bash_env: bash reads it before a script, and puts the directory first again
//   PVM_BASH_ENV   what BASH_ENV was, which that file reads first; absent where it was not set
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libpvm/system/environment.hpp"

namespace pvm::pvmctl::shim {

inline constexpr std::string_view k_bash_env_name = ".bash_env";
/// The text of SHIMS/.bash_env: it finds the directory by its own path.
[[nodiscard]] std::string bash_env_text();

/// "PROGRAM@DIRECTORY", as "claude@~/src/app": the last component of `program`, and `directory` with `home` as "~".
/// A model::is_agent_name: where that cannot hold the two as they are (a space, 128 bytes), other bytes are '_', the
/// front of a long path goes, and ":" and 8 hexadecimal characters of a SHA-256 over both keep two agents two.
[[nodiscard]] std::string agent_name_for(std::string_view program, std::string_view directory, std::string_view home);

/// `environment` with the four variables above. An earlier place of `shims` in PATH is taken out.
[[nodiscard]] system::Environment agent_environment(const system::Environment& environment, const std::string& shims,
                                                    const std::string& agent);

/// As execve takes it: "NAME=value".
[[nodiscard]] std::vector<std::string> as_strings(const system::Environment& environment);

}  // namespace pvm::pvmctl::shim
