// SPDX-License-Identifier: Apache-2.0
// A mail taken apart, as far as an answer to one of ours needs it (RFC 5322, RFC 2045, RFC 2046). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pvm::notify::callbacks {

struct MailText {
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, values unfolded
  std::string text;  // of the first part of type text/plain, decoded

  /// The value of the one header of that name; nullopt: there is none, or more than one.
  [[nodiscard]] std::optional<std::string> only(std::string_view name) const;
};

/// nullopt where it is no mail: a malformed header, an encoding that is not known, over 256 headers, parts within over 4 parts,
/// no text/plain.
[[nodiscard]] std::optional<MailText> read_mail(std::string_view mail);

/// "alice@example.org" of that, and of "Alice <alice@example.org>"; in lower case. nullopt for anything else, so for two.
[[nodiscard]] std::optional<std::string> mail_address(std::string_view from);

}  // namespace pvm::notify::callbacks
