// SPDX-License-Identifier: Apache-2.0
// audit checkpoint: the head of the log, for keeping elsewhere; signed where it goes into a file.
#include <algorithm>
#include <array>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/approval/consent.hpp"
#include "pvmctl/approval/signer.hpp"
#include "pvmctl/log/seen.hpp"
#include "pvmctl/log/signed_checkpoint.hpp"
#include "pvmctl/new_files.hpp"
#include "pvmctl/ui/progress_line.hpp"
#include "pvmctl/verbs/audit_verbs.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

struct CheckpointOptions {
  std::string out;
  bool yes = false;
};

Json checkpoint_json(const log::Checkpoint& checkpoint) {
  Json json;
  json["origin"] = log::origin_of(checkpoint.vault);
  json["size"] = checkpoint.head.size;
  json["root"] = base::to_base64(checkpoint.head.root);
  json["checkpoint"] = log::encode(checkpoint);
  return json;
}

/// Before anybody is asked for a passphrase: a key of an older allowed_signers may not be trusted with
/// checkpoints.
Result<void> check_may_sign(const approval::Signer& signer, const gate::Signers& signers) {
  const bool may = std::ranges::any_of(signers, [&signer](const crypto::AllowedSigner& entry) {
    return entry.key_blob == signer.public_key().blob &&
           crypto::has_namespace(entry, log::k_checkpoint_namespace);
  });
  if (may) return {};
  const std::string name_space(log::k_checkpoint_namespace);
  return fail(Code::untrusted, "allowed_signers does not trust your key with checkpoints",
              "add " + name_space + " to the namespaces= of its line");
}

/// Errors: broken, where the entries do not hash to the head.
Result<void> hash_all(vault::Vault& vault) {
  ui::ProgressLine line("hashing");
  const auto edge =
      vault.extend({}, [&line](std::uint64_t done, std::uint64_t all) { line.show(done, all); });
  if (!edge) return base::pass_on(edge);
  return {};
}

Result<void> check_places(const std::string& path) {
  if (auto free = check_free(path); !free) return free;
  return check_free(path + ".sig");
}

Result<Reply> sign_checkpoint(Context& context, vault::Vault& vault, const CheckpointOptions& options) {
  if (auto free = check_places(options.out); !free) return base::pass_on(free);
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto signer = approval::Signer::of_site(**site, **signers, context.environment());
  if (!signer) return base::pass_on(signer);
  if (auto may = check_may_sign(*signer, **signers); !may) return base::pass_on(may);

  // Nobody signs for a log that is not whole, or not the one that they saw before.
  if (auto whole = hash_all(vault); !whole) return base::pass_on(whole);
  const auto head = log::look_at_log(context);
  if (!head) return base::pass_on(head);
  const log::Checkpoint checkpoint{vault.id(), *head};
  const std::string statement = log::encode(checkpoint);
  const std::string card = "the head of the audit log, " +
                           base::counted(checkpoint.head.size, "entry", "entries") + ", to be kept in " +
                           base::quoted(options.out) + "\n\n" + statement + "\n";
  const auto prompting = options.yes ? approval::Prompting::skip : approval::Prompting::ask;
  auto agreed = approval::ask_for_consent(card, "Sign this?", prompting, (*site)->settings);
  if (!agreed) return base::pass_on(agreed);
  const auto signatures = signer->sign(log::k_checkpoint_namespace, {&statement, 1});
  if (!signatures) return base::pass_on(signatures);
  const std::string& signature = signatures->front();
  const auto approver = log::verify_checkpoint(statement, signature, **signers, context.now());
  if (!approver) return base::pass_on(approver);

  // The signature first: where the checkpoint is, its signature is too.
  const std::array<NewFile, 2> files = {{{options.out + ".sig", signature}, {options.out, statement}}};
  if (auto done = write_new_files(files); !done) return base::pass_on(done);
  Reply reply;
  reply.text = "wrote " + base::quoted(options.out) + " and its signature " +
               base::quoted(options.out + ".sig") + ": " +
               base::counted(checkpoint.head.size, "entry", "entries") + ", signed by " +
               base::quoted(*approver) + "\n";
  const bool is_unattended = signer->presence() == approval::Presence::unattended;
  if (is_unattended)
    reply.text += "  the key needs no human act: whoever runs as you could sign another head\n";
  reply.json = checkpoint_json(checkpoint);
  reply.json["files"] = Json::array({json_text(options.out), json_text(options.out + ".sig")});
  reply.json["approver"] = json_text(*approver);
  reply.json["unattended"] = is_unattended;
  reply.next_step =
      "keep both where who can write the vault cannot; compare later with: pvmctl audit verify "
      "--checkpoint FILE";
  return reply;
}

Result<Reply> checkpoint(Context& context, const CheckpointOptions& options) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  if (!options.out.empty()) return sign_checkpoint(context, **vault, options);
  const auto head = (*vault)->durable_head();
  if (!head) return base::pass_on(head);
  const log::Checkpoint present{(*vault)->id(), *head};
  Reply reply;
  reply.text = log::encode(present);
  reply.json = checkpoint_json(present);
  return reply;
}

}  // namespace

void add_audit_checkpoint_verb(CLI::App& group, Program& program) {
  const auto options = std::make_shared<CheckpointOptions>();
  CLI::App* verb = add_verb(group, program, "checkpoint", "print the head of the log, or sign it into a file",
                            "pvmctl audit checkpoint --out log.checkpoint",
                            [&program, options] { return checkpoint(program.context, *options); });
  CLI::Option* out =
      verb->add_option("--out", options->out, "sign it, and write it here and its signature to FILE.sig");
  verb->add_flag("--yes", options->yes, "do not ask, where the configuration allows that")->needs(out);
}

}  // namespace pvm::pvmctl
