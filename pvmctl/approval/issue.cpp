// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/issue.hpp"

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/gate/trust.hpp"
#include "pvmctl/log/seen.hpp"

namespace pvm::pvmctl::approval {
namespace {

using base::Result;

Result<std::vector<std::string>> statements_of(const std::vector<Proposal>& proposals) {
  std::vector<std::string> statements;
  for (const Proposal& proposal : proposals) {
    auto text = model::encode(proposal.grant);
    if (!text) return base::pass_on(text);
    statements.push_back(std::move(*text));
  }
  return statements;
}

std::string consent_text(const std::vector<Proposal>& proposals, const std::vector<std::string>& statements) {
  std::string text;
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    text += proposals[i].card + "\n" + statements[i] + "\n";
  }
  // What is signed may have scrolled the rest away: what it is about stands once more above the question.
  for (const Proposal& proposal : proposals) {
    text += proposal.reminder.empty() ? proposal.card.substr(0, proposal.card.find('\n') + 1) : proposal.reminder;
    text += "  you sign: " + terms_in_words(proposal.grant, proposal.basis) + "\n";
  }
  return text;
}

std::string prompts_text(std::size_t count, Presence presence) {
  if (count < 2 || presence == Presence::unattended) return "";
  return "passphrase or touch will be asked for " + std::to_string(count) + " times, once for each text\n";
}

std::string question_for(std::size_t count) {
  return count == 1 ? "Sign this?" : "Sign these " + std::to_string(count) + "?";
}

Result<void> verify_and_store(Context& context, const Proposal& proposal, const std::string& statement,
                              const std::string& signature, Presence presence) {
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto verified = gate::verify_grant(statement, signature, **signers, context.now());
  if (!verified) return base::pass_on(verified);
  return (*vault)->store_grant({*verified, statement, signature, presence == Presence::unattended, proposal.further},
                               proposal.note, context.now());
}

}  // namespace

// The fields of the statement that decide how much is given, for who does not read it field by field.
std::string terms_in_words(const model::Grant& grant, Basis basis) {
  const std::string uses = grant.uses ? base::counted(*grant.uses, "use", "uses") : "any number of uses";
  const auto life = grant.terms.window.not_after - grant.terms.window.not_before;
  const std::string bound = basis == Basis::looked ? "for exactly what is there now" : "for exactly what was told";
  const std::string what = grant.effect ? bound : "whatever is there by then";
  return uses + ", for " + base::human_duration(life) + " (until " + base::iso_time(grant.terms.window.not_after) +
         "), " + what;
}

Result<Particulars> new_particulars(Context& context, const std::string& approver, std::string_view via) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto epoch = (*vault)->epoch();
  if (!epoch) return base::pass_on(epoch);
  const auto head = log::look_at_log(context);
  if (!head) return base::pass_on(head);
  return Particulars{crypto::random_id<base::GrantId>(),
                     (*vault)->id(),
                     *epoch,
                     *head,
                     approver,
                     std::string(via),
                     context.now()};
}

Result<void> issue(Context& context, const Signer& signer, Presence presence, const std::vector<Proposal>& proposals,
                   Prompting prompting, const std::string& remarks) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto statements = statements_of(proposals);
  if (!statements) return base::pass_on(statements);
  const std::string text =
      consent_text(proposals, *statements) + prompts_text(proposals.size(), presence) + remarks;
  auto agreed = ask_for_consent(text, question_for(proposals.size()), prompting, (*site)->settings);
  if (!agreed) return agreed;
  const auto signatures = signer.sign(model::k_grant_namespace, *statements);
  if (!signatures) return base::pass_on(signatures);
  std::optional<base::Error> first;
  std::string failed;
  std::size_t lost = 0;
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    auto stored = verify_and_store(context, proposals[i], (*statements)[i], (*signatures)[i], presence);
    if (stored) continue;
    ++lost;
    failed += (failed.empty() ? "" : "; ") + std::string("grant ") + std::to_string(i + 1) + " of " +
              std::to_string(proposals.size()) + " was not stored: " + stored.error().message;
    if (!first) first = stored.error();
  }
  if (!first) return {};
  if (lost < proposals.size()) failed += "; the others were";
  return base::fail(first->code, failed, first->hint);
}

std::string grant_line(const model::Grant& grant) {
  const std::string uses = grant.uses ? base::counted(*grant.uses, "use", "uses") : "unlimited uses";
  return "grant " + grant.id.brief() + ": " + uses + ", until " +
         base::iso_time(grant.terms.window.not_after) + (grant.effect ? ", for this very effect" : "");
}

Json grant_json(const model::Grant& grant) {
  Json json;
  json["id"] = grant.id.hex();
  json["agent"] = grant.terms.agent;
  json["action"] = model::to_text(grant.terms.action);
  json["scope_type"] = model::to_text(model::scope_type_of(grant.terms.action));
  json["scopes"] = Json::array();
  for (const model::Scope& scope : grant.terms.scopes) json["scopes"].push_back(json_text(scope.pattern()));
  json["may"] = grant.terms.may.text();
  json["uses"] = grant.uses ? Json(*grant.uses) : Json("unlimited");
  json["not_before"] = base::iso_time(grant.terms.window.not_before);
  json["not_after"] = base::iso_time(grant.terms.window.not_after);
  json["effect"] = grant.effect ? Json("sha256:" + base::to_hex(*grant.effect)) : Json();
  json["request"] = grant.request ? Json(grant.request->hex()) : Json();
  json["approver"] = json_text(grant.approver);
  json["via"] = json_text(grant.via);
  json["reason"] = json_text(grant.reason);
  return json;
}

}  // namespace pvm::pvmctl::approval
