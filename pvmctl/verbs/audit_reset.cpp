// SPDX-License-Identifier: Apache-2.0
// audit accept-break, audit prune: what an approver sets aside of the log, by a signed statement that the log keeps.
#include <algorithm>

#include "libpvm/base/text.hpp"
#include "pvmctl/audit_view.hpp"
#include "pvmctl/approval/setting_aside.hpp"
#include "pvmctl/log/seen.hpp"
#include "pvmctl/verbs/audit_verbs.hpp"

namespace pvm::pvmctl {
namespace {

using approval::Prompting;
using base::Code;
using base::fail;
using base::Result;
using vault::AuditEntry;
using Visit = vault::Vault::Visit;

struct ResetOptions {
  std::string reason;
  std::string before;        // prune
  std::uint64_t until = 0;   // prune; 0: not given
  bool yes = false;

  [[nodiscard]] Prompting prompting() const { return yes ? Prompting::skip : Prompting::ask; }
};

/// "entries 1 to 40", "entry 1"
std::string range_text(std::uint64_t first, std::uint64_t last) {
  if (first == last) return "entry " + base::grouped(first);
  return "entries " + base::grouped(first) + " to " + base::grouped(last);
}

/// The first entry from `from` on that still has its text; nullopt where there is none.
Result<std::optional<AuditEntry>> first_entry(vault::Vault& vault, std::uint64_t from) {
  std::optional<AuditEntry> found;
  auto done = vault.each_entry(from, [&found](const AuditEntry& entry) {
    found = entry;
    return Visit::stop;
  });
  if (!done) return base::pass_on(done);
  return found;
}

// ---- accept-break -------------------------------------------------------------------------------

std::string break_card(const log::Break& found, const std::optional<AuditEntry>& last) {
  const model::TreeHead now = found.now.head();
  const std::uint64_t common = found.common ? found.common->head.size : 0;
  const std::string same = found.common ? "the first " + entries_text(common) + ", as you saw them on " +
                                              base::iso_time(found.common->time)
                                        : "nothing that you remember";
  return "the audit log is not the one that you saw\n"
         "  you saw    " + entries_text(found.seen.head.size) + " on " + base::iso_time(found.seen.time) + ", head " +
         log::brief_root(found.seen.head) + "…\n" +
         "  now        " + entries_text(now.size) + ", " +
         (last ? "the last of " + base::iso_time(last->time) + ", " : "") + "head " + log::brief_root(now) + "…\n" +
         "  unchanged  " + same + "\n" +
         "An old copy of the vault that was put back looks like this, and so does a log that somebody rewrote.\n" +
         "What " + range_text(common + 1, found.seen.head.size) + " said when you saw " +
         (found.seen.head.size - common == 1 ? "it" : "them") + " cannot be known any more: uses and revocations of\n" +
         "grants may count as not made.\n" +
         "By signing you accept the log as it is now. Grants in it stay in force; to end them: pvmctl revoke --all\n";
}

Result<Reply> accept_break(Context& context, const ResetOptions& options) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto file = log::heads_file(context);
  if (!file) return base::pass_on(file);
  const auto found = log::find_break(context);
  if (!found) return base::pass_on(found);
  const auto last = first_entry(**vault, found->now.size());
  if (!last) return base::pass_on(last);

  approval::Aside aside{model::ResetKind::broken_log, found->now.head()};
  aside.seen = found->seen.head;
  aside.reason = options.reason;
  auto done = approval::set_aside(context, aside, break_card(*found, *last), options.prompting());
  if (!done) return base::pass_on(done);
  // From here on this log is the one that was seen.
  const auto now = (*vault)->extend(found->now, {});
  if (!now) return base::pass_on(now);
  if (auto kept = file->start_over((*vault)->id(), *now, context.now()); !kept) return base::pass_on(kept);

  Reply reply;
  reply.text = "accepted: the log of " + entries_text(now->size()) + " is the one to hold later ones against\n";
  reply.json["entries"] = now->size();
  reply.json["seen"] = found->seen.head.size;
  reply.json["unchanged"] = found->common ? found->common->head.size : 0;
  reply.next_step = "see which grants are in force: pvmctl grants";
  return reply;
}

// ---- prune --------------------------------------------------------------------------------------

/// The last of the entries from the first on that are all older than `moment`; 0: none.
Result<std::uint64_t> last_before(vault::Vault& vault, base::UnixTime moment) {
  std::uint64_t last = 0;
  auto done = vault.each_entry(1, [&](const AuditEntry& entry) {
    if (entry.time >= moment) return Visit::stop;
    last = entry.entry;
    return Visit::go_on;
  });
  if (!done) return base::pass_on(done);
  return last;
}

Result<std::uint64_t> wanted_end(Context& context, vault::Vault& vault, const ResetOptions& options,
                                 std::uint64_t size) {
  if (options.before.empty() == (options.until == 0)) {
    return fail(Code::usage, "say how much is to go, in one way", "--before 90d, or --until ENTRY");
  }
  if (options.until > size) {
    return fail(Code::usage, "--until " + std::to_string(options.until) + ": the log has " + entries_text(size));
  }
  if (options.until > 0) return options.until;
  const auto age = base::parse_duration(options.before);
  if (!age) {
    return fail(Code::usage, "--before " + base::quoted(options.before, 64) + " is no time", "such as 90d, 52w");
  }
  const auto last = last_before(vault, context.now() - *age);
  if (!last) return last;
  return std::min(*last, size);
}

/// What is to go: entries `first` to `offer.until`.
struct Pruning {
  std::uint64_t first = 1;
  std::uint64_t wanted = 0;
  vault::PruneOffer offer;
  base::UnixTime last_time;
};

Result<Pruning> find_pruning(Context& context, vault::Vault& vault, const ResetOptions& options, std::uint64_t size) {
  const auto wanted = wanted_end(context, vault, options, size);
  if (!wanted) return base::pass_on(wanted);
  const auto first = first_entry(vault, 1);
  if (!first) return base::pass_on(first);
  Pruning found;
  if (*first) found.first = (*first)->entry;
  found.wanted = *wanted;
  if (found.wanted < found.first) return fail(Code::conflict, "there is nothing to prune: no text is that old");
  auto offer = vault.offer_prune(found.wanted, context.now());
  if (!offer) return base::pass_on(offer);
  found.offer = std::move(*offer);
  if (found.offer.until < found.first) {
    return fail(Code::conflict, "there is nothing to prune yet: " + found.offer.held_by);
  }
  const auto last = first_entry(vault, found.offer.until);
  if (!last) return base::pass_on(last);
  if (*last) found.last_time = (*last)->time;
  return found;
}

std::string prune_card(const Pruning& pruning, std::uint64_t size) {
  const std::uint64_t until = pruning.offer.until;
  std::string text = "texts of the audit log, to be removed for good\n"
                     "  goes   " + range_text(pruning.first, until) + " of " + base::grouped(size) + ", up to " +
                     base::iso_time(pruning.last_time) + ": who asked for what, why, and the answer;\n" +
                     "         with the grants and requests that these entries made\n" +
                     "  stays  the hash of each entry, so that the log can still be verified\n";
  if (until < pruning.wanted) {
    text += "  stays  " + range_text(until + 1, pruning.wanted) + ": " + pruning.offer.held_by + "\n";
  }
  return text + "To keep a copy, say no and run this first: pvmctl audit export --format jsonl --output FILE\n";
}

Result<Reply> prune(Context& context, const ResetOptions& options) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto head = log::look_at_log(context);
  if (!head) return base::pass_on(head);
  // What the statement says of the texts is all that will be left of them.
  const auto report = log::verify_log(context);
  if (!report) return base::pass_on(report);
  if (!report->faults.empty()) {
    return fail(Code::broken, "the log is not whole, and what is wrong with it would go with the texts",
                "see what is wrong with: pvmctl audit verify");
  }
  const auto pruning = find_pruning(context, **vault, options, head->size);
  if (!pruning) return base::pass_on(pruning);

  approval::Aside aside{model::ResetKind::prune, *head};
  aside.until = pruning->offer.until;
  aside.then = pruning->offer.then;
  aside.reason = options.reason;
  auto done = approval::set_aside(context, aside, prune_card(*pruning, head->size), options.prompting());
  if (!done) return base::pass_on(done);
  Reply reply;
  reply.text = "pruned: the texts of " + range_text(pruning->first, pruning->offer.until) + " are gone\n";
  if (pruning->offer.until < pruning->wanted) {
    const std::string kept = range_text(pruning->offer.until + 1, pruning->wanted);
    reply.text += "  kept: " + kept + ": " + pruning->offer.held_by + "\n";
  }
  reply.json["from"] = pruning->first;
  reply.json["until"] = pruning->offer.until;
  reply.json["held_by"] = json_text(pruning->offer.held_by);
  return reply;
}

}  // namespace

void add_audit_accept_break_verb(CLI::App& group, Program& program) {
  const auto options = std::make_shared<ResetOptions>();
  CLI::App* verb = add_verb(group, program, "accept-break",
                            "Accept, signed, a log that is not the one that you saw: after an old copy was put back",
                            "pvmctl audit accept-break --reason 'the disk failed, restored from Monday'",
                            [&program, options] { return accept_break(program.context, *options); });
  verb->add_option("--reason", options->reason, "why that is so; the log keeps it")->required();
  verb->add_flag("--yes", options->yes, "do not ask, where the configuration allows that");
}

void add_audit_prune_verb(CLI::App& group, Program& program) {
  const auto options = std::make_shared<ResetOptions>();
  CLI::App* verb = add_verb(group, program, "prune", "remove the texts of old entries, signed; their hashes stay",
                            "pvmctl audit prune --before 90d",
                            [&program, options] { return prune(program.context, *options); });
  verb->add_option("--before", options->before, "entries older than this: 90d, 52w");
  verb->add_option("--until", options->until, "entries up to this number")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{INT64_MAX}));
  verb->add_option("--reason", options->reason, "a word for the log");
  verb->add_flag("--yes", options->yes, "do not ask, where the configuration allows that");
}

}  // namespace pvm::pvmctl
