// SPDX-License-Identifier: Apache-2.0
// The installed rm, disarmed, for comparison.
#pragma once

#include <string>
#include <vector>

namespace pvm::test {

/// How a real rm ended and what it wrote.
struct RmRun {
  int status = 0;
  std::string output;
  std::string errors;
  bool operator==(const RmRun&) const = default;
};

/// Runs /bin/rm with `argv` (argv[0] first) in `directory`, its input empty and its environment nothing but
/// `environment`. Refuses (throws) every word that could reach out of `directory`: absolute paths and all
/// with a component "." or "..". `directory` must hold no symlink that leads out of it.
[[nodiscard]] RmRun run_real_rm(const std::vector<std::string>& argv, const std::string& directory,
                                const std::vector<std::string>& environment = {"LC_ALL=C"});

}  // namespace pvm::test
