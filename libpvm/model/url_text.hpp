// SPDX-License-Identifier: Apache-2.0
// Bytes of a URL, plain and escaped. Floor: model (pure).
//
// A pattern is read as an address is. Each of its wildcards is a NUL byte meanwhile, which no address has, and comes out
// as %00.
#pragma once

#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"

namespace pvm::model {

enum class Reading { address, pattern };

inline constexpr char k_wildcard = '\0';

/// Which bytes may stand as they are, besides letters, digits and "-._~".
enum class Escape {
  all,   ///< none
  user,  ///< !$&'()+,;=
  path,  ///< the same, ':' and '@'
};

/// `plain` with every other byte as %XX in upper case; "*?[\\#%/" never stand as they are.
[[nodiscard]] std::string escape(std::string_view plain, Escape kind);

/// `text` with each escape as its byte. Errors: malformed ('%' without two digits; %00), with the fault alone as message.
[[nodiscard]] base::Result<std::string> unescape(std::string_view text);

/// As git's url_decode does: what is no escape, and %00, stays as it is.
[[nodiscard]] std::string unescape_as_git(std::string_view text);

/// The value of the escape that `text` begins with, or -1.
[[nodiscard]] int escaped_byte(std::string_view text);

}  // namespace pvm::model
