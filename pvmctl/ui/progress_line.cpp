// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/ui/progress_line.hpp"

#include <unistd.h>

#include <cstdio>

#include "libpvm/base/text.hpp"

namespace pvm::pvmctl::ui {

ProgressLine::ProgressLine(std::string doing, std::string unit)
    : doing_(std::move(doing)), unit_(std::move(unit)), is_terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (is_shown_) std::fputs("\r\x1b[K", stderr);
}

void ProgressLine::show(std::uint64_t done, std::uint64_t all) {
  if (!is_terminal_ || std::chrono::steady_clock::now() - begun_ < std::chrono::seconds(1)) return;
  is_shown_ = true;
  const std::string line =
      "\r" + doing_ + ": " + base::grouped(done) + " of " + base::grouped(all) + " " + unit_ + "\x1b[K";
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace pvm::pvmctl::ui
