// SPDX-License-Identifier: Apache-2.0
// A plain table for a terminal of 80 columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pvm::pvmctl::ui {

inline constexpr std::size_t k_page_width = 80;
/// How wide a line of standard output may be: as the terminal is, at least k_page_width; without a terminal nothing is cut.
[[nodiscard]] std::size_t page_width();

/// Where a text that is too long loses letters.
enum class Cut { end, middle };
enum class Align { left, right };
enum class Titles { shown, none };

struct Column {
  std::string title;
  int shrink = 0;  // 0: keeps its width; else columns with the highest number give way first
  Cut cut = Cut::end;
  Align align = Align::left;
};

/// Cells may hold any bytes; they are shown through base::display, one line each.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// REQUIRES: one cell for each column (throws std::invalid_argument).
  void add_row(std::vector<std::string> cells);
  [[nodiscard]] bool is_empty() const { return rows_.empty(); }

  /// A line of titles and one line for each row, each ending in a newline and without trailing spaces;
  /// columns are two spaces apart. No line is wider than `width`, unless what may not shrink is wider than
  /// that. A column shrinks to the width of its title or 8, whichever is more, before the next in order gives
  /// way.
  [[nodiscard]] std::string text(std::size_t width = k_page_width, Titles shown = Titles::shown) const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths(std::size_t page) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;  // escaped
};

/// Terminal cells that `text` takes: none for combining marks, two for wide East Asian letters and emoji,
/// else one for each code point. REQUIRES: `text` is UTF-8 without control bytes, as base::display returns
/// it.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `text` with what is over `width` replaced by one '…' at its end or in its middle. REQUIRES: as above;
/// width > 0.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t width, Cut cut);

}  // namespace pvm::pvmctl::ui
