// SPDX-License-Identifier: Apache-2.0
// Asking a person, at a terminal of their own.
#pragma once

#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/system/settings.hpp"

namespace pvm::pvmctl::approval {

/// --yes, where given.
enum class Prompting { ask, skip };

/// Shows `text` and asks `question` on /dev/tty; whatever is not "y" or "yes" is a no. With Prompting::skip
/// nothing is asked where the configuration says approve_without_terminal. Errors: refused (no terminal, or
/// no yes).
[[nodiscard]] base::Result<void> ask_for_consent(const std::string& text, std::string_view question,
                                                 Prompting prompting, const system::Settings& settings);

/// Shows `text` and `question` on /dev/tty, and returns the line that is typed then, without blanks around it. Errors: refused (no
/// terminal).
[[nodiscard]] base::Result<std::string> ask_for_line(const std::string& text, std::string_view question);

/// The same of a secret: what is typed is not shown, and its blanks count. Errors: refused (no terminal, or one whose echo cannot
/// be turned off).
[[nodiscard]] base::Result<std::string> ask_for_secret(const std::string& text, std::string_view question);

}  // namespace pvm::pvmctl::approval
