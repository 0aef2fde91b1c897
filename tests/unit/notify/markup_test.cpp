// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/markup.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "libpvm/base/text.hpp"

using namespace pvm::notify;

namespace {

using Writer = std::string (*)(std::string_view, std::size_t);
constexpr std::array<Writer, 5> k_writers = {plain_text, slack_text, discord_text, html_text, desktop_text};

// What an agent may put into a reason to be seen as something else.
const std::vector<std::string> k_hostile = {
    "<!channel> <!here> <@U024BE7LH> <https://evil.example|your bank>",
    "@everyone @here <@123> <@&456> <#789> ||hidden|| **bold** `code`",
    "<b>PVM</b> <a href=\"https://evil.example\">approve</a> &lt; ' \" &amp;",
    "[approve](https://evil.example) ![x](https://evil.example/p) _x_ ~x~ > x # x - x",
    "one\r\nBcc: mallory@evil.example\r\n\r\n<html>",
    "\x1B[2J\x1B[31m\x07 \xE2\x80\xAEtxt.exe\xE2\x80\xAC \xE2\x80\x8B\xEF\xBB\xBF",
    "\xFF\xFE\xC0\xAF\xED\xA0\x80\xF4\x90\x80\x80",
    std::string("a\0b", 3),
    "line\xE2\x80\xA8separator\xE2\x80\xA9\xC2\x85",
    "$(reboot) `reboot` ; reboot | reboot",
    "=?UTF-8?B?QmNjOg==?=",
    "\xF0\x9F\x94\x91 J\xC3\xB6rg \xE6\xBC\xA2\xE5\xAD\x97",
};

bool has_control(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
  }
  return false;
}

bool is_cut_well(const std::string& text, std::size_t most) {
  const std::string kept = cut(text, most);
  return kept.size() <= most && pvm::base::is_utf8(kept);
}

}  // namespace

TEST_CASE("whatever is written is one line of UTF-8 that hides nothing") {
  for (const std::string& hostile : k_hostile) {
    for (const Writer write : k_writers) {
      for (std::size_t most = 3; most < 120; ++most) {
        const std::string text = write(hostile, most);
        CAPTURE(text);
        CHECK(pvm::base::is_utf8(text));
        CHECK_FALSE(has_control(text));
        CHECK(text.find("\xE2\x80\xAE") == std::string::npos);
        CHECK(text.find("\xE2\x80\x8B") == std::string::npos);
      }
    }
  }
}

TEST_CASE("Slack: nothing is a link or a mention") {
  for (const std::string& hostile : k_hostile) {
    const std::string text = slack_text(hostile, 500);
    CHECK(text.find_first_of("<>") == std::string::npos);
  }
  CHECK(slack_text("a & <!channel>", 100) == "a &amp; &lt;!channel&gt;");
}

TEST_CASE("Discord: every sign that could mean something has a backslash before it") {
  CHECK(discord_text("@everyone <@1> **b**", 100) == "\\@everyone \\<\\@1\\> \\*\\*b\\*\\*");
  CHECK(discord_text("[a](https://b.c)", 100) == "\\[a\\]\\(https\\://b\\.c\\)");
  for (const std::string& hostile : k_hostile) {
    const std::string text = discord_text(hostile, 500);
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\\') {
        ++at;
        continue;
      }
      CHECK(std::string("*_~`|<>@#:[]").find(text[at]) == std::string::npos);
    }
  }
}

TEST_CASE("HTML: no tag, no entity of theirs, no end of an attribute") {
  CHECK(html_text("<b>&\"'", 100) == "&lt;b&gt;&amp;&quot;&#39;");
  for (const std::string& hostile : k_hostile) CHECK(html_text(hostile, 500).find_first_of("<>\"'") == std::string::npos);
  CHECK(desktop_text("<a>\\n", 100) == "&lt;a&gt;\\\\\\\\n");
}

TEST_CASE("plain text: a phone makes no link of an address") {
  CHECK(plain_text("see https://evil.example", 100) == "see https:/ /evil.example");
}

TEST_CASE("a cut text ends between code points and between escapes, and says that it was cut") {
  CHECK(cut("abc", 3) == "abc");
  CHECK(cut("abcd", 3) == "…");
  CHECK(cut("abcdef", 5) == "ab…");
  CHECK(cut("\xC3\xB6\xC3\xB6\xC3\xB6\xC3\xB6", 6) == "\xC3\xB6…");
  CHECK(cut("a\\u{202E}bcdef", 8) == "a…");
  CHECK(cut("ab\\x1Bcdef", 8) == "ab…");
  const std::string long_text = "x\\u{202E}\xF0\x9F\x94\x91\\xFF\\n\xE6\xBC\xA2 \\\\ and on";
  for (std::size_t most = 3; most <= long_text.size(); ++most) CHECK(is_cut_well(long_text, most));
}

TEST_CASE("a header of a mail is one header, whatever is in it") {
  CHECK(mail_header("plain words", 100) == "plain words");
  for (const std::string& hostile : k_hostile) {
    for (const std::size_t most : {20U, 80U, 400U}) {
      const std::string header = mail_header(hostile + hostile, most);
      CAPTURE(header);
      std::size_t start = 0;
      for (std::size_t at = 0; at <= header.size(); ++at) {
        const bool is_end = at == header.size() || header[at] == '\r';
        if (at < header.size()) CHECK((header[at] >= ' ' || header[at] == '\r' || header[at] == '\n'));
        if (!is_end) continue;
        CHECK(at - start <= 78);
        if (at < header.size()) CHECK(header.substr(at, 3) == "\r\n ");
        start = at + 2;
      }
    }
  }
  CHECK(mail_header("=?UTF-8?B?QmNjOg==?=", 100).starts_with("=?UTF-8?B?PT9VVEYt"));
}

TEST_CASE("Base64 of a mail has lines of 76") {
  const std::string lines = mail_base64(std::string(200, 'x'));
  CHECK(lines.find("\r\n") == 76);
  CHECK(lines.ends_with("\r\n"));
  CHECK(mail_base64("").empty());
}
