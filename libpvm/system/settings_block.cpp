// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/settings_block.hpp"

#include <algorithm>

namespace pvm::system {
namespace {

constexpr std::size_t k_most_bytes = 1000;  // a YAML library takes no name further than 1,024 from its line's start

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

// "name" of "name:" and "name: value"; empty where it is neither.
std::string_view name_of(std::string_view line) {
  const std::string_view name = line.substr(0, line.find(':'));
  const bool is_name = !name.empty() && name.front() != '-' && name.front() != '.' && name.size() < line.size() &&
                       std::all_of(name.begin(), name.end(), is_name_byte);
  const bool is_ended = line.size() == name.size() + 1 || (is_name && line[name.size() + 1] == ' ');
  return is_name && is_ended ? name : std::string_view();
}

std::string_view without_spaces_before(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

bool is_empty_or_comment(std::string_view text) {
  const std::string_view rest = without_spaces_before(text);
  return rest.empty() || (rest.front() == '#' && rest.size() < text.size());
}

// A whole scalar, and perhaps a comment behind it. `value` starts with what is no space.
bool is_whole_scalar(std::string_view value) {
  if (value.front() == '\'' || value.front() == '"') {
    const auto end = value.find(value.front(), 1);
    return end != std::string_view::npos && is_empty_or_comment(value.substr(end + 1));
  }
  value = value.substr(0, value.find(" #"));
  value = value.substr(0, value.find_last_not_of(' ') + 1);
  constexpr std::string_view k_indicators = "-?:,[]{}#&*!|>%@`";
  const bool is_hyphened = value.size() > 1 && value.front() == '-' && value[1] != ' ';  // -1, --option
  if (!is_hyphened && k_indicators.find(value.front()) != std::string_view::npos) return false;
  return !value.ends_with(':') && value.find(": ") == std::string_view::npos;
}

}  // namespace

bool is_block_of_others(std::string_view name) {
  return name == "channels" || name == "approvers" || name == "serve";
}

std::string BlockOfOthers::read_line(std::string_view line) {
  if (line.size() > k_most_bytes) return "is too long";
  const std::string_view words = without_spaces_before(line);
  if (words.empty() || words.front() == '#') return {};
  const std::size_t indent = line.size() - words.size();
  const std::size_t level = indent / 2;
  if (indent % 2 != 0 || level > deepest_) return "is not indented by two spaces a level";
  for (std::size_t deeper = level + 1; deeper < kinds_.size(); ++deeper) kinds_[deeper] = Kind::unknown;

  const bool is_value = words.starts_with("- ");
  const Kind kind = is_value ? Kind::values : Kind::names;
  if (kinds_[level] != Kind::unknown && kinds_[level] != kind) return "mixes '- value' and 'name: value'";
  kinds_[level] = kind;
  const std::string_view name = is_value ? "-" : name_of(words);
  if (name.empty()) return "is not 'name: value' or '- value'";
  const std::string_view value = words.substr(name.size() + (is_value ? 0 : 1));
  const bool is_opened = !is_value && is_empty_or_comment(value);
  deepest_ = std::min(level + (is_opened ? 1 : 0), k_levels);
  if (is_opened) return {};
  const std::string_view scalar = without_spaces_before(value);
  const bool is_good = !scalar.empty() && is_whole_scalar(scalar);
  return is_good ? "" : "must have a value of one line, plain or in quotes that end on it";
}

}  // namespace pvm::system
