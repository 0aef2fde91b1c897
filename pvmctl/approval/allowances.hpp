// SPDX-License-Identifier: Apache-2.0
// Scopes for what nobody wants to be asked about: temporary files, and what builds make and can make again. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/model/scope.hpp"

namespace pvm::pvmctl::approval {

/// All beneath `temporary` (TMPDIR), where that is a directory of the user's own; in /tmp and /var/tmp, which everybody shares,
/// or where it is empty or not canonical, the names that mktemp and config.guess draw there. Never a directory itself.
[[nodiscard]] std::vector<model::Scope> temporary_scopes(std::string_view temporary);

/// Beneath `directory`: directories that builds make (node_modules, build, target, .venv, …), with what is in them, and files
/// that compilers and configure scripts leave beside the sources. Errors: usage, where it is not absolute and canonical, is "/", or is
/// too long for a scope.
[[nodiscard]] base::Result<std::vector<model::Scope>> build_scopes(const std::string& directory);

}  // namespace pvm::pvmctl::approval
