// SPDX-License-Identifier: Apache-2.0
// audit search: entries about something. The other verbs of the group stand beside it.
#include <deque>

#include "libpvm/base/text.hpp"
#include "libpvm/system/process.hpp"
#include "pvmctl/audit_paths.hpp"
#include "pvmctl/audit_runs.hpp"
#include "pvmctl/audit_view.hpp"
#include "pvmctl/ui/local_time.hpp"
#include "pvmctl/verbs/audit_verbs.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;
using vault::AuditEntry;
using vault::EntryType;
using Visit = vault::Vault::Visit;

constexpr std::size_t k_most_found = 1000;

struct Filter {
  std::string text;
  std::string agent;
  std::optional<EntryType> type;
  std::optional<base::UnixTime> since;
  std::optional<std::string> path;

  [[nodiscard]] bool lets_through(const AuditEntry& entry) const {
    if (!agent.empty() && !model::is_agent_of(agent, entry.agent)) return false;
    if (type && entry.type != *type) return false;
    if (since && entry.time < *since) return false;
    return text.empty() || mentions(entry, text);
  }
};

/// The last entries that a filter lets through, oldest first.
struct Found {
  std::deque<AuditEntry> entries;
  std::uint64_t all = 0;  // how many there were, those dropped for newer ones included
  std::uint64_t unclear = 0;  // name more than the log keeps, so that they may be about the path
};

Result<Found> find_last(vault::Vault& vault, const Filter& filter, std::size_t most) {
  Found found;
  auto done = vault.each_entry(1, [&](const AuditEntry& entry) {
    if (!filter.lets_through(entry)) return Visit::go_on;
    const Touch touch = filter.path ? touches(entry, *filter.path) : Touch::yes;
    if (touch == Touch::unclear) ++found.unclear;
    if (touch != Touch::yes) return Visit::go_on;
    ++found.all;
    found.entries.push_back(entry);
    if (found.entries.size() > most) found.entries.pop_front();
    return Visit::go_on;
  });
  if (!done) return base::pass_on(done);
  return found;
}

Reply entries_reply(const Found& found, base::Seconds offset) {
  Reply reply;
  reply.json["entries"] = Json::array();
  for (const AuditEntry& entry : found.entries) reply.json["entries"].push_back(entry_json(entry));
  reply.json["left_out"] = found.all - found.entries.size();
  reply.json["unclear"] = found.unclear;
  reply.text = found.entries.empty() ? "no entries\n"
                                     : entries_table({found.entries.begin(), found.entries.end()}, offset);
  if (found.unclear > 0) {
    reply.text += "(of " + base::counted(found.unclear, "entry more", "entries more") +
                  " it cannot be told: they name more things than the log keeps)\n";
  }
  if (found.all > found.entries.size()) {
    reply.text +=
        "(the last " + base::grouped(found.entries.size()) + " of " + base::grouped(found.all) + ")\n";
  }
  return reply;
}

std::string type_names() {
  std::string names;
  for (int i = 0; i < vault::k_entry_types; ++i) {
    names += (names.empty() ? "" : ", ") + std::string(vault::to_text(static_cast<EntryType>(i)));
  }
  return names;
}

/// The search as it was typed.
struct SearchWords {
  std::string text, agent, type, since, path;
};

Result<Reply> search(Context& context, const SearchWords& words) {
  if (words.text.empty() && words.path.empty()) {
    return fail(Code::usage, "say what to look for", "give a TEXT, or --path P");
  }
  Filter filter;
  if (!words.path.empty()) {
    auto path = lexical_path(words.path, system::working_directory());
    if (!path) return base::pass_on(path);
    filter.path = std::move(*path);
  }
  filter.text = words.text;
  filter.agent = words.agent;
  if (!words.type.empty()) {
    filter.type = vault::entry_type_from_text(words.type);
    if (!filter.type) {
      return fail(Code::usage, base::quoted(words.type, 64) + " is no type of entry",
                  "there are: " + type_names());
    }
  }
  if (!words.since.empty()) {
    const auto age = base::parse_duration(words.since);
    if (!age) {
      return fail(Code::usage, base::quoted(words.since, 64) + " is not a duration", "such as: --since 24h");
    }
    filter.since = context.now() - *age;
  }
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto found = find_last(**vault, filter, k_most_found);
  if (!found) return base::pass_on(found);
  return entries_reply(*found, ui::local_offset(context.now()));
}

void add_search_verb(CLI::App& group, Program& program) {
  const auto words = std::make_shared<SearchWords>();
  CLI::App* verb = add_verb(group, program, "search", "find entries that hold a text, or are about a path",
                            "pvmctl audit search /srv/app --type decision --since 7d\n  pvmctl audit search --path build/out",
                            [&program, words] { return search(program.context, *words); });
  verb->add_option("TEXT", words->text, "looked for in agent, scope, type, decision, grant and details");
  verb->add_option("--path", words->path, "only those about this path, what is beneath it, or a directory above it");
  verb->add_option("--agent", words->agent, "only those of one agent, or of 'PROGRAM@*'");
  verb->add_option("--type", words->type, "only one type: " + type_names());
  verb->add_option("--since", words->since, "only those of the last while: 30m, 24h, 7d");
}

}  // namespace

void add_audit_verbs(CLI::App& app, Program& program) {
  CLI::App* group = add_group(app, "audit", "read, verify and export the audit log");
  add_audit_list_verb(*group, program);
  add_search_verb(*group, program);
  add_audit_verify_verb(*group, program);
  add_audit_export_verb(*group, program);
  add_audit_checkpoint_verb(*group, program);
  add_audit_prove_verb(*group, program);
  add_audit_accept_break_verb(*group, program);
  add_audit_prune_verb(*group, program);
}

}  // namespace pvm::pvmctl
