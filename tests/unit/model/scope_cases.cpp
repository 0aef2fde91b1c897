// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/model/scope_cases.hpp"

#include <array>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "libpvm/base/text.hpp"
#include "libpvm/model/path_pattern.hpp"

namespace pvm::model::test {
namespace {

using namespace std::string_view_literals;

constexpr std::array k_pattern_parts = {
    "a"sv,    "b"sv,     "."sv,           "*"sv,    "*"sv,     "**"sv,    "?"sv,    "/"sv,   "/"sv,
    "/"sv,    "/**/"sv,  "[ab]"sv,        "[!a]"sv, "[a-c]"sv, "[^.]"sv,  "\\*"sv,  "\\a"sv, "[]a]"sv,
    "[*?]"sv, "[b/a]"sv, "[[:alpha:]]"sv, "[a-]"sv, "\xFF"sv,  "[\\]]"sv, "[!]]"sv, "\n"sv,  "***"sv,
};
constexpr std::array k_name_parts = {"a"sv, "b"sv, "c"sv, "."sv,    "*"sv,
                                     "/"sv, "]"sv, "-"sv, "\xFF"sv, "\n"sv};

std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> columns;
  std::size_t begin = 0;
  for (std::size_t tab = line.find('\t'); tab != std::string::npos; tab = line.find('\t', begin)) {
    columns.push_back(line.substr(begin, tab - begin));
    begin = tab + 1;
  }
  columns.push_back(line.substr(begin));
  return columns;
}

std::optional<Extent> extent_from_text(std::string_view text) {
  if (text == "item") return Extent::item;
  if (text == "tree") return Extent::tree;
  return std::nullopt;
}

ScopeRow row_of(const std::string& line, std::size_t number) {
  const auto bad_row = [&] { return std::runtime_error("scopes.tsv: bad line " + std::to_string(number)); };
  const std::vector<std::string> columns = columns_of(line);
  if (columns.size() != 5) throw bad_row();
  const auto pattern = base::percent_decode(columns[0]);
  const auto name = base::percent_decode(columns[1]);
  const auto extent = extent_from_text(columns[2]);
  const bool is_verdict = columns[3] == "yes" || columns[3] == "no" || columns[3] == "malformed";
  if (!pattern || !name || !extent || !is_verdict) throw bad_row();
  return {number, *pattern, {*name, *extent}, columns[3], columns[4]};
}

}  // namespace

std::vector<ScopeRow> read_scope_rows() {
  std::ifstream file(PVM_TEST_DATA "/scopes.tsv");
  std::vector<ScopeRow> rows;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (!line.starts_with('#')) rows.push_back(row_of(line, number));
  }
  return rows;
}

std::string ScopeMaker::some_pattern() {
  std::string pattern = "/";
  for (std::size_t parts = 1 + below(7); parts > 0; --parts) pattern += one_of(k_pattern_parts);
  return pattern;
}

std::string ScopeMaker::pattern() {
  for (;;) {
    std::string pattern = some_pattern();
    const auto compiled = PathPattern::compile(pattern);
    if (compiled && compiled->has_wildcard()) return pattern;
  }
}

// Wildcards become something that they may stand for; now and then a part gets lost.
std::string ScopeMaker::some_name_near(std::string_view pattern) {
  std::string name;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char byte = pattern[i];
    if (byte == '*') {
      for (std::size_t parts = below(3); parts > 0; --parts) name += one_of(k_name_parts);
    } else if (byte == '[') {
      const std::size_t close = pattern.find(']', i + 2);
      i = close == std::string_view::npos ? i : close;
      name += one_of(k_name_parts);
    } else if (byte == '?') {
      name += one_of(k_name_parts);
    } else if (byte != '\\' && (byte == '/' || below(12) != 0)) {
      name += byte;
    }
  }
  return name;
}

std::string ScopeMaker::name_near(std::string_view pattern) {
  for (;;) {
    std::string name = some_name_near(pattern);
    if (is_canonical(name)) return name;
    if (below(40) == 0) return this->name();
  }
}

std::string ScopeMaker::name() {
  for (;;) {
    std::string name = "/";
    for (std::size_t parts = 1 + below(5); parts > 0; --parts) name += one_of(k_name_parts);
    if (is_canonical(name)) return name;
  }
}

}  // namespace pvm::model::test
