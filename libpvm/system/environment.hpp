// SPDX-License-Identifier: Apache-2.0
// The process's environment as a value, so that tests pass one of their own. Floor: system.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pvm::system {

class Environment {
 public:
  Environment() = default;
  explicit Environment(std::map<std::string, std::string, std::less<>> values) : values_(std::move(values)) {}

  /// A copy of the process's environment. Where a name occurs twice the first one counts, as for getenv.
  [[nodiscard]] static Environment of_process();

  /// nullopt where the variable is not set; an empty value is a value.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  /// Like find, but an empty value counts as not set.
  [[nodiscard]] std::optional<std::string> find_filled(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& all() const { return values_; }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace pvm::system
