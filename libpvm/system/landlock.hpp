// SPDX-License-Identifier: Apache-2.0
// Confining a command, so that it can remove names beneath certain directories only. Floor: system.
//
// Landlock (landlock(7), Linux 5.13 and later) needs no privileges and cannot be taken off again. Removal of
// files and of directories are the rights that are confined. To move something away takes the right to remove it from
// where it is. For a process that is confined at all the kernel also refuses to move or link anything from one
// directory to another (EXDEV), but where that is let through (Linux 5.19 and later).
#pragma once

#include <vector>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/result.hpp"

namespace pvm::system {

/// Whether a confined process may move names from one directory to another; from beneath the roots, to anywhere.
enum class Moves { refused, allowed };

/// Whether the kernel can confine removals (Landlock ABI 1 or later, and enabled), with such moves (ABI 2 or later).
enum class Confinement { landlock, none };
[[nodiscard]] Confinement available_confinement(Moves moves = Moves::refused);

/// A ruleset (close-on-exec) that allows removals beneath the directories `roots`, which are borrowed
/// descriptors. Errors: io, where the kernel has no Landlock for it or refuses a root.
[[nodiscard]] base::Result<base::Descriptor> removal_ruleset(const std::vector<int>& roots, Moves moves = Moves::refused);

/// Confines this thread, and what it starts, by `ruleset`; sets no_new_privs. 0, or errno.
/// Safe in a child made by vfork.
[[nodiscard]] int confine_to(int ruleset);

}  // namespace pvm::system
