// SPDX-License-Identifier: Apache-2.0
// One line on standard error that keeps itself up to date, for a person who has waited a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace pvm::pvmctl::ui {

/// Shown only at a terminal, after a second; gone with the object.
class ProgressLine {
 public:
  /// `doing`: what it says before the numbers ("verifying"); `unit`: what they count.
  explicit ProgressLine(std::string doing, std::string unit = "entries");
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();

  void show(std::uint64_t done, std::uint64_t all);

 private:
  std::string doing_;
  std::string unit_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  bool is_terminal_;
  bool is_shown_ = false;
};

}  // namespace pvm::pvmctl::ui
