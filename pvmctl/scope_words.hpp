// SPDX-License-Identifier: Apache-2.0
// Scopes and the names that they cover, as people type them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/model/scope.hpp"

namespace pvm::pvmctl {

/// What a pattern or a name says by its form: what begins with '/' is a path; else it is of a repository where it has a
/// ':' or a '#'.
[[nodiscard]] model::ScopeType type_by_form(std::string_view text);

/// Scope::parse for what was typed. Errors: usage.
[[nodiscard]] base::Result<model::Scope> scope_from_words(model::ScopeType type, std::string_view text,
                                                          std::span<const std::string> forges);
/// All of `texts`, in their order, each scope once. Errors: usage.
[[nodiscard]] base::Result<std::vector<model::Scope>> scopes_from_words(model::ScopeType type,
                                                                        const std::vector<std::string>& texts,
                                                                        std::span<const std::string> forges);

/// The repo name that "ADDRESS#refs/..." means, whichever way the address is written. Errors: usage.
[[nodiscard]] base::Result<std::string> repo_name_from_words(std::string_view text, std::span<const std::string> forges);

}  // namespace pvm::pvmctl
