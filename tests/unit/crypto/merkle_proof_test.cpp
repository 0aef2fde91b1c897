// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/merkle_proof.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libpvm/crypto/sha256.hpp"
#include "tests/unit/thorough.hpp"

using pvm::base::Code;
using pvm::base::Digest;
using pvm::base::to_hex;
using pvm::crypto::leaf_hash;
using pvm::crypto::Proof;
using pvm::crypto::ProofBuilder;
using pvm::crypto::sha256;
using pvm::crypto::TreeEdge;
using pvm::crypto::verify_consistency;
using pvm::crypto::verify_inclusion;
using pvm::model::TreeHead;

namespace {

using Leaves = std::span<const Digest>;

// ---- RFC 6962 section 2.1, to the letter, over leaf hashes ----

std::string text_of(const Digest& digest) {
  return {digest.begin(), digest.end()};
}

std::size_t k_of(Leaves leaves) {
  return std::bit_floor(leaves.size() - 1);
}

Digest mth(Leaves leaves) {
  if (leaves.empty()) return sha256("");
  if (leaves.size() == 1) return leaves[0];
  const std::size_t k = k_of(leaves);
  return sha256("\x01" + text_of(mth(leaves.first(k))) + text_of(mth(leaves.subspan(k))));
}

Proof with(Proof proof, const Digest& last) {
  proof.push_back(last);
  return proof;
}

Proof path(std::size_t m, Leaves leaves) {
  if (leaves.size() == 1) return {};
  const std::size_t k = k_of(leaves);
  if (m < k) return with(path(m, leaves.first(k)), mth(leaves.subspan(k)));
  return with(path(m - k, leaves.subspan(k)), mth(leaves.first(k)));
}

enum class Complete { yes, no };

Proof subproof(std::size_t m, Leaves leaves, Complete complete) {
  if (m == leaves.size()) return complete == Complete::yes ? Proof{} : Proof{mth(leaves)};
  const std::size_t k = k_of(leaves);
  if (m <= k) return with(subproof(m, leaves.first(k), complete), mth(leaves.subspan(k)));
  return with(subproof(m - k, leaves.subspan(k), Complete::no), mth(leaves.first(k)));
}

// ---- what is tested ----

std::vector<Digest> numbered_leaves(std::size_t count) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(leaf_hash("record " + std::to_string(i)));
  return leaves;
}

TreeHead head_of(Leaves leaves) {
  return {leaves.size(), mth(leaves)};
}

Proof built(pvm::base::Result<ProofBuilder> builder, Leaves leaves) {
  REQUIRE(builder.has_value());
  for (const Digest& leaf : leaves) builder->take(leaf);
  const auto proof = builder->finish();
  REQUIRE(proof.has_value());
  return *proof;
}

Proof inclusion(std::size_t index, Leaves leaves) {
  return built(ProofBuilder::of_inclusion(index, leaves.size()), leaves);
}

Proof consistency(std::size_t old_size, Leaves leaves) {
  return built(ProofBuilder::of_consistency(old_size, leaves.size()), leaves);
}

Digest flipped(Digest digest, std::size_t byte) {
  digest[byte % digest.size()] ^= 0x80;
  return digest;
}

/// What an attacker could make of a proof without finding a collision: each hash changed, left out, doubled
/// or swapped with the next, and `foreign` hashes put before and behind.
std::vector<Proof> mutations(const Proof& proof, std::span<const Digest> foreign) {
  std::vector<Proof> all;
  for (std::size_t at = 0; at < proof.size(); ++at) {
    const auto place = static_cast<std::ptrdiff_t>(at);
    Proof changed = proof;
    changed[at] = flipped(changed[at], at);
    all.push_back(changed);
    changed = proof;
    changed.erase(changed.begin() + place);
    all.push_back(changed);
    changed = proof;
    changed.insert(changed.begin() + place, proof[at]);
    all.push_back(changed);
    changed = proof;
    if (at + 1 < proof.size()) std::swap(changed[at], changed[at + 1]);
    if (changed != proof) all.push_back(changed);
  }
  for (const Digest& hash : foreign) {
    Proof changed = proof;
    changed.insert(changed.begin(), hash);
    all.push_back(changed);
    all.push_back(with(proof, hash));
  }
  return all;
}

std::size_t largest_size() {
  return is_thorough() ? 260 : 70;
}

// The tree of the Certificate Transparency reference implementations; merkle_test.cpp has its roots.
std::vector<Digest> reference_leaves(std::size_t count) {
  using namespace std::string_literals;
  const std::vector<std::string> records = {
      ""s,
      "\0"s,
      "\x10"s,
      "\x20\x21"s,
      "\x30\x31"s,
      "\x40\x41\x42\x43"s,
      "\x50\x51\x52\x53\x54\x55\x56\x57"s,
      "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"s};
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(leaf_hash(records[i]));
  return leaves;
}

std::vector<std::string> hex_of(const Proof& proof) {
  std::vector<std::string> all;
  for (const Digest& hash : proof) all.push_back(to_hex(hash));
  return all;
}

using Hex = std::vector<std::string>;

/// Why there is no value; nullopt where there is one.
template <class T>
std::optional<Code> code_of(const pvm::base::Result<T>& result) {
  return result.has_value() ? std::nullopt : std::optional<Code>(result.error().code);
}

}  // namespace

TEST_CASE("the inclusion proofs of the Certificate Transparency reference tree") {
  const auto proof = [](std::size_t index, std::size_t size) {
    return hex_of(inclusion(index, reference_leaves(size)));
  };
  CHECK(proof(0, 1) == Hex{});
  CHECK(proof(0, 8) == Hex{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                           "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                           "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"});
  CHECK(proof(5, 8) == Hex{"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                           "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                           "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"});
  CHECK(proof(2, 3) == Hex{"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"});
  CHECK(proof(1, 5) == Hex{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                           "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                           "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"});
}

TEST_CASE("the consistency proofs of the Certificate Transparency reference tree") {
  const auto proof = [](std::size_t old_size, std::size_t size) {
    return hex_of(consistency(old_size, reference_leaves(size)));
  };
  CHECK(proof(1, 1) == Hex{});
  CHECK(proof(1, 8) == Hex{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                           "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                           "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"});
  CHECK(proof(6, 8) == Hex{"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                           "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                           "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"});
  CHECK(proof(2, 5) == Hex{"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                           "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"});
}

TEST_CASE("an inclusion proof is the definition's, for every leaf of every size, and verifies") {
  const auto all = numbered_leaves(largest_size());
  for (std::size_t size = 1; size <= all.size(); ++size) {
    const Leaves leaves = Leaves(all).first(size);
    const TreeHead head = head_of(leaves);
    for (std::size_t index = 0; index < size; ++index) {
      CAPTURE(index);
      CAPTURE(size);
      const Proof proof = inclusion(index, leaves);
      REQUIRE(proof == path(index, leaves));
      REQUIRE(verify_inclusion(leaves[index], index, head, proof));
    }
  }
}

TEST_CASE("a consistency proof is the definition's, for every pair of sizes, and verifies") {
  const auto all = numbered_leaves(largest_size());
  for (std::size_t size = 1; size <= all.size(); ++size) {
    const Leaves leaves = Leaves(all).first(size);
    const TreeHead head = head_of(leaves);
    for (std::size_t old_size = 1; old_size <= size; ++old_size) {
      CAPTURE(old_size);
      CAPTURE(size);
      const Proof proof = consistency(old_size, leaves);
      REQUIRE(proof == subproof(old_size, leaves, Complete::yes));
      REQUIRE(verify_consistency(head_of(leaves.first(old_size)), head, proof));
    }
  }
}

TEST_CASE("an inclusion proof that is changed in any way, or is of another leaf, place or root, is refused") {
  const auto all = numbered_leaves(is_thorough() ? 70 : 35);
  std::size_t refused = 0;
  for (std::size_t size = 1; size <= all.size(); ++size) {
    const Leaves leaves = Leaves(all).first(size);
    const TreeHead head = head_of(leaves);
    for (std::size_t index = 0; index < size; ++index) {
      CAPTURE(index);
      CAPTURE(size);
      const Digest& leaf = leaves[index];
      const Proof proof = path(index, leaves);
      const std::vector<Digest> foreign = {Digest{}, leaf, head.root};
      for (const Proof& changed : mutations(proof, foreign)) {
        REQUIRE_FALSE(verify_inclusion(leaf, index, head, changed));
        ++refused;
      }
      for (std::size_t place = 0; place < size + 3; ++place) {
        if (place == index) continue;
        REQUIRE_FALSE(verify_inclusion(leaf, place, head, proof));
        if (place < size) REQUIRE_FALSE(verify_inclusion(leaves[place], index, head, proof));
      }
      REQUIRE_FALSE(verify_inclusion(flipped(leaf, index), index, head, proof));
      REQUIRE_FALSE(verify_inclusion(leaf, index, {size, flipped(head.root, index)}, proof));
    }
  }
  CHECK(refused > 10'000);
}

TEST_CASE("a consistency proof that is changed in any way, or is of other roots, is refused") {
  const auto all = numbered_leaves(is_thorough() ? 70 : 35);
  std::size_t refused = 0;
  for (std::size_t size = 1; size <= all.size(); ++size) {
    const Leaves leaves = Leaves(all).first(size);
    const TreeHead head = head_of(leaves);
    for (std::size_t old_size = 1; old_size <= size; ++old_size) {
      CAPTURE(old_size);
      CAPTURE(size);
      const TreeHead old_head = head_of(leaves.first(old_size));
      const Proof proof = subproof(old_size, leaves, Complete::yes);
      const std::vector<Digest> foreign = {Digest{}, old_head.root, head.root};
      for (const Proof& changed : mutations(proof, foreign)) {
        REQUIRE_FALSE(verify_consistency(old_head, head, changed));
        ++refused;
      }
      REQUIRE_FALSE(verify_consistency({old_size, flipped(old_head.root, size)}, head, proof));
      REQUIRE_FALSE(verify_consistency(old_head, {size, flipped(head.root, old_size)}, proof));
      if (old_size != size) REQUIRE_FALSE(verify_consistency(head, old_head, proof));
    }
  }
  CHECK(refused > 10'000);
}

TEST_CASE("a log that was rewritten before the old head cannot be proved to extend it") {
  const auto leaves = numbered_leaves(40);
  for (std::size_t old_size = 1; old_size < leaves.size(); ++old_size) {
    for (std::size_t at = 0; at < old_size; ++at) {
      CAPTURE(old_size);
      CAPTURE(at);
      auto rewritten = leaves;
      rewritten[at] = leaf_hash("another");
      REQUIRE_FALSE(verify_consistency(head_of(Leaves(leaves).first(old_size)), head_of(rewritten),
                                       subproof(old_size, rewritten, Complete::yes)));
    }
  }
}

TEST_CASE("an inner node does not pass for a leaf") {
  const auto leaves = numbered_leaves(8);
  const TreeHead head = head_of(leaves);
  const Proof proof = path(2, leaves);
  const Digest node = pvm::crypto::node_hash(leaves[2], leaves[3]);
  for (const std::uint64_t index : {0U, 1U, 2U, 3U}) {
    CHECK_FALSE(verify_inclusion(node, index, head, std::span(proof).subspan(1)));
  }
  CHECK_FALSE(verify_inclusion(head.root, 0, head, {}));
}

TEST_CASE("nothing is in the empty tree, and nothing is proved by extending it") {
  const Digest empty = sha256("");
  const Digest leaf = leaf_hash("record");
  CHECK_FALSE(verify_inclusion(leaf, 0, {0, empty}, {}));
  CHECK_FALSE(verify_inclusion(empty, 0, {0, empty}, {}));
  CHECK_FALSE(verify_consistency({0, empty}, {0, empty}, {}));
  CHECK_FALSE(verify_consistency({0, empty}, {1, leaf}, {}));
  CHECK_FALSE(verify_consistency({0, empty}, {1, leaf}, Proof{leaf}));
  CHECK(code_of(ProofBuilder::of_inclusion(0, 0)) == Code::usage);
  CHECK(code_of(ProofBuilder::of_consistency(0, 0)) == Code::usage);
  CHECK(code_of(ProofBuilder::of_consistency(0, 5)) == Code::usage);
}

TEST_CASE("a tree is consistent with itself by an empty proof and by no other root") {
  const auto leaves = numbered_leaves(5);
  const TreeHead head = head_of(leaves);
  CHECK(verify_consistency(head, head, {}));
  CHECK_FALSE(verify_consistency(head, head, Proof{head.root}));
  CHECK_FALSE(verify_consistency(head, {5, flipped(head.root, 0)}, {}));
}

TEST_CASE("a shorter tree does not extend a longer one, whatever its root") {
  const Digest root = leaf_hash("root");
  for (std::uint64_t old_size = 2; old_size < 40; ++old_size) {
    for (std::uint64_t size = 1; size < old_size; ++size) {
      CAPTURE(old_size);
      CAPTURE(size);
      CHECK_FALSE(verify_consistency({old_size, root}, {size, root}, {}));
      CHECK_FALSE(verify_consistency({old_size, root}, {size, root}, Proof{root}));
    }
  }
}

TEST_CASE("sizes at the end of what a number holds are judged, and never looped over") {
  const Digest root = leaf_hash("root");
  CHECK_FALSE(verify_inclusion(root, UINT64_MAX, {UINT64_MAX, root}, {}));
  CHECK_FALSE(verify_inclusion(root, UINT64_MAX - 1, {UINT64_MAX, root}, {}));
  CHECK_FALSE(verify_inclusion(root, 0, {UINT64_MAX, root}, Proof(200, root)));
  CHECK_FALSE(verify_consistency({UINT64_MAX - 1, root}, {UINT64_MAX, root}, Proof(200, root)));
  CHECK_FALSE(verify_consistency({1, root}, {UINT64_MAX, root}, {}));

  const std::uint64_t most = TreeEdge::k_max_size;
  CHECK(ProofBuilder::of_inclusion(0, most).has_value());
  CHECK(ProofBuilder::of_inclusion(most - 1, most).has_value());
  CHECK(ProofBuilder::of_consistency(3, most).has_value());
  CHECK(code_of(ProofBuilder::of_inclusion(most, most)) == Code::usage);
  CHECK(code_of(ProofBuilder::of_inclusion(0, most + 1)) == Code::usage);
  CHECK(code_of(ProofBuilder::of_consistency(most, most + 1)) == Code::usage);
  CHECK(code_of(ProofBuilder::of_consistency(2, 1)) == Code::usage);
}

TEST_CASE("a proof is made of all the leaves of its tree, no fewer and no more") {
  const auto leaves = numbered_leaves(8);
  for (std::size_t given = 0; given <= 8; ++given) {
    CAPTURE(given);
    auto of_inclusion = ProofBuilder::of_inclusion(2, 7);
    auto of_consistency = ProofBuilder::of_consistency(7, 7);  // without a hash, yet not without the leaves
    REQUIRE(of_inclusion.has_value());
    REQUIRE(of_consistency.has_value());
    for (std::size_t i = 0; i < given; ++i) {
      of_inclusion->take(leaves[i]);
      of_consistency->take(leaves[i]);
    }
    CHECK(of_inclusion->finish().has_value() == (given == 7));
    CHECK(of_consistency->finish().has_value() == (given == 7));
    if (given != 7) CHECK(code_of(of_inclusion->finish()) == Code::malformed);
  }
}

TEST_CASE("proofs in a tree of many leaves verify against the root that its edge tells") {
  const std::uint64_t size = is_thorough() ? 3'000'001 : 20'001;
  for (const std::uint64_t at : {std::uint64_t{1}, size / 3, size - 1}) {
    CAPTURE(at);
    auto of_leaf = ProofBuilder::of_inclusion(at, size);
    auto of_head = ProofBuilder::of_consistency(at, size);
    REQUIRE(of_leaf.has_value());
    REQUIRE(of_head.has_value());
    TreeEdge edge;
    TreeHead old_head;
    Digest wanted{};
    for (std::uint64_t i = 0; i < size; ++i) {
      const Digest leaf = leaf_hash(std::to_string(i));
      if (i == at) {
        wanted = leaf;
        old_head = edge.head();
      }
      of_leaf->take(leaf);
      of_head->take(leaf);
      edge.append(leaf);
    }
    const auto leaf_proof = of_leaf->finish();
    const auto head_proof = of_head->finish();
    REQUIRE(leaf_proof.has_value());
    REQUIRE(head_proof.has_value());
    CHECK(verify_inclusion(wanted, at, edge.head(), *leaf_proof));
    CHECK(verify_consistency(old_head, edge.head(), *head_proof));
  }
}
