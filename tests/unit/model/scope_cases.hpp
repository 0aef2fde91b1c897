// SPDX-License-Identifier: Apache-2.0
// What the tests of scopes share: the table tests/data/scopes.tsv, and random patterns with names that come
// near to matching them.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/model/scope.hpp"

namespace pvm::model::test {

/// A row of the table, decoded.
struct ScopeRow {
  std::size_t line = 0;
  std::string pattern;
  Resource resource;
  std::string expect;  // yes, no or malformed
  std::string note;
};

/// Every row of the table; throws std::runtime_error where a line is not as the table's header says.
[[nodiscard]] std::vector<ScopeRow> read_scope_rows();

/// Random patterns and canonical names; the same ones in every run.
class ScopeMaker {
 public:
  explicit ScopeMaker(unsigned seed) : random_(seed) {}

  /// A pattern that parses and holds a wildcard.
  [[nodiscard]] std::string pattern();
  /// A canonical name made from a pattern's own parts, so that about half of them match it.
  [[nodiscard]] std::string name_near(std::string_view pattern);
  /// A canonical name of one to three components.
  [[nodiscard]] std::string name();

 private:
  [[nodiscard]] std::size_t below(std::size_t bound) { return random_() % bound; }
  template <class List>
  [[nodiscard]] std::string_view one_of(const List& list) {
    return list[below(list.size())];
  }
  [[nodiscard]] std::string some_pattern();
  [[nodiscard]] std::string some_name_near(std::string_view pattern);

  std::mt19937 random_;
};

}  // namespace pvm::model::test
