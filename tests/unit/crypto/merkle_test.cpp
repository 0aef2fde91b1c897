// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/merkle.hpp"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libpvm/crypto/sha256.hpp"

using pvm::base::Digest;
using pvm::base::to_hex;
using pvm::crypto::leaf_hash;
using pvm::crypto::sha256;
using pvm::crypto::TreeEdge;

namespace {

std::string text_of(const Digest& digest) {
  return {digest.begin(), digest.end()};
}

// RFC 6962 section 2.1 to the letter: split at the largest power of two below n.
Digest reference_root(std::span<const std::string> records) {
  if (records.empty()) return sha256("");
  if (records.size() == 1) return sha256(std::string(1, '\0') + records[0]);
  const std::size_t split = std::bit_floor(records.size() - 1);
  return sha256("\x01" + text_of(reference_root(records.first(split))) +
                text_of(reference_root(records.subspan(split))));
}

std::vector<std::string> numbered_records(std::size_t count) {
  std::vector<std::string> records;
  for (std::size_t i = 0; i < count; ++i) records.push_back("record " + std::to_string(i));
  return records;
}

TreeEdge edge_over(std::span<const std::string> records) {
  TreeEdge edge;
  for (const std::string& record : records) edge.append(leaf_hash(record));
  return edge;
}

}  // namespace

TEST_CASE("the root of the empty tree is the digest of nothing") {
  CHECK(to_hex(TreeEdge().root()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(TreeEdge().size() == 0);
  CHECK(TreeEdge().hashes().empty());
}

TEST_CASE("the roots of the Certificate Transparency reference tree") {
  using namespace std::string_literals;
  const std::array<std::string, 8> leaves = {
      ""s,
      "\0"s,
      "\x10"s,
      "\x20\x21"s,
      "\x30\x31"s,
      "\x40\x41\x42\x43"s,
      "\x50\x51\x52\x53\x54\x55\x56\x57"s,
      "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"s};
  const std::array<std::string, 8> roots = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  TreeEdge edge;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    edge.append(leaf_hash(leaves[i]));
    CAPTURE(i);
    CHECK(to_hex(edge.root()) == roots[i]);
  }
}

TEST_CASE("the edge tells the same root as the definition, for every size up to 260") {
  const auto records = numbered_records(260);
  TreeEdge edge;
  for (std::size_t size = 0; size <= records.size(); ++size) {
    CAPTURE(size);
    CHECK(edge.size() == size);
    CHECK(edge.root() == reference_root(std::span(records).first(size)));
    CHECK(edge.head() == pvm::model::TreeHead{size, edge.root()});
    CHECK(edge.hashes().size() == 32 * static_cast<std::size_t>(std::popcount(size)));
    if (size < records.size()) edge.append(leaf_hash(records[size]));
  }
}

TEST_CASE("an edge taken from its parts grows on as the one it came from") {
  const auto records = numbered_records(70);
  for (std::size_t size = 0; size <= 64; ++size) {
    CAPTURE(size);
    const TreeEdge whole = edge_over(std::span(records).first(size));
    auto copy = TreeEdge::from_parts(size, whole.hashes());
    REQUIRE(copy.has_value());
    CHECK(*copy == whole);
    for (std::size_t next = size; next < records.size(); ++next) copy->append(leaf_hash(records[next]));
    CHECK(copy->root() == reference_root(records));
  }
}

TEST_CASE("a record that looks like a node gives no node's hash") {
  const Digest left = leaf_hash("left");
  const Digest right = leaf_hash("right");
  const std::string forged = text_of(left) + text_of(right);
  CHECK(leaf_hash(forged) != pvm::crypto::node_hash(left, right));
  CHECK(leaf_hash("\x01" + forged) != pvm::crypto::node_hash(left, right));
}

TEST_CASE("an edge whose hashes do not fit its size is refused") {
  const std::string one(32, 'x');
  const std::array<std::pair<std::uint64_t, std::string>, 9> wrong = {{{0, one},
                                                                       {0, "x"},
                                                                       {1, ""},
                                                                       {1, one.substr(1)},
                                                                       {1, one + "x"},
                                                                       {1, one + one},
                                                                       {3, one},
                                                                       {7, one + one},
                                                                       {UINT64_MAX, one}}};
  for (const auto& parts : wrong) {
    CAPTURE(parts.first);
    CAPTURE(parts.second.size());
    const auto edge = TreeEdge::from_parts(parts.first, parts.second);
    REQUIRE_FALSE(edge.has_value());
    CHECK(edge.error().code == pvm::base::Code::malformed);
  }
  CHECK(TreeEdge::from_parts(0, "").has_value());
  CHECK(TreeEdge::from_parts(3, one + one).has_value());
}

TEST_CASE("a size that no vault can hold is refused, the largest that it can is not") {
  const auto hashes_for = [](std::uint64_t size) {
    return std::string(32 * static_cast<std::size_t>(std::popcount(size)), 'x');
  };
  const std::uint64_t over = TreeEdge::k_max_size + 1;
  CHECK_FALSE(TreeEdge::from_parts(over, hashes_for(over)).has_value());
  CHECK_FALSE(TreeEdge::from_parts(UINT64_MAX, hashes_for(UINT64_MAX)).has_value());
  auto full = TreeEdge::from_parts(TreeEdge::k_max_size, hashes_for(TreeEdge::k_max_size));
  REQUIRE(full.has_value());
  full->append(leaf_hash("one more"));
  CHECK(full->hashes().size() == 32);
}
