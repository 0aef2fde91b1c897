// SPDX-License-Identifier: Apache-2.0
// How much of something there may be in a time: a bucket that fills steadily and from which each call takes one. Pure.
#pragma once

#include <algorithm>
#include <chrono>

namespace pvm::pvmctl::web {

using Moment = std::chrono::steady_clock::time_point;

class Bucket {
 public:
  /// Holds `most` and gets `each_second` back.
  Bucket(double most, double each_second) : most_(most), each_second_(each_second), left_(most) {}

  /// Whether there was one to take.
  [[nodiscard]] bool take(Moment now) {
    if (now > filled_) {
      const std::chrono::duration<double> passed = now - filled_;
      left_ = std::min(most_, left_ + passed.count() * each_second_);
      filled_ = now;
    }
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }
  /// Whether nothing was taken lately.
  [[nodiscard]] bool is_full(Moment now) const {
    const std::chrono::duration<double> passed = now - filled_;
    return left_ + passed.count() * each_second_ >= most_;
  }

 private:
  double most_;
  double each_second_;
  double left_;
  Moment filled_{};
};

}  // namespace pvm::pvmctl::web
