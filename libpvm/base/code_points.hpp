// SPDX-License-Identifier: Apache-2.0
// UTF-8 taken apart, and what is known of its code points. Floor: base.
#pragma once

#include <cstddef>
#include <string_view>

namespace pvm::base {

struct CodePoint {
  char32_t value = 0;
  std::size_t size = 0;  // bytes taken; 0: not UTF-8
};

/// The code point at the head of `bytes` (RFC 3629 table 3-7: no overlong forms, no surrogates). REQUIRES:
/// not empty.
[[nodiscard]] CodePoint decode_one(std::string_view bytes);

/// Whether a person cannot see it, or it changes how others are shown: general categories Cc, Cf, Zl, Zp, Co,
/// the noncharacters, Zs but for the space, variation selectors, and the letters and marks that are blank.
[[nodiscard]] bool is_hidden(char32_t c);

/// Whether it stands on the letter before it and takes no room of its own (general categories Mn and Me).
[[nodiscard]] bool is_mark(char32_t c);

}  // namespace pvm::base
