// SPDX-License-Identifier: Apache-2.0
// A text of lines, taken one by one: what the C2SP log formats are made of. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace pvm::pvmctl::log {

class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  /// The next line without its LF; nullopt where no LF is left. The view lives as long as the text.
  [[nodiscard]] std::optional<std::string_view> next() {
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }
  /// The next line after `prefix`, taken only where it begins with that.
  [[nodiscard]] std::optional<std::string_view> next_after(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return std::nullopt;
    auto line = next();
    if (line) line->remove_prefix(prefix.size());
    return line;
  }
  /// What was not taken yet.
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace pvm::pvmctl::log
