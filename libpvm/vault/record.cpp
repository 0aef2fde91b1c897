// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/record.hpp"

#include <algorithm>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"

namespace pvm::vault {
namespace {

constexpr std::string_view k_header = "pvm-audit/1\n";

/// Takes lines "NAME VALUE LF" from the front of a text, one after the other; once one is not there, none is.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {
    is_good_ = rest_.starts_with(k_header);
    if (is_good_) rest_.remove_prefix(k_header.size());
  }

  /// `name` with its blank.
  template <std::size_t N>
  std::string_view take(const char (&name)[N]) {
    constexpr std::size_t start = N - 1;  // known here, so that it is compared in place
    is_good_ = is_good_ && rest_.starts_with(std::string_view(name, start));
    const std::size_t end = is_good_ ? rest_.find('\n', start) : std::string_view::npos;
    is_good_ = end != std::string_view::npos;
    if (!is_good_) return {};
    const std::string_view value = rest_.substr(start, end - start);
    rest_.remove_prefix(end + 1);
    return value;
  }
  [[nodiscard]] bool are_all() const { return is_good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_good_;
};

bool is_grant(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text == "-" || (text.size() == 2 * base::GrantId::k_size && std::ranges::all_of(text, is_digit));
}

}  // namespace

std::optional<Record> read_record(std::string_view text) {
  Fields fields(text);
  const std::string_view entry = fields.take("entry ");
  const std::string_view time = fields.take("time ");
  Record record;
  record.type_text = fields.take("type ");
  record.agent = fields.take("agent ");
  record.scope = fields.take("scope ");
  record.decision = fields.take("decision ");
  record.grant = fields.take("grant ");
  const std::string_view tier = fields.take("tier ");
  record.details = fields.take("details ");
  if (!fields.are_all()) return std::nullopt;

  const auto number = base::parse_decimal(entry, INT64_MAX);
  const auto seconds = base::parse_decimal(time, INT64_MAX);
  const auto type = entry_type_from_text(record.type_text);
  const auto tier_number = base::parse_decimal(tier, 9);
  if (!number || !seconds || !type || !tier_number || !is_grant(record.grant)) return std::nullopt;
  for (const std::string_view value : {record.agent, record.scope, record.decision, record.details}) {
    if (!base::is_percent_encoded(value)) return std::nullopt;
  }
  record.entry = *number;
  record.time = static_cast<std::int64_t>(*seconds);
  record.type = *type;
  record.tier = static_cast<int>(*tier_number);
  return record;
}

AuditEntry decoded(const Record& record) {
  AuditEntry entry;
  entry.entry = record.entry;
  entry.time = base::from_unix(record.time);
  entry.type = record.type;
  entry.agent = base::percent_decode(record.agent).value();
  entry.scope = base::percent_decode(record.scope).value();
  entry.decision = base::percent_decode(record.decision).value();
  entry.grant = base::GrantId::from_hex(record.grant);
  entry.tier = record.tier;
  entry.details = base::percent_decode(record.details).value();
  return entry;
}

}  // namespace pvm::vault
