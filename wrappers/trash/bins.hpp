// SPDX-License-Identifier: Apache-2.0
// Trash directories (freedesktop.org Trash specification 1.0): where trash-put and gio put things, and how to find there
// what was put. Touches the file system, and changes nothing but where it says so.
//
//   $XDG_DATA_HOME/Trash, else $HOME/.local/share/Trash    the home trash; Path= is absolute
//   TOP/.Trash/UID, TOP/.Trash-UID                         of the file system mounted at TOP; Path= is relative to TOP
//
// Beneath it: info/NAME.trashinfo, with a line Path= (percent-encoded), and files/NAME, the thing itself.
#pragma once

#include <time.h>

#include <string>
#include <vector>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/system/environment.hpp"
#include "wrappers/operands/targets.hpp"

namespace pvm::wrappers::trash {

struct Bin {
  std::string path;
  std::string top;  // empty for the home trash
};

/// Those that things from these parents can come to, each once; whether they are there or not.
[[nodiscard]] std::vector<Bin> bins_for(const operands::Resolved& resolved, const system::Environment& environment);

/// The info/ of those of `bins` that are there, opened (O_PATH, close-on-exec); none that is a symlink. That of the home
/// trash, where it is on a file system that things come from, is made if it is not there, as trash-put would: a command
/// that is confined can take back what it wrote there only where that was known before.
[[nodiscard]] std::vector<base::Descriptor> open_infos(const std::vector<Bin>& bins, const operands::Resolved& resolved);

/// "restorable from '/home/u/.local/share/Trash/files/x'": where the targets are that were put there no earlier than
/// `since` (CLOCK_REALTIME_COARSE, by which the kernel dates files); the first three, and how many more. Empty where
/// none is found. What is in the trash is anybody's to write who writes there: this is for people, and decides nothing.
[[nodiscard]] std::string restorable_text(const std::vector<Bin>& bins, const std::vector<operands::Target>& targets,
                                          const timespec& since);

}  // namespace pvm::wrappers::trash
