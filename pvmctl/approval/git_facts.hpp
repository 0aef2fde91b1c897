// SPDX-License-Identifier: Apache-2.0
// What git knows of a directory, asked by read-only plumbing that runs nothing which the repository names: no
// fsmonitor, hook, pager, filter or transport, no system or user configuration. Each question has 3 seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libpvm/system/environment.hpp"

namespace pvm::pvmctl::approval {

class GitFacts {
 public:
  /// `program` is git's absolute path.
  GitFacts(std::string program, const system::Environment& environment);

  /// Files at or beneath `paths` that git neither tracks nor ignores in the work tree `top`. nullopt: git did
  /// not say.
  [[nodiscard]] std::optional<std::uint64_t> count_unknown_files(const std::string& top,
                                                                 const std::vector<std::string>& paths) const;
  /// Commits of the repository's branches that no remote-tracking branch has. nullopt: git did not say.
  [[nodiscard]] std::optional<std::uint64_t> count_unpushed_commits(const std::string& repository) const;

  /// What git prints for `words` in `directory`; nullopt: it failed, or took over 3 seconds. REQUIRES: `words` are read-only
  /// plumbing.
  [[nodiscard]] std::optional<std::string> ask(const std::string& directory,
                                               const std::vector<std::string>& words) const;

 private:
  std::string program_;
  std::vector<std::string> environment_;
};

/// The work tree that `path` lies in: the nearest directory above it that holds a ".git"; empty where there
/// is none.
[[nodiscard]] std::string work_tree_around(const std::string& path);

}  // namespace pvm::pvmctl::approval
