// SPDX-License-Identifier: Apache-2.0
// restore: check a backup, show what putting it back would do, ask, do it.
#include <optional>

#include "libpvm/base/text.hpp"
#include "libpvm/system/process.hpp"
#include "libpvm/system/safe_file.hpp"
#include "libpvm/vault/restore.hpp"
#include "pvmctl/approval/consent.hpp"
#include "pvmctl/audit_view.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/log/seen.hpp"
#include "pvmctl/ui/progress_line.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;
using vault::RestorePlan;
using Condition = vault::PresentVault::Condition;

struct RestoreOptions {
  std::string file;
  bool yes = false;
};

std::string side_text(const vault::State& state) {
  return entries_text(state.log.size()) + ", the last of " + base::iso_time(state.clock_mark);
}

/// Entries of the vault that is there, and not of the backup.
std::uint64_t lost_entries(const RestorePlan& plan) {
  return plan.present.condition == Condition::readable ? plan.present.state.log.size() - plan.common : 0;
}

std::string present_text(const RestorePlan& plan) {
  switch (plan.present.condition) {
    case Condition::none:
      return "  now     there is no vault\n";
    case Condition::unreadable:
      return "  now     cannot be read: " + plan.present.fault + "\n  ! whether it was locked cannot be told\n";
    case Condition::readable:
      break;
  }
  std::string text = "  now     " + side_text(plan.present.state) + "\n";
  if (plan.common < plan.state.log.size()) {
    text += "  ! the two are not one log: they differ from entry " + base::grouped(plan.common + 1) + " on\n";
  }
  const std::uint64_t lost = lost_entries(plan);
  text += lost == 0 ? "  lost    no entry\n"
                    : "  lost    the last " + entries_text(lost) + " of now, with the requests and grants that they made\n";
  if (plan.present.state.lock_id) text += "  the vault is locked, and stays locked\n";
  return text;
}

std::string plan_text(const RestorePlan& plan) {
  std::string text = "restore vault " + plan.id.brief() + " from " + base::quoted(plan.backup) + "\n  backup  " +
                     side_text(plan.state) + "; its log is whole\n";
  if (plan.older_format) {
    text += "          of format " + std::to_string(*plan.older_format) + ", and is migrated on the way\n";
  }
  if (plan.pending > 0) text += "          " + base::counted(plan.pending, "request waits", "requests wait") + " again\n";
  text += present_text(plan);
  text += "Every grant is revoked, those that were signed after the backup too.\n";
  if (plan.present.condition != Condition::none) text += "What is there now is kept beside the vault.\n";
  return text;
}

/// The signatures in the backup, and what this person remembers of that vault's log.
vault::FindWitnesses witnesses(const gate::Signers& trusted, const log::HeadsFile& heads) {
  return [&trusted, &heads](const base::VaultId& id) -> Result<vault::LogWitnesses> {
    const auto seen = heads.read(id);
    if (!seen) return base::pass_on(seen);
    return log::witnesses(trusted, *seen);
  };
}

Result<vault::Restoration> prepare(Context& context, const std::string& file, const log::HeadsFile& heads) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const system::Places& places = (*site)->places;
  if (places.owner == system::TrustOwner::user) {
    // On a new machine there is none yet.
    if (auto done = system::make_private_directories(places.state_directory); !done) return base::pass_on(done);
  }
  std::optional<ui::ProgressLine> line;
  std::string stage;
  const auto show = [&](std::string_view doing, std::string_view unit, std::uint64_t done, std::uint64_t all) {
    if (stage != doing) line.emplace(std::string(doing), std::string(unit));
    stage = doing;
    line->show(done, all);
  };
  return vault::Restoration::prepare(file, places.state_directory, gate::sharing_of(places), witnesses(**signers, heads),
                                     context.now(), show);
}

std::string next_step(const RestorePlan& plan, const log::SeenLog& seen) {
  const bool is_older = !seen.heads.empty() && seen.heads.back().head.size > plan.state.log.size();
  if (is_older) {
    return "you remember a log that had more entries, so approving is refused until you accept this one: "
           "pvmctl audit accept-break --reason '…'";
  }
  return "see how it stands: pvmctl doctor";
}

Reply restored_reply(const RestorePlan& plan, const vault::Restored& restored, const log::SeenLog& seen) {
  Reply reply;
  reply.text = "restored: " + entries_text(restored.head.size) + ", every grant is revoked\n";
  if (!restored.replaced.empty()) reply.text += "what was there: " + base::quoted(restored.replaced) + "\n";
  reply.json["vault"] = restored.id.hex();
  reply.json["backup"] = json_text(plan.backup);
  reply.json["head"]["size"] = restored.head.size;
  reply.json["head"]["root"] = base::to_base64(restored.head.root);
  reply.json["epoch"] = restored.epoch;
  reply.json["lost"] = lost_entries(plan);
  reply.json["replaced"] = restored.replaced.empty() ? Json() : Json(json_text(restored.replaced));
  reply.next_step = next_step(plan, seen);
  return reply;
}

Result<Reply> restore(Context& context, const RestoreOptions& options) {
  const auto heads = log::heads_file(context);
  if (!heads) return base::pass_on(heads);
  const std::string file = options.file.starts_with('/') ? options.file
                                                         : system::working_directory() + "/" + options.file;
  auto restoration = prepare(context, file, *heads);
  if (!restoration) return base::pass_on(restoration);
  const RestorePlan& plan = restoration->plan();
  const auto seen = heads->read(plan.id);
  if (!seen) return base::pass_on(seen);

  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto prompting = options.yes ? approval::Prompting::skip : approval::Prompting::ask;
  const auto agreed = approval::ask_for_consent(plan_text(plan), "Put it back?", prompting, (*site)->settings);
  if (!agreed) return base::pass_on(agreed);
  const auto restored = restoration->finish(context.now());
  if (!restored) return base::pass_on(restored);
  return restored_reply(plan, *restored, *seen);
}

}  // namespace

void add_restore_verb(CLI::App& app, Program& program) {
  const auto options = std::make_shared<RestoreOptions>();
  CLI::App* verb = add_verb(app, program, "restore", "put a backup in the vault's place; every grant is revoked by it",
                            "pvmctl restore /media/usb/vault-monday.db",
                            [&program, options] { return restore(program.context, *options); });
  verb->add_option("FILE", options->file, "what pvmctl backup made; it is only read")->required();
  verb->add_flag("--yes", options->yes, "do not ask, where the configuration allows that");
}

}  // namespace pvm::pvmctl
