// SPDX-License-Identifier: Apache-2.0
// lock, panic, unlock: stopping everything needs no key, letting it go on does.
#include "libpvm/base/text.hpp"
#include "libpvm/model/reset.hpp"
#include "pvmctl/approval/setting_aside.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/log/seen.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr const char* k_unlock_hint = "to let things go on: pvmctl unlock";

struct LockOptions {
  std::string reason;
  bool yes = false;
};

Result<Reply> lock(Context& context, const LockOptions& options) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  if (auto done = (*vault)->lock(options.reason, context.now()); !done) return base::pass_on(done);
  Reply reply;
  reply.text = "locked: nothing runs, whatever was granted\n";
  reply.json["locked"] = true;
  reply.next_step = k_unlock_hint;
  return reply;
}

Result<Reply> panic(Context& context, const LockOptions& options) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  if (auto done = (*vault)->panic(options.reason, context.now()); !done) return base::pass_on(done);
  Reply reply;
  reply.text = "locked; every grant is revoked and every pending request is cancelled\n";
  reply.json["locked"] = true;
  reply.next_step = k_unlock_hint;
  return reply;
}

std::string unlock_card(const vault::LockStatus& status, base::UnixTime now) {
  return "locked " + base::human_duration(now - status.since) + " ago" +
         (status.reason.empty() ? "" : ": " + base::quoted(status.reason)) + "\n";
}

Result<Reply> unlock(Context& context, const LockOptions& options) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto status = (*vault)->lock_status();
  if (!status) return base::pass_on(status);
  if (status->state == model::LockState::open) return fail(Code::conflict, "the vault is not locked");
  const auto lock = base::LockId::from_hex(status->id);
  if (!lock) return fail(Code::malformed, "the id of the lock is not an id", "see what is wrong with: pvmctl doctor");
  // Why it was locked stands in the log, so that must be the one that was seen.
  if (const auto looked = log::look_at_log(context); !looked) return base::pass_on(looked);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto signer = approval::Signer::of_site(**site, **signers, context.environment());
  if (!signer) return base::pass_on(signer);

  const base::UnixTime now = context.now();
  const auto statement = model::encode(model::Unlock{(*vault)->id(), *lock, now, signer->principal()});
  if (!statement) return base::pass_on(statement);
  const auto prompting = options.yes ? approval::Prompting::skip : approval::Prompting::ask;
  const auto signature = approval::agree_and_sign(context, *signer, model::k_unlock_namespace,
                                                  unlock_card(*status, now), *statement, prompting);
  if (!signature) return base::pass_on(signature);
  auto done = (*vault)->unlock(status->id, *statement, *signature, signer->principal(), context.now());
  if (!done) return base::pass_on(done);
  Reply reply;
  reply.text = "unlocked\n";
  reply.json["locked"] = false;
  return reply;
}

}  // namespace

void add_lock_verbs(CLI::App& app, Program& program) {
  const auto stop = std::make_shared<LockOptions>();
  CLI::App* verb = add_verb(app, program, "lock", "let nothing run until unlocked; needs no key",
                            "pvmctl lock --reason 'looking into it'",
                            [&program, stop] { return lock(program.context, *stop); });
  verb->add_option("--reason", stop->reason, "shown to whoever is refused");

  const auto go = std::make_shared<LockOptions>();
  verb = add_verb(app, program, "unlock", "let things run again; needs the approver's key", "pvmctl unlock",
                  [&program, go] { return unlock(program.context, *go); });
  verb->add_flag("--yes", go->yes, "do not ask, where the configuration allows that");

  const auto alarm = std::make_shared<LockOptions>();
  verb = add_verb(app, program, "panic", "lock, revoke every grant and cancel every request; needs no key",
                  "pvmctl panic", [&program, alarm] { return panic(program.context, *alarm); });
  verb->add_option("--reason", alarm->reason, "shown to whoever is refused");
}

}  // namespace pvm::pvmctl
