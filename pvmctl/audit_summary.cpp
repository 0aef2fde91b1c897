// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/audit_summary.hpp"

#include <algorithm>
#include <limits>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/model/effect.hpp"

namespace pvm::pvmctl {
namespace {

using vault::AuditEntry;
using vault::EntryType;

constexpr std::size_t k_most_agents = 1000;
constexpr std::size_t k_most_approvers = 100;
constexpr std::size_t k_biggest = 3;
constexpr std::size_t k_most_path = 1000;
constexpr const char* k_others = "(others)";

// What is there of the details that count; a number that is none is 0.
struct Numbers {
  std::string action, approver;
  std::uint64_t files = 0, directories = 0, bytes = 0;
  bool is_unattended = false;
};

Numbers numbers_of(const AuditEntry& entry) {
  Numbers found;
  vault::each_detail(entry.details, [&found](std::string_view name, std::string_view encoded) {
    const auto number = [encoded] { return base::parse_decimal(encoded).value_or(0); };
    if (name == "action") found.action = encoded;
    if (name == "approver") found.approver = base::percent_decode(encoded).value_or("");
    if (name == "files" || name == "refs") found.files = number();
    if (name == "directories" || name == "overwritten") found.directories = number();
    if (name == "bytes") found.bytes = number();
    if (name == "unattended") found.is_unattended = encoded == "yes";
  });
  return found;
}

// Whoever wrote the log wrote the numbers: they do not wrap.
void add_up(std::uint64_t& sum, std::uint64_t more) {
  sum = more > std::numeric_limits<std::uint64_t>::max() - sum ? std::numeric_limits<std::uint64_t>::max() : sum + more;
}

std::string first_of(const std::string& scope) {
  const auto end = std::min(scope.find('\n'), scope.size());
  const auto more = std::ranges::count(scope, '\n');
  return scope.substr(0, std::min(end, k_most_path)) + (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

std::string times_text(std::uint64_t count) { return count == 1 ? "once" : base::grouped(count) + " times"; }

}  // namespace

AuditSummary::Agent& AuditSummary::agent_of(const std::string& name) {
  const auto found = agents_.find(name);
  if (found != agents_.end()) return found->second;
  return agents_[agents_.size() < k_most_agents ? name : k_others];
}

void AuditSummary::take_decision(Agent& agent, const AuditEntry& entry) {
  const Numbers numbers = numbers_of(entry);
  const bool is_removal = numbers.action == "rm";
  Tally& tally = numbers.action == "trash" ? agent.trashed : numbers.action == "push" ? agent.pushed : agent.removed;
  if (entry.decision == "deny") {
    ++tally.denied;
    return;
  }
  if (entry.decision != "allow" || (!is_removal && &tally == &agent.removed)) return;
  ++tally.allowed;
  add_up(tally.files, numbers.files);
  add_up(tally.directories, numbers.directories);
  add_up(tally.bytes, numbers.bytes);
  if (!is_removal) return;
  const auto is_bigger = [](const Removal& a, const Removal& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.files != b.files ? a.files > b.files : a.entry < b.entry;
  };
  agent.biggest.push_back({numbers.bytes, numbers.files, entry.entry, first_of(entry.scope)});
  std::ranges::sort(agent.biggest, is_bigger);
  if (agent.biggest.size() > k_biggest) agent.biggest.pop_back();
}

void AuditSummary::take_approval(Agent& agent, const AuditEntry& entry) {
  const Numbers numbers = numbers_of(entry);
  ++agent.approvals;
  if (numbers.is_unattended) ++agent.unattended;
  const bool has_room = agent.approvers.size() < k_most_approvers || agent.approvers.contains(numbers.approver);
  ++agent.approvers[has_room ? numbers.approver : k_others];
}

void AuditSummary::take(const AuditEntry& entry) {
  if (entry.type == EntryType::decision) take_decision(agent_of(entry.agent), entry);
  if (entry.type == EntryType::approve || entry.type == EntryType::allow) take_approval(agent_of(entry.agent), entry);
}

std::string AuditSummary::tally_text(const Tally& tally) {
  std::string text = base::grouped(tally.allowed) + " allowed";
  if (tally.allowed > 0) {
    text += ": " + model::to_text({tally.files, tally.directories, tally.bytes, model::Completeness::whole});
  }
  return text + "; " + base::grouped(tally.denied) + " denied\n";
}

std::string AuditSummary::pushes_text(const Tally& tally) {
  std::string text = base::grouped(tally.allowed) + " allowed";
  if (tally.allowed > 0) {
    model::EffectSummary summary;
    summary.refs = tally.files;
    summary.overwritten = tally.directories;
    text += ": " + model::to_text(summary);
  }
  return text + "; " + base::grouped(tally.denied) + " denied\n";
}

void AuditSummary::tell_tally(Json& json, const Tally& tally) {
  json["allowed"] = tally.allowed;
  json["denied"] = tally.denied;
  json["files"] = tally.files;
  json["directories"] = tally.directories;
  json["bytes"] = tally.bytes;
}

std::string AuditSummary::text() const {
  if (agents_.empty()) return "nothing happened\n";
  std::string text;
  for (const auto& [name, agent] : agents_) {
    text += base::display(name) + "\n  removals  " + tally_text(agent.removed);
    for (const Removal& removal : agent.biggest) {
      text += "  " + std::string(&removal == agent.biggest.data() ? "biggest   " : "          ") +
              base::counted(removal.files, "file", "files") + ", " + base::human_bytes(removal.bytes) + "  " +
              base::quoted(removal.path) + " (entry " + std::to_string(removal.entry) + ")\n";
    }
    if (agent.trashed.allowed + agent.trashed.denied > 0) text += "  trashed   " + tally_text(agent.trashed);
    if (agent.pushed.allowed + agent.pushed.denied > 0) text += "  pushes    " + pushes_text(agent.pushed);
    for (const auto& [approver, count] : agent.approvers) {
      text += "  approved  " + times_text(count) + " by " + base::display(approver) + "\n";
    }
    if (agent.unattended > 0) {
      text += "  !         " + base::grouped(agent.unattended) + " of these unattended: no human act was needed\n";
    }
  }
  return text;
}

Json AuditSummary::json() const {
  Json all = Json::array();
  for (const auto& [name, agent] : agents_) {
    Json json;
    json["agent"] = json_text(name);
    tell_tally(json, agent.removed);
    json["trash"] = Json::object();
    tell_tally(json["trash"], agent.trashed);
    json["push"] = {{"allowed", agent.pushed.allowed},
                    {"denied", agent.pushed.denied},
                    {"refs", agent.pushed.files},
                    {"overwritten", agent.pushed.directories}};
    json["biggest"] = Json::array();
    for (const Removal& removal : agent.biggest) {
      Json item;
      item["entry_id"] = removal.entry;
      item["path"] = json_text(removal.path);
      item["files"] = removal.files;
      item["bytes"] = removal.bytes;
      json["biggest"].push_back(std::move(item));
    }
    json["approvals"] = agent.approvals;
    json["approvers"] = Json::object();
    for (const auto& [approver, count] : agent.approvers) json["approvers"][json_text(approver)] = count;
    json["unattended"] = agent.unattended;
    all.push_back(std::move(json));
  }
  return all;
}

}  // namespace pvm::pvmctl
