// SPDX-License-Identifier: Apache-2.0
// What a verification finds wrong, in one order however often the log is read for it. Floor: vault.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pvm::vault {

/// Where a fault stands in the report: parts in the order in which they are looked at.
struct Place {
  enum class Part { grants, resets, entries, end, grant_rows, missing_grants, request_rows, missing_requests, state };
  Part part = Part::entries;
  std::uint64_t position = 0;  // the entry, or which row it is
  std::uint64_t item = 0;      // which of the things that the entry or row says

  auto operator<=>(const Place&) const = default;
};

/// The first k_most of all that are added, whatever order they come in.
class Faults {
 public:
  static constexpr std::size_t k_most = 1000;

  /// Whether a fault of that place would be told.
  [[nodiscard]] bool has_room(const Place& place) const;
  /// The same text of the same place is told once: a log that is read again says it again.
  void add(const Place& place, std::string text);
  [[nodiscard]] std::vector<std::string> texts() const;

 private:
  std::multimap<Place, std::string> found_;
};

/// "entry 12"
[[nodiscard]] std::string entry_name(std::uint64_t entry);

}  // namespace pvm::vault
