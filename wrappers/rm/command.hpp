// SPDX-License-Identifier: Apache-2.0
// rm as a gated command.
#pragma once

#include <string>
#include <vector>

#include "wrappers/program.hpp"

namespace pvm::wrappers::rm {

/// "safe-rm", "rm", …
inline constexpr frontend::Tool k_tool{"safe-rm", "rm", "removed", "remove it"};

/// Parses rm's words. POSIXLY_CORRECT in the environment ends the options at the first operand.
[[nodiscard]] ParsedCommand parse_command(std::vector<std::string> argv, const system::Environment& environment);

/// The wrapper: `safe-rm`, and `rm` through the shim directory.
[[nodiscard]] Wrapper wrapper();

}  // namespace pvm::wrappers::rm
