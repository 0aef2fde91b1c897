// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/faults.hpp"

#include <algorithm>
#include <iterator>

namespace pvm::vault {

bool Faults::has_room(const Place& place) const {
  return found_.size() < k_most || place < std::prev(found_.end())->first;
}

void Faults::add(const Place& place, std::string text) {
  if (!has_room(place)) return;
  const auto [first, last] = found_.equal_range(place);
  if (std::any_of(first, last, [&text](const auto& known) { return known.second == text; })) return;
  found_.emplace_hint(last, place, std::move(text));
  if (found_.size() > k_most) found_.erase(std::prev(found_.end()));
}

std::vector<std::string> Faults::texts() const {
  std::vector<std::string> all;
  for (const auto& [place, text] : found_) all.push_back(text);
  return all;
}

std::string entry_name(std::uint64_t entry) { return "entry " + std::to_string(entry); }

}  // namespace pvm::vault
