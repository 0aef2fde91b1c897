// SPDX-License-Identifier: Apache-2.0
// From a parsed rm to what it would really do. Used by safe-rm for itself and by pvmctl for request, check
// and approve. Touches the file system, changes nothing.
//
// Two looks at each operand: as rm would see it (lstat of the typed path), which decides whether rm would
// refuse it by itself and in which words; and by its name in the pinned parent, which is what the grant has
// to cover.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/model/effect.hpp"
#include "libpvm/model/operation.hpp"
#include "libpvm/system/launch.hpp"
#include "libpvm/system/tree.hpp"
#include "wrappers/operands/targets.hpp"
#include "wrappers/rm/grammar.hpp"

namespace pvm::wrappers::rm {

/// A link typed with slashes at its end is handed to rm without them.
using operands::Target;
/// A target's extent is tree for a directory under -r. own_words: what rm says of operands that it would not remove anyway
/// ("/", ".", "..", one not there, a directory without -r), with status 1 where it is an error.
using operands::Resolved;

/// Resolves the operands from the working directory. `called` is rm's name in its messages (argv[0]). A link
/// to a directory typed with a slash at its end (`rm -r link/`) is a target for itself; rm would empty the
/// directory. Errors: unsafe (an operand's parent cannot be named), missing (an operand goes away meanwhile),
/// io, limit (no descriptor left for one more parent).
[[nodiscard]] base::Result<Resolved> resolve(const RmCommand& command, const std::string& agent,
                                             const std::string& called);

/// What runs: one rm confined beneath the pinned parents; without Landlock one rm for each parent, in it,
/// with bare names. The plans borrow descriptors of `resolved`. REQUIRES: resolved.targets is not empty.
[[nodiscard]] std::vector<system::LaunchPlan> plan(const RmCommand& typed, const Resolved& resolved,
                                                   const std::string& program, const std::string& argv0,
                                                   const std::vector<std::string>& environment,
                                                   system::Confinement confinement);

/// Whether the call said --one-file-system. An invocation that is no rm's crosses.
[[nodiscard]] system::Mounts mounts_of(const model::Invocation& invocation);

}  // namespace pvm::wrappers::rm
