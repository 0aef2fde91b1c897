// SPDX-License-Identifier: Apache-2.0
// Bracket expressions of scope patterns. Floor: model (pure).
//
// The grammar and the classes are those of git's wildmatch (git: wildmatch.c, ctype.c), in ASCII whatever the
// locale: a leading '!' or '^' negates; a ']' that comes first and a '-' without two ends stand for
// themselves;
// '\' quotes; [:space:] is space, tab, line feed and carriage return. What wildmatch silently never matches
// (no closing bracket, a backward range, an unknown class, nothing left to match) is an error here.
#pragma once

#include <bitset>
#include <string_view>

#include "libpvm/base/result.hpp"

namespace pvm::model {

/// Which of the 256 bytes are meant; never '/' and never NUL.
using ByteSet = std::bitset<256>;

/// Reads a set from the front of `rest`, which begins just after the '[', and removes it with its ']'.
/// Errors: malformed, with the fault alone as message.
[[nodiscard]] base::Result<ByteSet> read_byte_set(std::string_view& rest);

}  // namespace pvm::model
