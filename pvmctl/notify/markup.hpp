// SPDX-License-Identifier: Apache-2.0
// Foreign bytes as text of one service: nothing in them formats, links, mentions or hides. Pure.
//
// Each takes any bytes. They are first made fit to be shown (base::display: control and direction characters, and what is not
// UTF-8, are escaped), then cut to `most` bytes between code points, "…" at the end, and only then written in the service's way.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pvm::notify {

/// `text` with at most `most` bytes, "…" included, cut between code points and not within an escape of base::display.
/// REQUIRES: `text` is UTF-8; most >= 3.
[[nodiscard]] std::string cut(std::string_view text, std::size_t most);

/// Plain text, for where nothing has a meaning (ntfy, SMS, a text part of mail). "://" becomes ":/ /", so that no phone makes
/// a link of it.
[[nodiscard]] std::string plain_text(std::string_view bytes, std::size_t most);
/// Slack: '&', '<' and '>' as entities (so no <!channel>, <@U1>, <http://x>); for an element of type plain_text.
[[nodiscard]] std::string slack_text(std::string_view bytes, std::size_t most);
/// Discord: every sign that Markdown or a mention may start with has a backslash before it.
[[nodiscard]] std::string discord_text(std::string_view bytes, std::size_t most);
/// HTML, also within an attribute in quotes: '&', '<', '>', '"' and the apostrophe as entities. For Telegram and mail.
[[nodiscard]] std::string html_text(std::string_view bytes, std::size_t most);
/// Pango's markup as html_text, and each backslash twice, since notify-send reads escapes.
[[nodiscard]] std::string desktop_text(std::string_view bytes, std::size_t most);

/// The value of a mail header (RFC 2047): as it is where it is short ASCII, else in encoded words of at most 75 bytes that
/// hold whole code points; lines are folded. Never holds a line end but a fold.
[[nodiscard]] std::string mail_header(std::string_view bytes, std::size_t most);
/// Base64 in lines of 76 bytes, each ended by CRLF (RFC 2045).
[[nodiscard]] std::string mail_base64(std::string_view bytes);

}  // namespace pvm::notify
