// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/environment.hpp"

#include <unistd.h>

namespace pvm::system {

Environment Environment::of_process() {
  std::map<std::string, std::string, std::less<>> values;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;  // names nothing
    values.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return Environment(std::move(values));
}

std::optional<std::string> Environment::find(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string> Environment::find_filled(std::string_view name) const {
  auto value = find(name);
  if (value && value->empty()) return std::nullopt;
  return value;
}

}  // namespace pvm::system
