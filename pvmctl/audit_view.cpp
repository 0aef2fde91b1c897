// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/audit_view.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"

namespace pvm::pvmctl {
namespace {

Json text_or_null(std::string_view text) {
  return text.empty() ? Json() : Json(json_text(text));
}

Json details_json(std::string_view details) {
  Json json = Json::object();
  for (const auto& [name, value] : vault::read_details(details)) {
    Json& kept = json[name];
    if (kept.is_null()) {
      kept = json_text(value);
    } else {
      if (!kept.is_array()) kept = Json::array({kept});
      kept.push_back(json_text(value));
    }
  }
  return json;
}

std::string csv_record(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) line += (line.empty() ? "" : ",") + csv_cell(cell);
  return line + "\r\n";
}

}  // namespace

Json entry_json(const vault::AuditEntry& entry) {
  Json json;
  json["entry_id"] = entry.entry;
  json["timestamp"] = base::iso_time(entry.time);
  json["entry_type"] = vault::to_text(entry.type);
  json["agent_id"] = text_or_null(entry.agent);
  json["scope"] = text_or_null(entry.scope);
  json["decision"] = text_or_null(entry.decision);
  json["grant_id"] = entry.grant ? Json(entry.grant->hex()) : Json();
  json["tier"] = entry.tier;
  json["details"] = details_json(entry.details);
  return json;
}

std::string csv_cell(std::string_view text) {
  const bool is_formula =
      !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  const std::string cell = (is_formula ? "'" : "") + std::string(text);
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

std::string csv_titles() {
  return csv_record({"entry_id", "timestamp", "entry_type", "agent_id", "scope", "decision", "details",
                     "grant_id", "tier"});
}

std::string csv_line(const vault::AuditEntry& entry) {
  return csv_record({std::to_string(entry.entry), base::iso_time(entry.time),
                     std::string(vault::to_text(entry.type)), json_text(entry.agent), json_text(entry.scope),
                     json_text(entry.decision), json_text(entry.details),
                     entry.grant ? entry.grant->hex() : "", std::to_string(entry.tier)});
}

std::string entries_text(std::uint64_t count) { return base::counted(count, "entry", "entries"); }

bool mentions(const vault::AuditEntry& entry, std::string_view text) {
  const auto holds = [text](std::string_view field) { return field.find(text) != std::string_view::npos; };
  if (holds(entry.agent) || holds(entry.scope) || holds(entry.decision) ||
      holds(vault::to_text(entry.type)) || holds(entry.details) ||
      (entry.grant && holds(entry.grant->hex()))) {
    return true;
  }
  const auto pairs = vault::read_details(entry.details);
  return std::any_of(pairs.begin(), pairs.end(), [&holds](const auto& pair) { return holds(pair.second); });
}

}  // namespace pvm::pvmctl
