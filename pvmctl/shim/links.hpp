// SPDX-License-Identifier: Apache-2.0
// The links of a shim directory. A link that leads nowhere lets the real command run without a word, so each is made
// aside and renamed into its place, and is taken away only together with the others.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/result.hpp"

namespace pvm::pvmctl::shim {

/// A link as it was placed.
struct Placed {
  std::string name;
  std::string path;
  std::string target;
};

/// Where links may be made: no file of somebody's stands in a shim's place, and no git work tree holds the directory, where a
/// `git clean` would take the links away (the home directory itself may be one). Errors: exists; unsafe; usage (a
/// colon, or bytes that no shell can be told).
[[nodiscard]] base::Result<void> check_place(const std::string& directory, const std::string& home);

/// Makes the directory (0700) where it is missing, every link, and .bash_env. The links always lead to the old or to the new
/// wrapper. Errors: as check_place; missing (a wrapper); unsafe (the directory); as errno says.
[[nodiscard]] base::Result<std::vector<Placed>> place_links(const std::string& directory, const std::string& home);

/// Takes the links and .bash_env away, and the directory where nothing else is in it. Returns the paths that went; what is not a
/// shim stays. Errors: as errno says.
[[nodiscard]] base::Result<std::vector<std::string>> take_links_away(const std::string& directory);

/// "PROGRAM (process N)" for each running program, but for ourselves and what we descend from, whose PATH holds `directory`: as
/// it was started, and of those that we may look at.
[[nodiscard]] std::vector<std::string> programs_with(const std::string& directory);

}  // namespace pvm::pvmctl::shim
