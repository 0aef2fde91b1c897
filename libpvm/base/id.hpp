// SPDX-License-Identifier: Apache-2.0
// 128-bit random identifiers, a type of its own for each kind of thing. Floor: base.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "libpvm/base/bytes.hpp"

namespace pvm::base {

/// Made by crypto::random_id; written as 32 lower-case hexadecimal characters.
template <class Tag>
class Id {
 public:
  static constexpr std::size_t k_size = 16;
  using Raw = std::array<std::uint8_t, k_size>;

  explicit Id(const Raw& raw) : raw_(raw) {}

  [[nodiscard]] static std::optional<Id> from_hex(std::string_view text) {
    Raw raw{};
    if (!base::from_hex(text, raw.data(), raw.size())) return std::nullopt;
    return Id(raw);
  }
  [[nodiscard]] std::string hex() const { return to_hex(raw_.data(), raw_.size()); }
  /// The first eight characters: what people are shown and may type.
  [[nodiscard]] std::string brief() const { return hex().substr(0, 8); }
  [[nodiscard]] const Raw& raw() const { return raw_; }

  auto operator<=>(const Id&) const = default;

 private:
  Raw raw_;
};

/// For unordered containers: an id is random already.
struct IdHash {
  template <class Tag>
  [[nodiscard]] std::size_t operator()(const Id<Tag>& id) const {
    std::size_t hash = 0;
    std::memcpy(&hash, id.raw().data(), sizeof hash);
    return hash;
  }
};

using GrantId = Id<struct GrantTag>;
using RequestId = Id<struct RequestTag>;
using VaultId = Id<struct VaultTag>;
using LockId = Id<struct LockTag>;

}  // namespace pvm::base
