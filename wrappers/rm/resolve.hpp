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
#include "wrappers/rm/grammar.hpp"

namespace pvm::wrappers::rm {

/// An operand that is to be removed, with its parent held.
struct Target {
  std::string typed;       // as it is handed to rm (trailing slashes stripped before a symlink)
  std::string name;        // the last component
  std::size_t parent = 0;  // index into Resolved::parents
  std::string path;        // canonical: the parent's real path and the name
  char type = 'f';         // as in model::EffectEntry, but never 'u'
};

/// What the file system makes of the command line.
struct Resolved {
  std::vector<system::PinnedDirectory> parents;  // without repetitions
  std::vector<Target> targets;                   // in the order typed; repetitions kept
  /// resources: the targets' paths, with Extent::tree for a directory under -r.
  /// needs: recursive where there is one.
  model::Operation operation;
  /// Sorted; a target at or beneath a directory that goes with all its contents is part of that one.
  model::Effect effect;
  /// What rm says by itself of operands that it would not remove anyway ("/", ".", "..", one not there, a
  /// directory without -r): whole lines, in rm's words; these operands are not handed on.
  std::string own_words;
  int own_status = 0;  // 1 where own_words holds an error
};

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

/// Whether anything, a dangling symlink too, is called `name`: for parse().
[[nodiscard]] bool is_there(const std::string& name);

}  // namespace pvm::wrappers::rm
