// SPDX-License-Identifier: Apache-2.0
// Every small change of a text, each once: what a signature must not survive.
//
//   a byte replaced   by each of the 255 others; in the short form by the 8 that differ in one bit, and a few
//                     that mean something to a parser
//   a cut             from the front and from the back, of every length; in the long form every part from
//   within too a byte put in     of every value (or of those few) at every place, and one left out
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pvm::test {

enum class Depth { some, all };

/// What was changed, to name it where a test fails.
struct Mutation {
  std::string_view kind;
  std::size_t at;
  std::size_t what;  // the new byte, or how many are left
};

using MutationVisitor = std::function<void(const std::string& changed, const Mutation& mutation)>;

namespace detail {

inline constexpr std::array<unsigned char, 16> k_telling_bytes = {
    0x00, 0x09, 0x0A, 0x0D, 0x20, '%', '+', '-', '/', '0', '=', 'A', 'a', 0x7F, 0x80, 0xFF};

// The values a byte is replaced by; without `original`, each once.
inline std::vector<char> other_values(char original, Depth depth) {
  std::array<bool, 256> wanted{};
  wanted.fill(depth == Depth::all);
  const auto old = static_cast<unsigned char>(original);
  for (unsigned bit = 0; bit < 8; ++bit) wanted[old ^ (1U << bit)] = true;
  for (const unsigned char value : k_telling_bytes) wanted[value] = true;
  wanted[old] = false;
  std::vector<char> values;
  for (std::size_t value = 0; value < 256; ++value) {
    if (wanted[value]) values.push_back(static_cast<char>(value));
  }
  return values;
}

inline std::vector<char> new_values(Depth depth) {
  if (depth == Depth::some) return {k_telling_bytes.begin(), k_telling_bytes.end()};
  std::vector<char> values;
  for (int value = 0; value < 256; ++value) values.push_back(static_cast<char>(value));
  return values;
}

inline std::size_t byte_of(char c) {
  return static_cast<unsigned char>(c);
}

}  // namespace detail

/// Calls `visit` with each change of `good`; gives how many there were. REQUIRES: good is not empty.
inline std::size_t each_mutation(const std::string& good, Depth depth, const MutationVisitor& visit) {
  std::size_t count = 0;
  const auto tell = [&](const std::string& changed, const Mutation& mutation) {
    ++count;
    visit(changed, mutation);
  };
  const std::size_t size = good.size();

  for (std::size_t left = 0; left < size; ++left) tell(good.substr(0, left), {"cut at the back", left, left});
  for (std::size_t from = 1; from < size; ++from)
    tell(good.substr(from), {"cut at the front", from, size - from});
  for (std::size_t from = 1; depth == Depth::all && from < size; ++from) {
    for (std::size_t left = 1; from + left < size; ++left) {
      tell(good.substr(from, left), {"cut at both ends", from, left});
    }
  }

  std::string changed = good;
  for (std::size_t at = 0; at < size; ++at) {
    for (const char value : detail::other_values(good[at], depth)) {
      changed[at] = value;
      tell(changed, {"replaced", at, detail::byte_of(value)});
    }
    changed[at] = good[at];
  }

  const std::vector<char> added = detail::new_values(depth);
  for (std::size_t at = 0; at <= size; ++at) {
    changed = good;
    changed.insert(at, 1, '\0');
    for (const char value : added) {
      if (at < size && value == good[at]) continue;  // the same text as with this byte one further on
      changed[at] = value;
      tell(changed, {"put in", at, detail::byte_of(value)});
    }
  }
  const std::size_t first =
      good.find_first_not_of(good[0]);  // what is before is a cut, and so is the last byte
  for (std::size_t at = first; at < size - 1; ++at) {
    if (good[at] == good[at + 1]) continue;  // likewise
    changed = good;
    changed.erase(at, 1);
    tell(changed, {"left out", at, detail::byte_of(good[at])});
  }
  return count;
}

}  // namespace pvm::test
