// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/ui/table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "libpvm/base/text.hpp"

using namespace pvm::pvmctl::ui;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find('\n', from);
    lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (const std::string& line : lines_of(text)) widest = std::max(widest, display_width(line));
  return widest;
}

}  // namespace

TEST_CASE("display_width counts cells, not bytes") {
  CHECK(display_width("") == 0);
  CHECK(display_width("build") == 5);
  CHECK(display_width("größe") == 5);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("\U0001F600") == 2);
  CHECK(display_width("…") == 1);
}

TEST_CASE("shorten leaves alone what fits") {
  CHECK(shorten("build", 5, Cut::end) == "build");
  CHECK(shorten("", 1, Cut::middle) == "");
}

TEST_CASE("shorten cuts at the end or in the middle, to the asked width") {
  CHECK(shorten("abcdefghij", 5, Cut::end) == "abcd…");
  CHECK(shorten("abcdefghij", 5, Cut::middle) == "ab…ij");
  CHECK(shorten("abcdefghij", 6, Cut::middle) == "abc…ij");
  CHECK(shorten("abcdefghij", 1, Cut::end) == "…");
  CHECK(shorten("abcdefghij", 1, Cut::middle) == "…");
}

TEST_CASE("shorten never splits a letter and never exceeds the width") {
  const std::string text = "日本e\u0301größe日本e\u0301";
  for (std::size_t width = 1; width < display_width(text); ++width) {
    for (const Cut cut : {Cut::end, Cut::middle}) {
      const std::string cut_text = shorten(text, width, cut);
      CHECK(pvm::base::is_utf8(cut_text));
      CHECK(display_width(cut_text) <= width);
      CHECK(cut_text.find("…") != std::string::npos);
    }
  }
}

TEST_CASE("a combining mark does not stand without its letter after the cut") {
  // The tail has room for one cell: its letter would need two, the mark on it none.
  CHECK(shorten("abcd日\u0301", 4, Cut::middle) == "ab…");
}

TEST_CASE("columns are as wide as their widest cell and lines have no trailing spaces") {
  Table table({{"ID"}, {"STATE"}, {"N", 0, Cut::end, Align::right}});
  table.add_row({"1234", "ok", "5"});
  table.add_row({"1", "pending", "12"});
  CHECK(table.text() == "ID    STATE     N\n1234  ok        5\n1     pending  12\n");
  Table left({{"A"}, {"B"}});
  left.add_row({"x", ""});
  CHECK(left.text() == "A  B\nx\n");
}

TEST_CASE("a table fits the page where its columns may shrink") {
  Table table({{"ID"}, {"AGENT", 1}, {"WHAT", 2, Cut::middle}});
  table.add_row({"12345678", std::string(60, 'a'), std::string(200, 'w')});
  const std::string text = table.text();
  CHECK(widest_line(text) == k_page_width);
  CHECK(text.find("12345678") != std::string::npos);
}

TEST_CASE("the column with the highest number gives way first") {
  Table table({{"AGENT", 1}, {"WHAT", 2}});
  table.add_row({std::string(30, 'a'), std::string(70, 'w')});
  const std::string text = table.text();
  CHECK(text.find(std::string(30, 'a')) != std::string::npos);
  CHECK(text.find(std::string(47, 'w') + "…") != std::string::npos);
}

TEST_CASE("of equal columns the widest gives way") {
  Table table({{"A", 1}, {"B", 1}});
  table.add_row({std::string(20, 'a'), std::string(100, 'b')});
  CHECK(table.text().find(std::string(20, 'a')) != std::string::npos);
}

TEST_CASE("what may not shrink keeps its width even on a narrow page") {
  Table table({{"ID"}, {"WHAT", 1}});
  table.add_row({std::string(90, '1'), "something long enough"});
  const std::string text = table.text();
  CHECK(text.find(std::string(90, '1')) != std::string::npos);
  CHECK(text.find("somethi…") != std::string::npos);
}

TEST_CASE("a hostile cell stays in its line and its column") {
  Table table({{"WHAT", 1}, {"STATE"}});
  table.add_row({"a\n\x1b[2Jb\r\u202E\xff", "ok"});
  const std::string text = table.text();
  CHECK(lines_of(text).size() == 2);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("\u202E") == std::string::npos);
  CHECK(pvm::base::is_utf8(text));
}

TEST_CASE("a row with another number of cells is a bug") {
  Table table({{"A"}, {"B"}});
  CHECK_THROWS_AS(table.add_row({"only one"}), std::invalid_argument);
  CHECK(table.is_empty());
}
