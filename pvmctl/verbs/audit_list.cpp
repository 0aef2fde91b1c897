// SPDX-License-Identifier: Apache-2.0
// audit list: what happened of late, folded for reading; and added up.
#include <deque>

#include "libpvm/base/text.hpp"
#include "pvmctl/audit_runs.hpp"
#include "pvmctl/audit_summary.hpp"
#include "pvmctl/audit_view.hpp"
#include "pvmctl/ui/local_time.hpp"
#include "pvmctl/verbs/audit_verbs.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;
using vault::AuditEntry;
using Visit = vault::Vault::Visit;

constexpr std::uint64_t k_most_last = 1'000'000;
constexpr std::size_t k_most_lines = 10'000;
constexpr std::size_t k_most_kept_bytes = 64 * 1024 * 1024;
constexpr base::Seconds k_default_since{24 * 3600};

struct ListOptions {
  std::uint64_t last = 0;  // 0: not said
  std::string agent;
  std::string since;
  bool all = false;
  bool no_fold = false;
  bool summary = false;
};

/// Which entries are meant, and how that is said.
struct Range {
  std::uint64_t from = 1;                 // by number
  std::optional<base::UnixTime> since;    // and by time
  std::string words;                      // "the last 1 d"; empty: all, or so many
};

// The number from which on entries of that time stand. Looks back in longer and longer steps, so that a long log is not
// read whole; of a clock that was ahead once, what lies before a whole step of older entries is not found.
Result<std::uint64_t> first_since(vault::Vault& vault, base::UnixTime since) {
  const auto head = vault.durable_head();
  if (!head) return base::pass_on(head);
  std::uint64_t from = head->size + 1;
  for (std::uint64_t step = 1024; from > 1; step *= 2) {
    const std::uint64_t lower = from > step ? from - step : 1;
    bool is_within = false;
    const auto done = vault.each_entry(lower, [&](const AuditEntry& entry) {
      if (entry.entry >= from) return Visit::stop;
      is_within = entry.time >= since;
      return is_within ? Visit::stop : Visit::go_on;
    });
    if (!done) return base::pass_on(done);
    if (!is_within) break;
    from = lower;
  }
  return from;
}

// Where the last `most` of an agent's entries begin; of everybody's that is a matter of counting.
Result<std::uint64_t> first_of_last(vault::Vault& vault, const Range& range, const std::string& agent,
                                    std::uint64_t most) {
  std::deque<std::uint64_t> numbers;
  const auto done = vault.each_entry(range.from, [&](const AuditEntry& entry) {
    if ((!agent.empty() && !model::is_agent_of(agent, entry.agent)) || (range.since && entry.time < *range.since)) return Visit::go_on;
    numbers.push_back(entry.entry);
    if (numbers.size() > most) numbers.pop_front();
    return Visit::go_on;
  });
  if (!done) return base::pass_on(done);
  return numbers.empty() ? range.from : numbers.front();
}

Result<Range> range_of(vault::Vault& vault, const ListOptions& options, base::UnixTime now) {
  Range range;
  if (options.all && (!options.since.empty() || options.last > 0)) {
    return fail(Code::usage, "--all is every entry", "leave out --since and --last");
  }
  if (!options.since.empty() || (!options.all && options.last == 0)) {
    const auto age = options.since.empty() ? k_default_since : base::parse_duration(options.since);
    if (!age) {
      return fail(Code::usage, base::quoted(options.since, 64) + " is not a duration", "such as: --since 24h");
    }
    range.since = now - *age;
    range.words = "the last " + base::human_duration(*age);
    const auto from = first_since(vault, *range.since);
    if (!from) return base::pass_on(from);
    range.from = *from;
  }
  if (options.last == 0) return range;
  if (options.agent.empty() && !range.since) {  // then the numbers tell where to begin
    const auto head = vault.durable_head();
    if (!head) return base::pass_on(head);
    if (head->size > options.last) range.from = head->size - options.last + 1;
    return range;
  }
  const auto from = first_of_last(vault, range, options.agent, options.last);
  if (!from) return base::pass_on(from);
  range.from = *from;
  return range;
}

Result<void> each_listed(vault::Vault& vault, const Range& range, const std::string& agent,
                         const std::function<void(const AuditEntry&)>& take) {
  return vault.each_entry(range.from, [&](const AuditEntry& entry) {
    const bool is_meant = (agent.empty() || model::is_agent_of(agent, entry.agent)) && (!range.since || entry.time >= *range.since);
    if (is_meant) take(entry);
    return Visit::go_on;
  });
}

Result<Reply> list_as_json(vault::Vault& vault, const Range& range, const ListOptions& options) {
  const auto size_of = [](const AuditEntry& entry) { return entry.scope.size() + entry.details.size() + 512; };
  std::deque<AuditEntry> kept;
  std::size_t bytes = 0;
  std::uint64_t left_out = 0;
  const std::uint64_t most = options.last > 0 ? options.last : k_most_lines;
  const auto done = each_listed(vault, range, options.agent, [&](const AuditEntry& entry) {
    kept.push_back(entry);
    bytes += size_of(entry);
    while (kept.size() > 1 && (kept.size() > most || bytes > k_most_kept_bytes)) {
      bytes -= size_of(kept.front());
      kept.pop_front();
      ++left_out;
    }
  });
  if (!done) return base::pass_on(done);
  Reply reply;
  reply.json["entries"] = Json::array();
  for (const AuditEntry& entry : kept) reply.json["entries"].push_back(entry_json(entry));
  reply.json["left_out"] = left_out;
  return reply;
}

Result<Reply> list_as_text(vault::Vault& vault, const Range& range, const ListOptions& options, base::UnixTime now) {
  RunList list(options.no_fold ? Folding::none : Folding::runs, std::max<std::size_t>(options.last, k_most_lines));
  const auto done =
      each_listed(vault, range, options.agent, [&list](const AuditEntry& entry) { list.take(entry); });
  if (!done) return base::pass_on(done);
  Reply reply;
  if (list.taken() == 0) {
    reply.text = range.words.empty() ? "no entries\n" : "no entries in " + range.words + "\n";
    if (!range.words.empty()) reply.next_step = "pvmctl audit list --all, or --since 7d";
    return reply;
  }
  reply.text = (range.words.empty() ? "" : range.words + ", ") + runs_table(list.runs(), ui::local_offset(now));
  if (list.dropped() > 0) {
    reply.text += "(" + entries_text(list.dropped()) + " before these; all of them: pvmctl audit export)\n";
  }
  return reply;
}

Result<Reply> summarise_log(vault::Vault& vault, const Range& range, const ListOptions& options, base::UnixTime now) {
  AuditSummary summary;
  const auto done =
      each_listed(vault, range, options.agent, [&summary](const AuditEntry& entry) { summary.take(entry); });
  if (!done) return base::pass_on(done);
  Reply reply;
  const base::Seconds offset = ui::local_offset(now);
  if (range.since) {
    reply.text = "since " + ui::wall_time(*range.since, offset) + " " + ui::offset_text(offset) + "\n";
    reply.json["since"] = base::iso_time(*range.since);
  }
  reply.text += summary.text();
  reply.json["agents"] = summary.json();
  return reply;
}

Result<Reply> list(Program& program, const ListOptions& options) {
  Context& context = program.context;
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto range = range_of(**vault, options, context.now());
  if (!range) return base::pass_on(range);
  if (options.summary) return summarise_log(**vault, *range, options, context.now());
  if (program.format == Format::json) return list_as_json(**vault, *range, options);
  return list_as_text(**vault, *range, options, context.now());
}

}  // namespace

void add_audit_list_verb(CLI::App& group, Program& program) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App* verb = add_verb(group, program, "list", "show what happened in the last day, or since when you say",
                            "pvmctl audit list --since 7d\n  pvmctl audit list --summary --since 7d",
                            [&program, options] { return list(program, *options); });
  verb->add_option("--last", options->last, "so many entries")->check(CLI::Range(std::uint64_t{1}, k_most_last));
  verb->add_option("--since", options->since, "those of the last while: 30m, 24h (where nothing is said), 7d");
  verb->add_flag("--all", options->all, "all of them");
  verb->add_option("--agent", options->agent, "only those of one agent");
  verb->add_flag("--no-fold", options->no_fold, "a line for each, also where they repeat each other");
  verb->add_flag("--summary", options->summary, "for each agent what was removed, denied and approved");
}

}  // namespace pvm::pvmctl
