// SPDX-License-Identifier: Apache-2.0
// Making git's private exec-path (wrappers/git/exec_path.hpp), by which what git starts finds the shim again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "pvmctl/context.hpp"
#include "pvmctl/shim/startup_files.hpp"

namespace pvm::pvmctl::shim {

/// Makes it where it is not there, or was made for another git or wrapper: of the user, or for all (Reach::system) beside the
/// installed shims. Returns its directory; nullopt where no git is installed. Errors: missing (the wrapper); what git
/// --exec-path says; unsafe (others can write the directory); as errno says.
[[nodiscard]] base::Result<std::optional<std::string>> ensure_git_exec_path(Context& context, Reach reach);

/// Takes away the user's own, and the hooks directory of safe-git-push. Returns what went. Errors: as errno says.
[[nodiscard]] base::Result<std::vector<std::string>> take_git_exec_path_away(Context& context);

}  // namespace pvm::pvmctl::shim
