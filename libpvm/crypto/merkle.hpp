// SPDX-License-Identifier: Apache-2.0
// The Merkle tree of the audit log: RFC 6962 section 2.1 (SHA-256; leaf prefix 0x00, node prefix 0x01).
// Floor: crypto.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/model/grant.hpp"

namespace pvm::crypto {

/// SHA-256(0x00 || record)
[[nodiscard]] base::Digest leaf_hash(std::string_view record);
/// SHA-256(0x01 || left || right)
[[nodiscard]] base::Digest node_hash(const base::Digest& left, const base::Digest& right, Sha256 hash = &sha256);

/// The right edge of a tree: the roots of its perfect subtrees, largest first (as many as `size` has one
/// bits). Enough to append leaves and to tell the root; a few hundred bytes whatever the size.
class TreeEdge {
 public:
  /// What an SQLite integer holds.
  static constexpr std::uint64_t k_max_size = INT64_MAX;

  TreeEdge() = default;

  /// Errors: malformed, where `hashes` is not 32 bytes for each one bit of `size`, or `size` is over
  /// k_max_size.
  [[nodiscard]] static base::Result<TreeEdge> from_parts(std::uint64_t size, std::string_view hashes);

  void append(const base::Digest& leaf, Sha256 hash = &sha256);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// RFC 6962 MTH; for the empty tree SHA-256 of nothing.
  [[nodiscard]] base::Digest root() const;
  [[nodiscard]] model::TreeHead head() const { return {size_, root()}; }
  /// The hashes one after the other, as from_parts takes them.
  [[nodiscard]] std::string hashes() const;

  bool operator==(const TreeEdge&) const = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<base::Digest> roots_;
};

}  // namespace pvm::crypto
