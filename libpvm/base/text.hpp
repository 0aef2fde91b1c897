// SPDX-License-Identifier: Apache-2.0
// The three ways in which foreign bytes become text. Floor: base.
//
//   display          for people's eyes: nothing in it can move a cursor, reorder or hide letters
//   percent_encode   for signed and stored records: exactly one encoding of anything
//   shell_command    for hints: what sh makes of it is the argv it was made from
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pvm::base {

/// `bytes` with every control byte, backslash, byte that is not UTF-8, and every code point that is invisible,
/// a separator, a direction mark, or a combining mark beyond the fourth on a letter or on no letter of the text's own
/// escaped (\n, \t, \r, \\, \xHH, \u{HHHH}). Never longer than needed for
/// `max_bytes` of input; what was cut off is said ("… (1,234 bytes more)").
[[nodiscard]] std::string display(std::string_view bytes, std::size_t max_bytes = 4096);

/// `display` between apostrophes; an apostrophe inside is written \'.
[[nodiscard]] std::string quoted(std::string_view bytes, std::size_t max_bytes = 4096);

/// Whether `display` would leave `bytes` as they are.
[[nodiscard]] bool is_plain(std::string_view bytes);

/// Whether `bytes` are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view bytes);

/// Bytes outside 0x21-0x7E, and '%', as %XX in upper case. The empty string is "%", which nothing else encodes to.
[[nodiscard]] std::string percent_encode(std::string_view bytes);
/// Whether percent_encode writes `text` for anything.
[[nodiscard]] bool is_percent_encoded(std::string_view text);
/// Whether `encoded` is what percent_encode writes for `bytes`.
[[nodiscard]] bool is_encoded_as(std::string_view bytes, std::string_view encoded);
/// The inverse; nullopt for anything that percent_encode does not write.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

/// One command line for POSIX sh whose words are `words`, in one line without control bytes.
/// Leading words of the form NAME=value become assignments when `assignments` says how many there are.
/// REQUIRES: no word holds a NUL byte; assignments <= words.size().
[[nodiscard]] std::string shell_command(const std::vector<std::string>& words, std::size_t assignments = 0);

/// 1204 as "1,204".
[[nodiscard]] std::string grouped(std::uint64_t number);
/// Bytes as people say them: "812 B", "83 MiB" (powers of 1024, one decimal below 10).
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);
/// "1 file", "1,204 files"
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view one, std::string_view many);

}  // namespace pvm::base
