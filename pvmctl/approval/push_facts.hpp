// SPDX-License-Identifier: Apache-2.0
// The commits of a push, by the approver's own git in the repository that is pushed from: read-only plumbing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libpvm/model/push.hpp"
#include "pvmctl/approval/git_facts.hpp"

namespace pvm::pvmctl::approval {

/// Some commits: how many, and the newest of them as "1a2b3c4 subject", raw bytes.
struct Commits {
  std::uint64_t count = 0;
  std::vector<std::string> newest;
};

struct UpdateFacts {
  std::string resource;             // "URL#ref"
  std::optional<Commits> outgoing;  // nullopt: nothing goes out, or git did not say
  std::optional<Commits> lost;      // on the other side and not in what replaces it; nullopt: none can be, or git did not say
  bool is_lost_unknown = false;     // what is replaced is not here, so nobody here can tell
};

inline constexpr std::size_t k_most_updates_looked_at = 8;
inline constexpr std::size_t k_most_commits_named = 10;

/// For k_most_updates_looked_at updates at most: those that force, delete or are tags first, else in the order of the effect.
[[nodiscard]] std::vector<UpdateFacts> push_facts(const std::vector<model::Push>& pushes, const GitFacts& git);

}  // namespace pvm::pvmctl::approval
