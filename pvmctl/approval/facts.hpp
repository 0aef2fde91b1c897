// SPDX-License-Identifier: Apache-2.0
// What an approver would want to know before letting something be removed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libpvm/model/effect.hpp"
#include "libpvm/model/operation.hpp"
#include "pvmctl/approval/git_facts.hpp"
#include "pvmctl/approval/push_facts.hpp"

namespace pvm::pvmctl::approval {

struct Facts {
  /// Files that git neither tracks nor ignores; nullopt: outside a work tree, or git did not say.
  std::optional<std::uint64_t> unsaved_files;
  /// One line each, already fit for display: what makes this removal worth a second look.
  std::vector<std::string> warnings;
  /// Of a push.
  std::vector<UpdateFacts> updates;
};

/// The warnings that the entries alone give: a mount point, key files. Pure.
[[nodiscard]] std::vector<std::string> warnings_of(const model::Effect& effect);
/// For resources at or above `home` (empty: unknown). Pure.
[[nodiscard]] std::vector<std::string> home_warnings(const model::Operation& operation,
                                                     const std::string& home);
/// The directories that hold the repositories among the entries: those with a ".git" in them. Pure.
[[nodiscard]] std::vector<std::string> repositories_in(const model::Effect& effect);

/// All of it, and what `git` (nullptr: there is none) says of the places. Touches the file system.
[[nodiscard]] Facts gather_facts(const model::Operation& operation,
                                 const std::optional<model::Effect>& effect, const std::string& home,
                                 const GitFacts* git);

}  // namespace pvm::pvmctl::approval
