// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/merkle_proof.hpp"

#include <algorithm>
#include <bit>
#include <string>

namespace pvm::crypto {
namespace {

using base::Code;
using base::Digest;
using base::fail;
using base::Result;

/// Where the RFC splits the leaves from `from` up to `to`: behind the largest power of two that is smaller
/// than their number. REQUIRES: at least two leaves.
std::uint64_t split_of(std::uint64_t from, std::uint64_t to) {
  return from + std::bit_floor(to - from - 1);
}

}  // namespace

Result<ProofBuilder> ProofBuilder::of_inclusion(std::uint64_t index, std::uint64_t size) {
  if (index >= size || size > TreeEdge::k_max_size) {
    return fail(Code::usage,
                "there is no leaf " + std::to_string(index) + " in a tree of " + std::to_string(size));
  }
  // PATH(m, D[n]) from the root down: the half without the leaf is a hash of the proof.
  std::vector<Run> runs;
  for (std::uint64_t from = 0, to = size; to - from > 1;) {
    const std::uint64_t split = split_of(from, to);
    if (index < split) {
      runs.push_back({split, to});
      to = split;
    } else {
      runs.push_back({from, split});
      from = split;
    }
  }
  std::reverse(runs.begin(), runs.end());
  return ProofBuilder(size, std::move(runs));
}

Result<ProofBuilder> ProofBuilder::of_consistency(std::uint64_t old_size, std::uint64_t size) {
  if (old_size == 0 || old_size > size || size > TreeEdge::k_max_size) {
    return fail(Code::usage, "a tree of " + std::to_string(size) +
                                 " leaves cannot be proved to extend one of " + std::to_string(old_size));
  }
  // SUBPROOF(m, D[n], b) from the root down, to where the old tree ends with a subtree of the new one.
  std::vector<Run> runs;
  std::uint64_t from = 0;
  for (std::uint64_t to = size; to != old_size;) {
    const std::uint64_t split = split_of(from, to);
    if (old_size <= split) {
      runs.push_back({split, to});
      to = split;
    } else {
      runs.push_back({from, split});
      from = split;
    }
  }
  // Where that subtree is the whole old tree, the verifier has its root already.
  if (from != 0) runs.push_back({from, old_size});
  std::reverse(runs.begin(), runs.end());
  return ProofBuilder(size, std::move(runs));
}

void ProofBuilder::take(const Digest& leaf) {
  for (Run& run : runs_) {
    if (run.from <= taken_ && taken_ < run.to) {
      run.edge.append(leaf);
      break;
    }
  }
  ++taken_;
}

Result<Proof> ProofBuilder::finish() const {
  if (taken_ != size_) {
    return fail(Code::malformed, "a proof in a tree of " + std::to_string(size_) + " leaves was given " +
                                     std::to_string(taken_));
  }
  Proof proof;
  for (const Run& run : runs_) proof.push_back(run.edge.root());
  return proof;
}

bool verify_inclusion(const Digest& leaf, std::uint64_t index, const model::TreeHead& head,
                      std::span<const Digest> proof) {
  if (index >= head.size) return false;
  // As the RFC names them: the node that was reached, and the last node of its level.
  std::uint64_t fn = index;
  std::uint64_t sn = head.size - 1;
  Digest root = leaf;
  for (const Digest& hash : proof) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      root = node_hash(hash, root);
      // A node without a right neighbour is the node of the next level, too.
      for (; (fn & 1) == 0 && fn != 0; fn >>= 1) sn >>= 1;
    } else {
      root = node_hash(root, hash);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && root == head.root;
}

bool verify_consistency(const model::TreeHead& old_head, const model::TreeHead& head,
                        std::span<const Digest> proof) {
  if (old_head.size == 0 || old_head.size > head.size) return false;
  if (old_head.size == head.size) return proof.empty() && old_head.root == head.root;
  std::uint64_t fn = old_head.size - 1;
  std::uint64_t sn = head.size - 1;
  for (; (fn & 1) != 0; fn >>= 1) sn >>= 1;

  // An old tree that is a subtree of the new one begins with its own root, which the proof leaves out.
  Digest old_root = old_head.root;
  if (!std::has_single_bit(old_head.size)) {
    if (proof.empty()) return false;
    old_root = proof.front();
    proof = proof.subspan(1);
  }
  Digest root = old_root;
  for (const Digest& hash : proof) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      old_root = node_hash(hash, old_root);
      root = node_hash(hash, root);
      for (; (fn & 1) == 0 && fn != 0; fn >>= 1) sn >>= 1;
    } else {
      root = node_hash(root, hash);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && old_root == old_head.root && root == head.root;
}

}  // namespace pvm::crypto
