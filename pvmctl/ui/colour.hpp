// SPDX-License-Identifier: Apache-2.0
// Bold, dim and red, where the reader is a terminal that shows them.
#pragma once

#include <string>
#include <string_view>

#include "libpvm/system/environment.hpp"

namespace pvm::pvmctl::ui {

enum class Stream { terminal, other };
/// Whether standard output is a terminal.
[[nodiscard]] Stream standard_output();

/// Dresses texts, or leaves them as they are.
class Colour {
 public:
  /// Dresses only on a terminal, where TERM is set and not "dumb" and NO_COLOR is not set or empty.
  Colour(const system::Environment& environment, Stream stream);

  [[nodiscard]] std::string bold(std::string_view text) const { return dressed("1", text); }
  [[nodiscard]] std::string dim(std::string_view text) const { return dressed("2", text); }
  [[nodiscard]] std::string red(std::string_view text) const { return dressed("31", text); }

 private:
  [[nodiscard]] std::string dressed(std::string_view code, std::string_view text) const;

  bool is_on_ = false;
};

}  // namespace pvm::pvmctl::ui
