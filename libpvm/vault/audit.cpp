// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/audit.hpp"

#include <array>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/model/redact.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::array<std::string_view, k_entry_types> k_types = {
    "init",  "request", "decision", "outcome", "approve", "deny",  "cancel", "expire",
    "stale", "allow",   "revoke",   "lock",    "unlock",  "trust", "export", "error",
    "reset", "backup",  "restore",  "migrate",
};

// Takes "NAME VALUE LF" from the front of `rest`.
std::optional<std::string_view> take(std::string_view& rest, std::string_view name) {
  if (!rest.starts_with(name) || rest.size() <= name.size() || rest[name.size()] != ' ') return std::nullopt;
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view value = rest.substr(name.size() + 1, end - name.size() - 1);
  rest.remove_prefix(end + 1);
  return value;
}

}  // namespace

std::string_view to_text(EntryType type) { return k_types[static_cast<std::size_t>(type)]; }

std::optional<EntryType> entry_type_from_text(std::string_view text) {
  for (std::size_t i = 0; i < k_types.size(); ++i) {
    if (k_types[i] == text) return static_cast<EntryType>(i);
  }
  return std::nullopt;
}

Details& Details::add(std::string_view name, std::string_view value) {
  return add_verbatim(name, model::redact(value));
}

Details& Details::add_verbatim(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += ' ';
  text_ += name;
  text_ += '=';
  text_ += base::percent_encode(value);
  return *this;
}

std::vector<std::pair<std::string, std::string>> read_details(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!text.empty()) {
    const auto end = text.find(' ');
    const std::string_view item = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    const auto value = base::percent_decode(item.substr(equals + 1));
    if (value) pairs.emplace_back(item.substr(0, equals), *value);
  }
  return pairs;
}

std::string scope_column(const AuditEntry& entry) {
  return entry.scope.empty() ? std::string() : base::percent_encode(entry.scope);
}

std::string encode_record(const AuditEntry& entry) {
  std::string out = "pvm-audit/1\n";
  const auto line = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(" ").append(value).append("\n");
  };
  line("entry", std::to_string(entry.entry));
  line("time", std::to_string(base::unix_seconds(entry.time)));
  line("type", to_text(entry.type));
  line("agent", base::percent_encode(entry.agent));
  line("scope", base::percent_encode(entry.scope));
  line("decision", base::percent_encode(entry.decision));
  line("grant", entry.grant ? entry.grant->hex() : "-");
  line("tier", std::to_string(entry.tier));
  line("details", base::percent_encode(entry.details));
  return out;
}

Result<AuditEntry> decode_record(std::string_view text) {
  const auto bad = [] { return fail(Code::malformed, "the audit record does not follow its format"); };
  constexpr std::string_view header = "pvm-audit/1\n";
  std::string_view rest = text;
  if (!rest.starts_with(header)) return bad();
  rest.remove_prefix(header.size());

  const auto number = take(rest, "entry");
  const auto time = take(rest, "time");
  const auto type = take(rest, "type");
  const auto agent = take(rest, "agent");
  const auto scope = take(rest, "scope");
  const auto decision = take(rest, "decision");
  const auto grant = take(rest, "grant");
  const auto tier = take(rest, "tier");
  const auto details = take(rest, "details");
  if (!details || !tier || !grant || !decision || !scope || !agent || !type || !time || !number || !rest.empty()) {
    return bad();
  }

  AuditEntry entry;
  const auto entry_number = base::parse_decimal(*number, INT64_MAX);
  const auto seconds = base::parse_decimal(*time, INT64_MAX);
  const auto known_type = entry_type_from_text(*type);
  const auto agent_text = base::percent_decode(*agent);
  const auto scope_text = base::percent_decode(*scope);
  const auto decision_text = base::percent_decode(*decision);
  const auto details_text = base::percent_decode(*details);
  const auto tier_number = base::parse_decimal(*tier, 9);
  if (!entry_number || !seconds || !known_type || !agent_text || !scope_text || !decision_text || !details_text ||
      !tier_number) {
    return bad();
  }
  entry.entry = *entry_number;
  entry.time = base::from_unix(static_cast<std::int64_t>(*seconds));
  entry.type = *known_type;
  entry.agent = *agent_text;
  entry.scope = *scope_text;
  entry.decision = *decision_text;
  entry.details = *details_text;
  entry.tier = static_cast<int>(*tier_number);
  if (*grant != "-") {
    entry.grant = base::GrantId::from_hex(*grant);
    if (!entry.grant) return bad();
  }
  if (encode_record(entry) != text) return bad();
  return entry;
}

}  // namespace pvm::vault
