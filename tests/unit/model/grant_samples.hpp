// SPDX-License-Identifier: Apache-2.0
// The grant that the tests of its text start from: tests/data/grant_good.txt.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "libpvm/model/grant.hpp"

namespace pvm::model::test {

inline std::string file_text(const std::string& name) {
  std::ifstream file(std::string(PVM_TEST_DATA) + "/" + name, std::ios::binary);
  REQUIRE(file.is_open());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline const std::string& good_text() {
  static const std::string text = file_text("grant_good.txt");
  return text;
}

inline Grant good_grant() {
  auto grant = decode_grant(good_text());
  REQUIRE(grant);
  return std::move(*grant);
}

/// `text` with the one occurrence of `from` replaced.
inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  REQUIRE(text.find(from, at + 1) == std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace pvm::model::test
