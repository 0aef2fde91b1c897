// SPDX-License-Identifier: Apache-2.0
// Every text of the table through the ways in which foreign bytes become text.
#include "display_strings.hpp"

#include <set>

using namespace pvm::base;
using namespace pvm::test;

namespace {

// What is left of the text where display cut it, from its own words.
std::string cut_mark(std::size_t bytes) {
  return "… (" + grouped(bytes) + " bytes more)";
}

// No apostrophe between the first and the last byte ends the quotes.
bool keeps_its_quotes(const std::string& quoted) {
  if (quoted.size() < 2 || quoted.front() != '\'' || quoted.back() != '\'') return false;
  std::size_t at = 1;
  while (at + 1 < quoted.size() && quoted[at] != '\'') at += quoted[at] == '\\' ? 2U : 1U;
  return at + 1 == quoted.size();
}

}  // namespace

TEST_CASE("every text of the table is shown as the table says, in one line that does not lie") {
  const auto strings = read_display_strings();
  REQUIRE(strings.size() >= 60);
  for (const DisplayString& string : strings) {
    CAPTURE(string.name);
    CHECK(display(string.once) == string.shown);
    CHECK(is_plain(string.once) == (string.once == string.shown));
    for (const std::string& shown :
         {display(string.whole), pvm::base::quoted(string.whole), display(string.whole, 7)}) {
      CHECK(what_lies(shown) == "");
      CHECK(lines_in(shown) == 0);
    }
    CHECK(keeps_its_quotes(pvm::base::quoted(string.whole)));
  }
}

TEST_CASE("no two texts are shown alike") {
  std::set<std::string> texts;
  std::set<std::string> shown;
  for (const DisplayString& string : read_display_strings()) {
    texts.insert(string.once);
    shown.insert(display(string.once));
  }
  CHECK(shown.size() == texts.size());
}

TEST_CASE("however long a text is, what is shown is short and says how much it left out") {
  std::size_t cut = 0;
  for (const DisplayString& string : read_display_strings()) {
    const std::string shown = display(string.whole);
    CAPTURE(string.name);
    CHECK(shown.size() < 11 * 4096);
    if (string.whole.size() <= 4096) continue;
    ++cut;
    const bool is_told = shown.ends_with(cut_mark(string.whole.size() - 4096)) ||
                         shown.ends_with(cut_mark(string.whole.size() - 4095)) ||
                         shown.ends_with(cut_mark(string.whole.size() - 4094));
    CHECK_MESSAGE(is_told, shown.substr(shown.size() - 40));
  }
  CHECK(cut >= 5);
}

TEST_CASE("every text of the table can be stored and pasted") {
  for (const DisplayString& string : read_display_strings()) {
    CAPTURE(string.name);
    CHECK(percent_decode(percent_encode(string.whole)) == string.whole);
    const std::string command = shell_command({"rm", string.whole.substr(0, 50'000)});
    CHECK(what_lies(command) == "");
    CHECK(lines_in(command) == 0);
  }
}

TEST_CASE("each code point is shown, or escaped, whatever stands beside it") {
  const auto in_utf8 = [](char32_t c) {
    std::string bytes;
    const auto tail = [&](int shift) { bytes += static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
    if (c < 0x80) return std::string(1, static_cast<char>(c));
    if (c < 0x800) {
      bytes += static_cast<char>(0xC0 | (c >> 6));
    } else if (c < 0x10000) {
      bytes += static_cast<char>(0xE0 | (c >> 12)), tail(6);
    } else {
      bytes += static_cast<char>(0xF0 | (c >> 18)), tail(12), tail(6);
    }
    tail(0);
    return bytes;
  };
  std::size_t escaped = 0;
  // Where whole planes are alike, a part of them will do.
  const auto step = [](char32_t c) { return (c >= 0x20000 && c < 0xE0000) || c >= 0xF0000 ? 251U : 1U; };
  for (char32_t c = 1; c <= 0x10FFFF; c += step(c)) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    const std::string bytes = in_utf8(c);
    const std::string shown = display("a" + bytes);
    if (shown == "a" + bytes) {
      REQUIRE(what_lies(shown) == "");
      REQUIRE(is_plain("a" + bytes));
    } else {
      REQUIRE(shown.find('\\') == 1);
      ++escaped;
    }
    if (is_mark(c)) REQUIRE(display(bytes).starts_with("\\u{"));
  }
  CHECK(escaped > 10'000);  // most of it for private use
}
