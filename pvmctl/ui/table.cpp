// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/ui/table.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "libpvm/base/code_points.hpp"
#include "libpvm/base/text.hpp"

namespace pvm::pvmctl::ui {
namespace {

constexpr std::size_t k_gap = 2;
constexpr std::size_t k_least_width = 8;
constexpr std::string_view k_ellipsis = "…";

struct Range {
  char32_t first, last;
};

// Letters that take two cells (East Asian Width W and F). Source: Unicode 15.0 EastAsianWidth.txt.
constexpr std::array<Range, 20> k_wide = {{
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x2614, 0x2615},   {0x2705, 0x2705},
    {0x274C, 0x274C},   {0x2E80, 0x303E},   {0x3041, 0x4DBF},   {0x4E00, 0xA4CF},   {0xA960, 0xA97C},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6B},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FC}, {0x1F7E0, 0x1F7EB}, {0x1F90C, 0x1FAFF}, {0x20000, 0x3FFFD},
}};

template <std::size_t Size>
bool is_in(const std::array<Range, Size>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

std::size_t width_of(char32_t c) {
  if (base::is_mark(c)) return 0;
  return is_in(k_wide, c) ? 2 : 1;
}

/// One code point of a UTF-8 text, with the bytes it takes.
struct Letter {
  std::string_view bytes;
  std::size_t width = 1;
};

std::size_t bytes_of(unsigned char lead) {
  if (lead < 0xC0) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

std::vector<Letter> letters_of(std::string_view text) {
  std::vector<Letter> letters;
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t size = std::min(bytes_of(lead), text.size());
    char32_t c = size == 1 ? lead : lead & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) c = (c << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    letters.push_back({text.substr(0, size), width_of(c)});
    text.remove_prefix(size);
  }
  return letters;
}

// As many letters from the front of the range as fit into `room`.
template <class Iterator>
Iterator fit(Iterator from, Iterator end, std::size_t room) {
  std::size_t used = 0;
  while (from != end && used + from->width <= room) used += (from++)->width;
  return from;
}

std::string padded(const std::string& cell, std::size_t width, Align align) {
  const std::string space(width - std::min(width, display_width(cell)), ' ');
  return align == Align::left ? cell + space : space + cell;
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<Column>& columns,
                    const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line.append(k_gap, ' ');
    line += padded(shorten(cells[i], widths[i], columns[i].cut), widths[i], columns[i].align);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (const Letter& letter : letters_of(text)) width += letter.width;
  return width;
}

std::string shorten(std::string_view text, std::size_t width, Cut cut) {
  if (display_width(text) <= width) return std::string(text);
  const std::vector<Letter> letters = letters_of(text);
  const std::size_t room = width - 1;
  const std::size_t tail_room = cut == Cut::middle ? room / 2 : 0;

  std::string out;
  const auto head_end = fit(letters.begin(), letters.end(), room - tail_room);
  for (auto letter = letters.begin(); letter != head_end; ++letter) out += letter->bytes;
  out += k_ellipsis;
  auto tail = fit(letters.rbegin(), letters.rend(), tail_room).base();
  while (tail != letters.end() && tail->width == 0) ++tail;  // a mark without its letter
  for (; tail != letters.end(); ++tail) out += tail->bytes;
  return out;
}

std::size_t page_width() {
  constexpr std::size_t k_uncut = 1U << 20;
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0) return k_uncut;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return k_page_width;
  return std::max<std::size_t>(size.ws_col, k_page_width);
}

void Table::add_row(std::vector<std::string> cells) {
  if (cells.size() != columns_.size())
    throw std::invalid_argument("a table row with another number of cells");
  for (std::string& cell : cells) cell = base::display(cell);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths(std::size_t page) const {
  std::vector<std::size_t> widths;
  std::vector<std::size_t> least;
  std::size_t total = columns_.empty() ? 0 : k_gap * (columns_.size() - 1);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::size_t title = display_width(columns_[i].title);
    std::size_t widest = title;
    for (const auto& row : rows_) widest = std::max(widest, display_width(row[i]));
    widths.push_back(widest);
    least.push_back(std::max(title, k_least_width));
    total += widest;
  }
  // One cell at a time from the column that gives way first; of equals from the widest.
  for (; total > page; --total) {
    std::size_t giving = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].shrink == 0 || widths[i] <= least[i]) continue;
      const bool is_first = giving == columns_.size() || columns_[i].shrink > columns_[giving].shrink;
      if (is_first || (columns_[i].shrink == columns_[giving].shrink && widths[i] > widths[giving]))
        giving = i;
    }
    if (giving == columns_.size()) break;
    --widths[giving];
  }
  return widths;
}

std::string Table::text(std::size_t width, Titles shown) const {
  const std::vector<std::size_t> widths = this->widths(width);
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  std::string out = shown == Titles::shown ? line_of(titles, columns_, widths) : "";
  for (const auto& row : rows_) out += line_of(row, columns_, widths);
  return out;
}

}  // namespace pvm::pvmctl::ui
