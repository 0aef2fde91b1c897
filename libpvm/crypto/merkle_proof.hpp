// SPDX-License-Identifier: Apache-2.0
// Proofs over the Merkle tree of the audit log: that a record is in it, and that a later tree extends an
// earlier one (RFC 6962 section 2.1.1 and 2.1.2, the same as RFC 9162 section 2.1.3 and 2.1.4). Floor:
// crypto.
//
// A proof is the hashes in the order of the RFC: those next to the leaf first, those next to the root last.
// Leaves are counted from 0; entry N of the log is leaf N-1.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/crypto/merkle.hpp"
#include "libpvm/model/grant.hpp"

namespace pvm::crypto {

using Proof = std::vector<base::Digest>;

/// Makes a proof while the leaves of the tree pass by once: each of its hashes is the root over a run of
/// leaves, and the runs are disjoint. Holds a TreeEdge for each hash, so a few kilobytes whatever the size.
class ProofBuilder {
 public:
  /// That leaf `index` is in the tree of `size` leaves. Errors: usage, unless index < size <=
  /// TreeEdge::k_max_size.
  [[nodiscard]] static base::Result<ProofBuilder> of_inclusion(std::uint64_t index, std::uint64_t size);
  /// That the tree of `size` leaves begins with the `old_size` leaves of the old one; without any hash where
  /// both are one size. Errors: usage, unless 0 < old_size <= size <= TreeEdge::k_max_size (every tree begins
  /// with the empty one, so there is nothing to prove of it).
  [[nodiscard]] static base::Result<ProofBuilder> of_consistency(std::uint64_t old_size, std::uint64_t size);

  /// The leaves of the tree, from leaf 0 on, in order.
  void take(const base::Digest& leaf);
  /// The proof, once all leaves were taken. Errors: malformed, where they were not `size`.
  [[nodiscard]] base::Result<Proof> finish() const;

 private:
  /// Leaves `from` up to but not including `to`.
  struct Run {
    std::uint64_t from;
    std::uint64_t to;
    TreeEdge edge = {};
  };
  ProofBuilder(std::uint64_t size, std::vector<Run> runs) : size_(size), runs_(std::move(runs)) {}

  std::uint64_t size_;
  std::uint64_t taken_ = 0;
  std::vector<Run> runs_;  // in the order of the proof
};

/// Whether `proof` shows that `leaf` (a leaf_hash) is leaf `index` of the tree with `head` (RFC 9162
/// section 2.1.3.2). Pure. False for a proof of any other length than the one that index and size ask for,
/// for index >= head.size, and so for every proof in the empty tree.
[[nodiscard]] bool verify_inclusion(const base::Digest& leaf, std::uint64_t index,
                                    const model::TreeHead& head, std::span<const base::Digest> proof);

/// Whether `proof` shows that the tree with `head` begins with the leaves of the tree with `old_head` (RFC
/// 9162 section 2.1.4.2). Pure. Where both are one size the roots must be one and the proof empty. False for
/// an old size of 0 (it would say nothing), for an old tree that is larger, and for a proof of any other
/// length than the one that the sizes ask for.
[[nodiscard]] bool verify_consistency(const model::TreeHead& old_head, const model::TreeHead& head,
                                      std::span<const base::Digest> proof);

}  // namespace pvm::crypto
