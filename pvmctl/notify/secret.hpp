// SPDX-License-Identifier: Apache-2.0
// A token, password or address that whoever knows it can act with. It is never printed: there is no way to, but by `reveal`.
#pragma once

#include <sodium.h>

#include <string>
#include <string_view>
#include <utility>

namespace pvm::notify {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(other.value_) { other.forget(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      forget();
      value_ = other.value_;
      other.forget();
    }
    return *this;
  }
  ~Secret() { forget(); }

  /// The bytes, for what sends or compares them; the view lives as long as this object is neither moved nor changed.
  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  /// Whether `other` is the same, in a time that tells nothing but its length.
  [[nodiscard]] bool is(std::string_view other) const {
    return !value_.empty() && value_.size() == other.size() &&
           ::sodium_memcmp(value_.data(), other.data(), other.size()) == 0;
  }

 private:
  void forget() {
    ::sodium_memzero(value_.data(), value_.size());
    value_.clear();
  }

  std::string value_;
};

}  // namespace pvm::notify
