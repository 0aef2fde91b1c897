// SPDX-License-Identifier: Apache-2.0
// Operands that a command takes away from where they are: each by its name in a pinned parent. Shared by rm and trash.
// Touches the file system, changes nothing.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/model/effect.hpp"
#include "libpvm/model/operation.hpp"
#include "libpvm/system/launch.hpp"
#include "libpvm/system/tree.hpp"

namespace pvm::wrappers::operands {

/// An operand that is to be taken away, with its parent held.
struct Target {
  std::string typed;       // as it is handed to the command
  std::string name;        // the last component
  std::size_t parent = 0;  // index into Resolved::parents
  std::string path;        // canonical: the parent's real path and the name
  char type = 'f';         // as in model::EffectEntry, but never 'u'
  model::Extent extent = model::Extent::item;
};

/// What the file system makes of a command line.
struct Resolved {
  std::vector<system::PinnedDirectory> parents;  // without repetitions
  std::vector<Target> targets;                   // in the order typed; repetitions kept
  /// resources: the targets' paths and extents. needs: recursive where one is a tree.
  model::Operation operation;
  /// Sorted; a target at or beneath a directory that goes with all its contents is part of that one.
  model::Effect effect;
  /// What the command says by itself of operands that it would not act on anyway: whole lines, in its words; these
  /// operands are not handed on.
  std::string own_words;
  int own_status = 0;  // the exit status that goes with them
};

/// A Resolved in the making.
class Gathering {
 public:
  Resolved resolved;

  /// The index in resolved.parents of the directory; the same one for all ways to write it. Errors: as
  /// system::pin_directory.
  [[nodiscard]] base::Result<std::size_t> pin(const std::string& directory);
  /// The directory, where it was pinned by this very text; else nullptr. Valid until the next pin.
  [[nodiscard]] const system::PinnedDirectory* find_pinned(const std::string& directory) const;
  /// Names the operation and lists its effect from the targets. Errors: as system::list_tree.
  [[nodiscard]] base::Result<void> finish(const std::string& agent, model::Action action, system::Mounts mounts);

 private:
  std::unordered_map<std::string, std::size_t> pinned_;  // by what was typed
};

/// The command line for these operands.
using Rebuild = std::function<std::vector<std::string>(const std::vector<std::string>& operands)>;

/// What runs: one command with the operands as typed, confined beneath the pinned parents; without Landlock one command
/// for each parent, in it, with bare names. The plans borrow descriptors of `resolved`; their program and environment are
/// the caller's to fill in. REQUIRES: resolved.targets is not empty.
[[nodiscard]] std::vector<system::LaunchPlan> plan(const Resolved& resolved, system::Confinement confinement,
                                                   const Rebuild& rebuild);

/// `path` without slashes at the end; "/" for a path of nothing else. REQUIRES: it is not empty.
[[nodiscard]] std::string stripped(const std::string& path);

struct Split {
  std::string parent;  // as typed, with its slash; "." where there is none
  std::string name;
};
/// REQUIRES: `path` is not empty, and does not end in a slash but for "/".
[[nodiscard]] Split split(const std::string& path);

[[nodiscard]] bool is_dot_or_dotdot(std::string_view name);

/// Whether anything, a dangling symlink too, is called `name`.
[[nodiscard]] bool is_there(const std::string& name);

}  // namespace pvm::wrappers::operands
