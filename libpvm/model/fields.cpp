// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/fields.hpp"

#include "libpvm/base/bytes.hpp"

namespace pvm::model {
namespace {

// Whether `line` is "magic/N" with N of at least 2.
bool is_later_version(std::string_view line, std::string_view magic) {
  if (!line.starts_with(magic)) return false;
  line.remove_prefix(magic.size());
  if (!line.starts_with('/')) return false;
  const auto version = base::parse_decimal(line.substr(1));
  return version && *version > 1;
}

}  // namespace

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ' ';
  out += value;
  out += '\n';
}

void FieldReader::header(std::string_view magic) {
  const auto line = next_line();
  if (!line || *line == std::string(magic) + "/1") return;
  if (is_later_version(*line, magic)) {
    fault_ = base::Error{base::Code::newer, std::string(what_) + ": written by a later version of PVM",
                         "update PVM on this machine"};
    return;
  }
  refuse("not '" + std::string(magic) + "/1'");
}

bool FieldReader::is_next(std::string_view name) const {
  return has_more() && rest_.starts_with(name) && rest_.substr(name.size()).starts_with(' ');
}

std::optional<base::Failure> FieldReader::finish() {
  if (!fault_ && !rest_.empty()) {
    ++number_;
    refuse("nothing may follow here");
  }
  if (!fault_) return std::nullopt;
  return base::Failure(*fault_);
}

std::optional<std::string_view> FieldReader::next_line() {
  if (fault_) return std::nullopt;
  ++number_;
  const std::size_t end = rest_.find('\n');
  if (end == std::string_view::npos) {
    refuse(rest_.empty() ? "missing" : "does not end in a line feed");
    return std::nullopt;
  }
  const std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return line;
}

std::optional<std::string_view> FieldReader::next_value(std::string_view name) {
  const bool is_wanted = is_next(name);
  const auto line = next_line();
  if (!line) return std::nullopt;
  if (!is_wanted) {
    refuse("not the field '" + std::string(name) + "'");
    return std::nullopt;
  }
  return line->substr(name.size() + 1);
}

void FieldReader::refuse(const std::string& why) {
  if (fault_) return;
  fault_ = base::Error{
      base::Code::malformed, std::string(what_) + ": line " + std::to_string(number_) + ": " + why, {}};
}

}  // namespace pvm::model
