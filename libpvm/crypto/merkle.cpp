// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/merkle.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace pvm::crypto {
namespace {

constexpr char k_leaf_prefix = 0;
constexpr char k_node_prefix = 1;

void append_digest(std::string& out, const base::Digest& digest) {
  out.append(digest.begin(), digest.end());
}

}  // namespace

base::Digest leaf_hash(std::string_view record) {
  std::string input(1, k_leaf_prefix);
  input += record;
  return sha256(input);
}

base::Digest node_hash(const base::Digest& left, const base::Digest& right, Sha256 hash) {
  std::array<char, 1 + 2 * sizeof(base::Digest)> input{k_node_prefix};
  std::copy(right.begin(), right.end(), std::copy(left.begin(), left.end(), input.begin() + 1));
  return hash({input.data(), input.size()});
}

base::Result<TreeEdge> TreeEdge::from_parts(std::uint64_t size, std::string_view hashes) {
  const auto count = static_cast<std::size_t>(std::popcount(size));
  if (size > k_max_size || hashes.size() != count * sizeof(base::Digest)) {
    return base::fail(base::Code::malformed, "the edge of the audit tree does not fit its size of " +
                                                 std::to_string(size) + " entries");
  }
  TreeEdge edge;
  edge.size_ = size;
  edge.roots_.resize(count);
  for (base::Digest& root : edge.roots_) {
    std::copy_n(hashes.begin(), root.size(), root.begin());
    hashes.remove_prefix(root.size());
  }
  return edge;
}

void TreeEdge::append(const base::Digest& leaf, Sha256 hash) {
  // As in adding one to a binary number: each one bit at the end carries.
  base::Digest carry = leaf;
  for (int ones = std::countr_one(size_); ones > 0; --ones) {
    carry = node_hash(roots_.back(), carry, hash);
    roots_.pop_back();
  }
  roots_.push_back(carry);
  ++size_;
}

base::Digest TreeEdge::root() const {
  if (roots_.empty()) return sha256({});
  base::Digest root = roots_.back();
  for (auto left = std::next(roots_.rbegin()); left != roots_.rend(); ++left) root = node_hash(*left, root);
  return root;
}

std::string TreeEdge::hashes() const {
  std::string out;
  for (const base::Digest& root : roots_) append_digest(out, root);
  return out;
}

}  // namespace pvm::crypto
