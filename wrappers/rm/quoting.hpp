// SPDX-License-Identifier: Apache-2.0
// Names as GNU rm's messages quote them (gnulib's quotearg). Program: safe-rm.
//
// Which characters can be printed is for the process's LC_CTYPE to say, as it is in rm: only those of ASCII
// where the program has not called setlocale.
#pragma once

#include <string>
#include <string_view>

namespace pvm::wrappers::rm {

/// For the shell, always quoted (gnulib's shell-escape-always): 'a', "it's", 'a'$'\n''b'.
[[nodiscard]] std::string quote(const std::string& name);

/// The same, quoted only where the shell needs it (gnulib's shell-escape). REQUIRES: name starts with '-'.
[[nodiscard]] std::string quote_if_needed(const std::string& name);

/// For people (gnulib's locale style): quotes as the locale has them, 'a' or ‘a’, and C escapes inside.
[[nodiscard]] std::string quote_for_reading(std::string_view value);

}  // namespace pvm::wrappers::rm
