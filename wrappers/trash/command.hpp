// SPDX-License-Identifier: Apache-2.0
// trash-put as a gated command.
#pragma once

#include <string>
#include <vector>

#include "wrappers/program.hpp"

namespace pvm::wrappers::trash {

inline constexpr frontend::Tool k_tool{"safe-trash", "trash", "trashed", "trash it", "trash-cli"};

/// Parses trash-put's words.
[[nodiscard]] ParsedCommand parse_command(std::vector<std::string> argv, const system::Environment& environment);

/// The wrapper: `safe-trash`, and `trash` and `trash-put` through the shim directory.
[[nodiscard]] Wrapper wrapper();

}  // namespace pvm::wrappers::trash
