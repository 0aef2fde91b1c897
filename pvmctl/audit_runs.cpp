// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/audit_runs.hpp"

#include <algorithm>
#include <string_view>

#include "libpvm/base/text.hpp"
#include "pvmctl/ui/local_time.hpp"
#include "pvmctl/ui/table.hpp"

namespace pvm::pvmctl {
namespace {

using vault::AuditEntry;
using vault::EntryType;

constexpr std::size_t k_most_what = 4096;
constexpr std::size_t k_most_open = 256;

std::string bounded(std::string text) {
  if (text.size() > k_most_what) text = text.substr(0, k_most_what) + "…";
  return text;
}

// What an agent does over and over. What a person did is always a line of its own.
bool can_repeat(EntryType type) {
  switch (type) {
    case EntryType::decision:
    case EntryType::outcome:
    case EntryType::request:
    case EntryType::cancel:
    case EntryType::expire:
    case EntryType::stale:
    case EntryType::error:
      return true;
    default:
      return false;
  }
}

std::string kind_of_entry(const AuditEntry& entry) {
  std::string kind = entry.decision + "\n" + (entry.grant ? entry.grant->hex() : "-");
  vault::each_detail(entry.details, [&kind](std::string_view name, std::string_view encoded) {
    if (name == "action" || name == "why" || name == "outcome" || name == "message") {
      kind.append("\n").append(name).append("=").append(encoded.substr(0, k_most_what));
    }
  });
  return kind;
}

std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string_view common_of(std::string_view a, std::string_view b) {
  while (a != b) {
    std::string_view& longer = a.size() > b.size() ? a : b;
    if (longer == "/") return "/";
    longer = parent_of(longer);
  }
  return a;
}

// The directory that holds what the lines of `scope` name, and `so_far` with it; what is no path is left out.
std::string holding(std::string so_far, std::string_view scope) {
  while (!scope.empty()) {
    std::string_view line = scope.substr(0, scope.find('\n'));
    scope.remove_prefix(std::min(line.size() + 1, scope.size()));
    while (line.size() > 1 && line.ends_with('/')) line.remove_suffix(1);
    if (!line.starts_with('/')) continue;
    so_far = so_far.empty() ? std::string(parent_of(line)) : std::string(common_of(so_far, parent_of(line)));
  }
  return so_far;
}

// Of several outcomes or errors, without what differs between them.
std::string shared_words(const AuditEntry& entry) {
  std::string words;
  for (const auto& [name, value] : vault::read_details(entry.details)) {
    if (name == "outcome" || name == "message") words += (words.empty() ? "" : ", ") + name + " " + value;
  }
  return words;
}

}  // namespace

std::string what_line(const AuditEntry& entry) {
  if (!entry.scope.empty()) return entry.scope;
  std::string line;
  const auto add = [&line](const std::string& words) { line += (line.empty() ? "" : ", ") + words; };
  if (entry.grant) add("grant " + entry.grant->brief());
  for (const auto& [name, value] : vault::read_details(entry.details)) {
    // Pages of signed text; JSON and CSV have them.
    if (name == "statement" || name == "signature" || value.empty()) continue;
    if (entry.grant && name == "what" && value == "grant") continue;
    add(name + " " + value);
  }
  return line;
}

RunList::Kept* RunList::find_open(const Key& key) {
  const auto found = open_.find(key);
  if (found == open_.end() || found->second < before_) return nullptr;
  return &kept_[found->second - before_];
}

void RunList::close(const std::string& agent) {
  if (agent.empty()) return open_.clear();
  constexpr auto last_type = static_cast<EntryType>(vault::k_entry_types - 1);
  open_.erase(open_.lower_bound({agent, EntryType{}}), open_.upper_bound({agent, last_type}));
}

void RunList::take(const AuditEntry& entry) {
  ++taken_;
  const bool folds = folding_ == Folding::runs && can_repeat(entry.type);
  if (folding_ == Folding::runs && !folds) close(entry.agent);
  const Key key{entry.agent, entry.type};
  std::string kind = folds ? kind_of_entry(entry) : "";
  Kept* const open = folds ? find_open(key) : nullptr;
  if (open != nullptr && open->kind == kind) {
    Run& run = open->run;
    ++run.count;
    run.from = std::min(run.from, entry.time);
    run.until = std::max(run.until, entry.time);
    open->directory = holding(std::move(open->directory), entry.scope);
    if (entry.scope.empty()) {
      run.what = bounded(shared_words(entry));
    } else if (bounded(what_line(entry)) != run.what) {
      run.what = open->directory.empty() ? "" : bounded("in " + open->directory);
    }
    return;
  }
  kept_.push_back({{entry.entry, 1, entry.time, entry.time, entry.type, entry.agent, entry.decision,
                    bounded(what_line(entry))},
                   std::move(kind),
                   folds ? holding("", entry.scope) : ""});
  if (folds) {
    if (open_.size() >= k_most_open) open_.clear();
    open_[key] = before_ + kept_.size() - 1;
  }
  if (kept_.size() > most_) {
    dropped_ += kept_.front().run.count;
    kept_.pop_front();
    ++before_;
  }
}

std::vector<Run> RunList::runs() const {
  std::vector<Run> all;
  for (const Kept& kept : kept_) all.push_back(kept.run);
  return all;
}

std::string runs_table(const std::vector<Run>& runs, base::Seconds offset, std::size_t width) {
  ui::Table table({{"ENTRY", 0, ui::Cut::end, ui::Align::right},
                   {"TIME"},
                   {"TYPE"},
                   {"AGENT", 1},
                   {"DECISION"},
                   {"WHAT", 2, ui::Cut::middle}});
  for (const Run& run : runs) {
    std::string what = run.what;
    if (run.count > 1) what = "×" + base::grouped(run.count) + (what.empty() ? "" : " " + what);
    table.add_row({std::to_string(run.entry), ui::wall_span(run.from, run.until, offset),
                   std::string(vault::to_text(run.type)), run.agent, run.decision, what});
  }
  return "times in " + ui::offset_text(offset) + "\n" + table.text(width);
}

std::string entries_table(const std::vector<AuditEntry>& entries, base::Seconds offset, std::size_t width) {
  RunList list(Folding::none, entries.size());
  for (const AuditEntry& entry : entries) list.take(entry);
  return runs_table(list.runs(), offset, width);
}

}  // namespace pvm::pvmctl
