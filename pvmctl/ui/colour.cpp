// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/ui/colour.hpp"

#include <unistd.h>

namespace pvm::pvmctl::ui {

Stream standard_output() {
  return ::isatty(STDOUT_FILENO) == 1 ? Stream::terminal : Stream::other;
}

Colour::Colour(const system::Environment& environment, Stream stream) {
  const auto terminal = environment.find_filled("TERM");
  is_on_ =
      stream == Stream::terminal && terminal && *terminal != "dumb" && !environment.find_filled("NO_COLOR");
}

std::string Colour::dressed(std::string_view code, std::string_view text) const {
  if (!is_on_) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

}  // namespace pvm::pvmctl::ui
