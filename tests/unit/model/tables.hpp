// SPDX-License-Identifier: Apache-2.0
// Reading the tables of tests/data: rows of columns with tabs between them, percent-encoded where the table says so.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/text.hpp"

namespace pvm::model::test {

struct TableRow {
  std::size_t line = 0;
  std::vector<std::string> columns;
};

/// Every row of tests/data/NAME; each has `columns` of them.
inline std::vector<TableRow> read_table(const std::string& name, std::size_t columns) {
  std::ifstream file(std::string(PVM_TEST_DATA) + "/" + name);
  REQUIRE(file.is_open());
  std::vector<TableRow> rows;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.starts_with('#')) continue;
    TableRow row{number, {}};
    for (std::string_view rest = line;;) {
      const std::size_t tab = rest.find('\t');
      row.columns.emplace_back(rest.substr(0, tab));
      if (tab == std::string_view::npos) break;
      rest.remove_prefix(tab + 1);
    }
    CAPTURE(number);
    REQUIRE(row.columns.size() == columns);
    rows.push_back(std::move(row));
  }
  return rows;
}

inline std::string decoded(const std::string& column) {
  const auto text = base::percent_decode(column);
  REQUIRE_MESSAGE(text.has_value(), column);
  return *text;
}

}  // namespace pvm::model::test
