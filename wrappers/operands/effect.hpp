// SPDX-License-Identifier: Apache-2.0
// What would be removed or trashed: the one listing that the wrappers and the approver's side share. Touches the file
// system, changes nothing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/model/effect.hpp"
#include "libpvm/model/operation.hpp"
#include "libpvm/system/tree.hpp"

namespace pvm::wrappers::operands {

/// Gives the pinned parent of the resource `path`; the pointer is used before the next call.
using ParentOf = std::function<base::Result<const system::PinnedDirectory*>(const std::string& path)>;

/// Lists the resources, which share the budget model::k_effect_bound, and sorts them. One beneath another
/// that goes with all its contents is part of that one. Errors: what `parent_of` and system::list_tree
/// say.
[[nodiscard]] base::Result<model::Effect> list_effect(const std::vector<model::Resource>& resources,
                                                      system::Mounts mounts, const ParentOf& parent_of);

/// Looks at an operation's resources again, by their canonical names. Errors: missing, naming the resource
/// that is gone; conflict, where a directory on its way was swapped for something else; what list_effect
/// says.
[[nodiscard]] base::Result<model::Effect> effect_of(const model::Operation& operation, system::Mounts mounts);

}  // namespace pvm::wrappers::operands
