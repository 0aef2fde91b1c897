// SPDX-License-Identifier: Apache-2.0
// What scopes cover on this machine now, and what they just miss: for a person who is about to sign them. A picture of
// this moment, of what we may look at; what runs later is judged by the scopes alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libpvm/model/scope.hpp"
#include "pvmctl/reply.hpp"

namespace pvm::pvmctl::approval {

/// A thing that is covered with all that is beneath it, or a file that is; its parent is not.
struct CoveredThing {
  std::string path;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;  // of a file with holes, what it takes up
};

struct NearMiss {
  enum class Why {
    beneath,  ///< it is covered, what is beneath it is not: `better` would cover both
    name,     ///< it is beside something that is covered, and its name begins alike
  };
  std::string path;
  Why why = Why::name;
  std::string better;  // a pattern; may be empty
};

struct Coverage {
  std::uint64_t things = 0;  // how many CoveredThings there are
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::vector<CoveredThing> largest;  // by bytes, at most k_most_shown
  std::vector<NearMiss> missed;       // at most k_most_shown
  std::uint64_t unread = 0;           // directories that could not be read, or are mounted there
  bool is_whole = true;               // false: there was more than k_most_looked_at to look at
};
inline constexpr std::size_t k_most_shown = 5;
inline constexpr std::size_t k_most_looked_at = 50'000;

/// Looks beneath the anchors of `scopes`, following no symbolic link and entering no other file system, at no more than
/// k_most_looked_at entries in all. A repo scope covers nothing of it. Never fails: what cannot be looked at is counted.
[[nodiscard]] Coverage coverage_of(std::span<const model::Scope> scopes);

/// Lines for a card: "  covers now: …".
[[nodiscard]] std::string coverage_text(const Coverage& coverage, const std::string& home);
[[nodiscard]] Json coverage_json(const Coverage& coverage);

}  // namespace pvm::pvmctl::approval
