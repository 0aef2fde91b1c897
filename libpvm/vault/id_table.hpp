// SPDX-License-Identifier: Apache-2.0
// A compact table of facts by id: entries side by side in one array, found by open addressing. Floor: vault.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "libpvm/crypto/keyed_hash.hpp"

namespace pvm::vault {

template <class Facts>
class IdTable {
 public:
  using Key = std::array<std::uint8_t, 16>;
  struct Entry {
    Key key;
    Facts facts;
  };

  /// `hash` outlives the table.
  explicit IdTable(const crypto::KeyedHash& hash) : hash_(&hash) {}

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] auto begin() const { return entries_.begin(); }
  [[nodiscard]] auto end() const { return entries_.end(); }

  /// nullptr where there is none; valid until the next change.
  [[nodiscard]] Facts* find(const Key& key) {
    if (entries_.empty()) return nullptr;
    const std::uint32_t at = slots_[slot_of(key)];
    return at == k_free ? nullptr : &entries_[at].facts;
  }
  /// REQUIRES: not there yet.
  void insert(const Key& key, const Facts& facts) {
    if ((entries_.size() + 1) * 2 > slots_.size()) resize(slots_.size() * 2);
    slots_[slot_of(key)] = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({key, facts});
  }
  template <class IsGone>
  void erase_if(const IsGone& is_gone) {
    std::erase_if(entries_, is_gone);
    resize(slots_.size());
  }
  void clear() {
    entries_.clear();
    slots_.clear();
  }

 private:
  static constexpr std::uint32_t k_free = UINT32_MAX;
  static constexpr std::size_t k_fewest_slots = 64;

  /// Where the key is, or would be put. There is always a free slot.
  [[nodiscard]] std::size_t slot_of(const Key& key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = (*hash_)(key) & mask;
    while (slots_[slot] != k_free && entries_[slots_[slot]].key != key) slot = (slot + 1) & mask;
    return slot;
  }
  void resize(std::size_t slots) {
    slots_.assign(std::max(slots, k_fewest_slots), k_free);
    for (std::size_t at = 0; at < entries_.size(); ++at) {
      slots_[slot_of(entries_[at].key)] = static_cast<std::uint32_t>(at);
    }
  }

  const crypto::KeyedHash* hash_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // a power of two
};

}  // namespace pvm::vault
