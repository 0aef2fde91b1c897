// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/audit.hpp"

#include <array>

#include "libpvm/base/text.hpp"
#include "libpvm/model/redact.hpp"
#include "libpvm/vault/record.hpp"

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

Details& Details::add(const model::EffectSummary& summary) {
  if (summary.refs > 0) return add("refs", summary.refs).add("overwritten", summary.overwritten);
  return add("files", summary.files).add("directories", summary.directories).add("bytes", summary.bytes);
}

Details& Details::add_verbatim(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += ' ';
  text_ += name;
  text_ += '=';
  text_ += base::percent_encode(value);
  return *this;
}

void each_detail(std::string_view text,
                 const std::function<void(std::string_view name, std::string_view encoded)>& visit) {
  while (!text.empty()) {
    const auto end = text.find(' ');
    const std::string_view item = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto equals = item.find('=');
    if (equals != std::string_view::npos) visit(item.substr(0, equals), item.substr(equals + 1));
  }
}

std::vector<std::pair<std::string, std::string>> read_details(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  each_detail(text, [&pairs](std::string_view name, std::string_view encoded) {
    if (const auto value = base::percent_decode(encoded)) pairs.emplace_back(name, *value);
  });
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
  const auto record = read_record(text);
  if (!record) return fail(Code::malformed, "the audit record does not follow its format");
  return decoded(*record);
}

}  // namespace pvm::vault
