// SPDX-License-Identifier: Apache-2.0
// What secrets look like; for redact.cpp alone. Floor: model (pure).
//
// Every finder looks at one position, and its answer depends on adjoining bytes alone, so that cutting a text
// where something was removed can lose a find but never make one (the last finders excepted, see below).
// A finder that fails has read a bounded number of bytes, or bytes that no later position reads again.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace pvm::model {

/// The bytes [begin, end) of a text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] bool empty() const { return begin >= end; }
};

struct Finder {
  /// The bytes that announce such a secret; no other position is worth a look.
  std::string_view announcers;
  /// The secret that position `at` announces, which may begin before it; an empty span: none.
  /// REQUIRES: text[at] is one of `announcers`.
  Span (*find)(std::string_view text, std::size_t at);
  /// The next one may begin so many bytes before the end of what was found.
  std::size_t overlap = 0;
};

inline constexpr std::size_t k_most_finders = 32;

/// To be applied to the text as it came; their finds may overlap.
[[nodiscard]] std::span<const Finder> finders();
/// To be applied to each piece that is then left: they ask what comes before, and a cut is a fresh start.
[[nodiscard]] std::span<const Finder> last_finders();

}  // namespace pvm::model
