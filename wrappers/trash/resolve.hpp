// SPDX-License-Identifier: Apache-2.0
// From a parsed trash-put to what it would really put into the trash. Used by safe-trash for itself and by pvmctl for
// request, check and approve. Touches the file system, changes nothing.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/gate/gate.hpp"
#include "libpvm/system/launch.hpp"
#include "wrappers/operands/targets.hpp"
#include "wrappers/trash/grammar.hpp"

namespace pvm::wrappers::trash {

/// A directory is trashed as one thing, with all beneath it, so its extent is tree, whatever options were typed.
/// own_words: what trash-put says of operands that it would not trash anyway (".", "..", "/", one not there), with status
/// 74; for "." and ".." typed as the last component, 0. Three more are refused in the same words, with which it does not
/// come to a good end itself: a mount point (its contents are copied into the trash and removed, and then it fails); a
/// name that has no room for ".trashinfo" after it (it tries for ever); a path that is not UTF-8 (it breaks off).
using operands::Resolved;
using operands::Target;

/// Resolves the operands from the working directory. trash-put takes "..", repeated slashes and slashes at the end out of
/// an operand as text, before the kernel sees it: "link/" is the link, and "link/../x" is "x".
/// Errors: unsafe (an operand's parent cannot be named), missing (an operand goes away meanwhile), io, limit (no
/// descriptor left for one more parent).
[[nodiscard]] base::Result<Resolved> resolve(const TrashCommand& command, const std::string& agent);

/// What runs, trash-put or gio, as `real.name` says. `infos` are directories in which it may also remove. Where moves can
/// be confined, one command; else one for each parent. Borrows descriptors. REQUIRES: resolved.targets is not empty.
[[nodiscard]] std::vector<system::LaunchPlan> plan(const TrashCommand& command, const Resolved& resolved,
                                                   const gate::RealCommand& real, const std::vector<int>& infos,
                                                   system::Confinement confinement);

/// `path` as Python's os.path.normpath has it: "a/./b//../c/" is "a/c"; two slashes at the start stay; "." for nothing.
[[nodiscard]] std::string normalised(const std::string& path);

}  // namespace pvm::wrappers::trash
