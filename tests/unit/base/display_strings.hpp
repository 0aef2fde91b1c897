// SPDX-License-Identifier: Apache-2.0
// The table of texts that lie to a terminal (tests/data/display_strings.tsv), and what no text of ours may
// hold.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "libpvm/base/code_points.hpp"
#include "libpvm/base/text.hpp"

namespace pvm::test {

struct DisplayString {
  std::string name;
  std::string once;   // the text, not repeated
  std::string shown;  // what display makes of that
  std::string whole;  // the text, repeated as often as the table says
};

inline std::vector<DisplayString> read_display_strings() {
  std::ifstream file(std::string(PVM_TEST_DATA) + "/display_strings.tsv");
  REQUIRE(file.good());
  std::vector<DisplayString> strings;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream columns(line);
    std::string name, times, once, shown;
    std::getline(columns, name, '\t');
    std::getline(columns, times, '\t');
    std::getline(columns, once, '\t');
    std::getline(columns, shown);
    const auto text = base::percent_decode(once);
    const auto display = base::percent_decode(shown);
    REQUIRE_MESSAGE((text.has_value() && display.has_value()), line);
    std::string whole;
    for (int i = std::stoi(times); i > 0; --i) whole += *text;
    strings.push_back({name, *text, *display, whole});
  }
  return strings;
}

/// What in `text` could move a cursor, turn text about or hide; empty: nothing. Newlines may stand.
inline std::string what_lies(std::string_view text) {
  constexpr std::array<std::array<char32_t, 2>, 19> k_liars = {{{0x00, 0x09},
                                                                {0x0B, 0x1F},
                                                                {0x7F, 0xA0},
                                                                {0xAD, 0xAD},
                                                                {0x34F, 0x34F},
                                                                {0x61C, 0x61C},
                                                                {0x180E, 0x180E},
                                                                {0x200B, 0x200F},
                                                                {0x2028, 0x202E},
                                                                {0x2060, 0x206F},
                                                                {0x2800, 0x2800},
                                                                {0x3000, 0x3000},
                                                                {0x3164, 0x3164},
                                                                {0xFE00, 0xFE0F},
                                                                {0xFEFF, 0xFEFF},
                                                                {0xFFF9, 0xFFFB},
                                                                {0xFFFE, 0xFFFF},
                                                                {0xE0000, 0xE0FFF},
                                                                {0xF0000, 0x10FFFF}}};
  if (!base::is_utf8(text)) return "bytes that are not UTF-8";
  while (!text.empty()) {
    const auto c = base::decode_one(text);
    for (const auto& range : k_liars) {
      if (c.value >= range[0] && c.value <= range[1]) return "code point " + std::to_string(c.value);
    }
    text.remove_prefix(c.size);
  }
  return {};
}

inline std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace pvm::test
