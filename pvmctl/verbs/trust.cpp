// SPDX-License-Identifier: Apache-2.0
// trust list, add, remove: who may approve.
#include "pvmctl/verbs/trust.hpp"

#include <unistd.h>

#include <algorithm>

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/allowed_signers.hpp"
#include "libpvm/crypto/sshsig.hpp"
#include "libpvm/gate/trust.hpp"
#include "libpvm/model/limited_grant.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/ui/table.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;
using crypto::AllowedSigner;

struct AddOptions {
  std::string file;
  std::string principal;
  bool limited = false;
  bool yes = false;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

std::string validity(const AllowedSigner& signer, base::UnixTime now) {
  if (signer.valid_after && now < *signer.valid_after) return "from " + base::iso_time(*signer.valid_after);
  if (signer.valid_before && now >= *signer.valid_before)
    return "ended " + base::iso_time(*signer.valid_before);
  if (signer.valid_before) return "until " + base::iso_time(*signer.valid_before);
  return "yes";
}

// Which grants the key makes.
std::string grants_of(const AllowedSigner& signer) {
  if (crypto::has_namespace(signer, model::k_grant_namespace)) return "yes";
  return crypto::has_namespace(signer, model::k_limited_namespace) ? "limited" : "no";
}

Result<Reply> list(Context& context) {
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  ui::Table table({{"PRINCIPAL"}, {"FINGERPRINT"}, {"GRANTS"}, {"VALID"}});
  Reply reply;
  reply.json["signers"] = Json::array();
  for (const AllowedSigner& signer : **signers) {
    const std::string grants = grants_of(signer);
    const std::string fingerprint = crypto::fingerprint(signer.key_blob);
    table.add_row({joined(signer.principals), fingerprint, grants, validity(signer, context.now())});
    Json json;
    json["principals"] = signer.principals;
    json["namespaces"] = signer.namespaces;
    json["grants"] = grants;
    json["type"] = signer.key_type;
    json["fingerprint"] = fingerprint;
    json["line"] = signer.line;
    json["valid"] = crypto::is_valid_at(signer, context.now());
    reply.json["signers"].push_back(std::move(json));
  }
  reply.text = table.text(ui::page_width());
  return reply;
}

/// Replaces allowed_signers by `text`, which must be one, and records what changed.
Result<void> replace_signers(Context& context, const std::string& text, std::string_view what,
                             const std::string& fingerprint) {
  if (const auto good = crypto::parse_allowed_signers(text); !good) return base::pass_on(good);
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const mode_t mode = (*site)->places.owner == system::TrustOwner::root ? 0644 : 0600;
  auto done = system::write_file_atomically((*site)->places.allowed_signers(), text, mode);
  if (!done) return done;
  vault::AuditEntry entry;
  entry.type = vault::EntryType::trust;
  entry.time = context.now();
  entry.details = vault::Details().add(what, fingerprint).text();
  return (*vault)->append(entry);
}

Result<std::string> present_text(Context& context) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  auto text = system::read_allowed_signers((*site)->places);
  if (!text) return text;
  if (const auto good = crypto::parse_allowed_signers(*text); !good) return base::pass_on(good);
  if (!text->empty() && text->back() != '\n') *text += '\n';
  return text;
}

Result<void> ask_to_trust(Context& context, const TrustOrder& order, const std::string& fingerprint) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const std::string what = order.trust == approval::Trust::whole
                               ? "may approve as "
                               : "may answer requests, once or for 30 min and never more than was asked, as ";
  const std::string text = "whoever has this key " + what + order.principal + ":\n  " + fingerprint + "\n\n";
  return approval::ask_for_consent(text, "Trust it?", order.prompting, (*site)->settings);
}

Result<Reply> add(Context& context, const AddOptions& options) {
  auto key = approval::read_given_public_key(options.file);
  if (!key) return base::pass_on(key);
  const auto trust = options.limited ? approval::Trust::limited : approval::Trust::whole;
  const auto prompting = options.yes ? approval::Prompting::skip : approval::Prompting::ask;
  return trust_key(context, {options.principal, std::move(*key), trust, prompting});
}

// `text` without the lines of `numbers` (from 1).
std::string without_lines(std::string_view text, const std::vector<std::size_t>& numbers) {
  std::string kept;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n') + 1, text.size());
    if (std::ranges::find(numbers, number) == numbers.end()) kept += text.substr(0, end);
    text.remove_prefix(end);
  }
  return kept;
}

/// The live grants that verify with `before` and not with `after`.
Result<std::vector<std::string>> dying_grants(Context& context, const gate::Signers& before,
                                              const gate::Signers& after) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  vault::GrantFilter filter;
  filter.live_at = context.now();
  const auto grants = (*vault)->grants(filter);
  if (!grants) return base::pass_on(grants);
  std::vector<std::string> dying;
  for (const vault::StoredGrant& grant : *grants) {
    const bool is_good = gate::verify_stored(grant, before, context.now()).has_value();
    const bool stays_good = gate::verify_stored(grant, after, context.now()).has_value();
    if (is_good && !stays_good) dying.push_back(grant.id.brief());
  }
  return dying;
}

Result<Reply> remove(Context& context, const std::string& who) {
  if (auto allowed = check_may_trust(context); !allowed) return base::pass_on(allowed);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto text = present_text(context);
  if (!text) return base::pass_on(text);
  std::vector<std::size_t> lines;
  gate::Signers left;
  std::string fingerprints;
  for (const AllowedSigner& signer : **signers) {
    const std::string fingerprint = crypto::fingerprint(signer.key_blob);
    const bool is_meant =
        fingerprint == who || std::ranges::find(signer.principals, who) != signer.principals.end();
    if (!is_meant) {
      left.push_back(signer);
      continue;
    }
    lines.push_back(signer.line);
    fingerprints += (fingerprints.empty() ? "" : ", ") + fingerprint;
  }
  if (lines.empty()) {
    return fail(Code::missing, base::quoted(who, 256) + " is not trusted", "see who is: pvmctl trust list");
  }
  const auto is_whole = [](const AllowedSigner& signer) { return crypto::has_namespace(signer, model::k_grant_namespace); };
  if (std::ranges::none_of(left, is_whole)) {
    return fail(Code::refused, "that is the only key: nobody could approve or unlock any more",
                "add another one first: pvmctl trust add KEY.pub --principal NAME");
  }
  const auto dying = dying_grants(context, **signers, left);
  if (!dying) return base::pass_on(dying);
  if (auto done = replace_signers(context, without_lines(*text, lines), "removed", fingerprints); !done) {
    return base::pass_on(done);
  }
  Reply reply;
  reply.text = "not trusted any more: " + fingerprints + "\n";
  for (const std::string& id : *dying) reply.text += "grant " + id + " ends with it\n";
  reply.json["removed"] = fingerprints;
  reply.json["grants_ended"] = *dying;
  return reply;
}

}  // namespace

Result<void> check_may_trust(Context& context) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  if ((*site)->places.owner != system::TrustOwner::root || ::geteuid() == 0) return {};
  return fail(Code::refused, base::quoted((*site)->places.allowed_signers()) + " is root's alone to change",
              "run the same as root");
}

Result<Reply> trust_key(Context& context, const TrustOrder& order) {
  const auto settings = system::parse_settings("principal: " + order.principal + "\n");
  if (!settings || settings->principal != order.principal) {
    return fail(Code::usage, "--principal " + base::quoted(order.principal, 128) + " is no plain name",
                "such as alice@host, of letters, digits and ._@+/=-");
  }
  if (auto allowed = check_may_trust(context); !allowed) return base::pass_on(allowed);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto is_same = [&order](const AllowedSigner& signer) { return signer.key_blob == order.key.blob; };
  const std::string fingerprint = crypto::fingerprint(order.key.blob);
  if (std::ranges::any_of(**signers, is_same)) return fail(Code::exists, fingerprint + " is trusted already");
  auto text = present_text(context);
  if (!text) return base::pass_on(text);
  if (auto agreed = ask_to_trust(context, order, fingerprint); !agreed) return base::pass_on(agreed);
  *text += approval::allowed_signers_line(order.principal, order.key, order.trust);
  if (auto done = replace_signers(context, *text, "added", fingerprint); !done) return base::pass_on(done);
  const bool is_limited = order.trust == approval::Trust::limited;
  Reply reply;
  reply.text = "trusted" + std::string(is_limited ? " with limited grants" : "") + ": " + order.principal + ", " + fingerprint + "\n";
  reply.json["principal"] = order.principal;
  reply.json["fingerprint"] = fingerprint;
  reply.json["limited"] = is_limited;
  return reply;
}

void add_trust_verbs(CLI::App& app, Program& program) {
  CLI::App* group = add_group(app, "trust", "who may approve");
  add_verb(*group, program, "list", "list the trusted keys", "pvmctl trust list",
           [&program] { return list(program.context); });

  const auto options = std::make_shared<AddOptions>();
  CLI::App* verb =
      add_verb(*group, program, "add", "trust a key", "pvmctl trust add bob.pub --principal bob@laptop",
               [&program, options] { return add(program.context, *options); });
  verb->add_option("FILE", options->file, "the public key, a file that ends in .pub")->required();
  verb->add_option("--principal", options->principal, "whose key it is")->required();
  verb->add_flag("--limited", options->limited, "for a service: it may answer requests, once or for 30 min, and no more");
  verb->add_flag("--yes", options->yes, "do not ask, where the configuration allows that");

  const auto who = std::make_shared<std::string>();
  verb = add_verb(*group, program, "remove", "stop trusting a key", "pvmctl trust remove bob@laptop",
                  [&program, who] { return remove(program.context, *who); });
  verb->add_option("WHO", *who, "a principal, or a fingerprint (SHA256:…)")->required();
}

}  // namespace pvm::pvmctl
