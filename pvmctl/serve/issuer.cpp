// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/serve/issuer.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/allowed_signers.hpp"
#include "libpvm/gate/trust.hpp"
#include "libpvm/model/limited_grant.hpp"
#include "pvmctl/approval/draft.hpp"
#include "pvmctl/approval/issue.hpp"
#include "pvmctl/approval/login.hpp"
#include "pvmctl/context.hpp"
#include "pvmctl/scope_words.hpp"
#include "pvmctl/verbs/approve.hpp"

namespace pvm::pvmctl::serve {
namespace {

using base::Code;
using base::fail;
using base::Result;

Result<std::string> principal_of(const ServiceKey& key, const gate::Signers& signers) {
  const auto is_its_line = [&key](const crypto::AllowedSigner& signer) {
    return signer.key_blob == key.public_key().blob && crypto::has_namespace(signer, model::k_limited_namespace);
  };
  const auto line = std::ranges::find_if(signers, is_its_line);
  if (line != signers.end()) return approval::plain_principal(*line);
  return fail(Code::untrusted, "the service's key " + crypto::fingerprint(key.public_key().blob) + " is not trusted with limited grants",
              "trust it: pvmctl trust add FILE.pub --principal serve@host --limited");
}

// For how long, how often and for what, as the person said it, with the service's limits where they said nothing.
Result<approval::Choice> choice_of(const web::Order& order, const vault::Request& request, const system::Settings& settings) {
  approval::Choice choice;
  choice.life = order.life;
  if (order.uses) choice.uses = approval::Uses{*order.uses};
  const bool is_for_scopes = request.wish.operation.resources.empty();
  if (!choice.life && (order.uses || is_for_scopes)) choice.life = model::k_limited_life;
  for (const std::string& pattern : order.scopes) {
    auto scope = scope_from_words(model::scope_type_of(request.wish.operation.action), pattern, settings.forges);
    if (!scope) return base::pass_on(scope);
    choice.scopes.push_back(std::move(*scope));
  }
  return choice;
}

// A session may be older than what is trusted now.
Result<void> check_person(const web::Person& person, const gate::Signers& signers, base::UnixTime now) {
  const auto is_still_theirs = [&](const crypto::AllowedSigner& signer) {
    return crypto::has_principal(signer, person.principal) && crypto::has_namespace(signer, approval::k_login_namespace) &&
           crypto::is_valid_at(signer, now);
  };
  if (std::ranges::any_of(signers, is_still_theirs)) return {};
  return fail(Code::untrusted, base::quoted(person.principal, 128) + " is not trusted any more", "log in again: pvmctl login");
}

}  // namespace

std::string KeyIssuer::weakness() const {
  std::string text;
  if (is_same_user_) text = "Agents run as the user who holds the key that answers are signed with, and could take it.";
  if (key_.is_unattended()) text += std::string(text.empty() ? "" : " ") + "That key is kept without a passphrase.";
  return text;
}

Result<std::unique_ptr<KeyIssuer>> KeyIssuer::make(const system::Environment& environment, ServiceKey key, bool is_same_user) {
  Context context(environment);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  auto principal = principal_of(key, **signers);
  if (!principal) return base::pass_on(principal);
  return std::unique_ptr<KeyIssuer>(new KeyIssuer(environment, std::move(key), std::move(*principal), is_same_user));
}

Result<Json> KeyIssuer::issue(const approval::Review& review, const web::Order& order, const web::Person& person) {
  Context context(environment_);
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  if (auto good = check_person(person, **signers, context.now()); !good) return base::pass_on(good);
  if (auto good = check_answerable(review); !good) return base::pass_on(good);
  const auto choice = choice_of(order, review.request, (*site)->settings);
  if (!choice) return base::pass_on(choice);
  const bool is_unattended = key_.is_unattended() || person.is_unattended;
  const std::string via = std::string(model::k_service_door) + person.door + "/" + person.principal +
                          std::string(is_unattended ? approval::k_unattended_door : "");
  const auto particulars = approval::new_particulars(context, principal_, via);
  if (!particulars) return base::pass_on(particulars);
  const auto grant = approval::draft_grant(review.request, *choice, review.view.digest, *particulars, (*site)->settings);
  if (!grant) return base::pass_on(grant);
  if (auto within = model::check_limits(*grant); !within) return base::pass_on(within);
  const auto statement = model::encode(*grant);
  if (!statement) return base::pass_on(statement);
  const std::string signature = key_.sign(model::k_limited_namespace, *statement);
  const auto verified = gate::verify_grant(*statement, signature, **signers, context.now());
  if (!verified) return base::pass_on(verified);
  auto stored = (*vault)->store_grant({*verified, *statement, signature, is_unattended, {}}, order.note, context.now());
  if (!stored) return base::pass_on(stored);
  return approval::grant_json(*verified);
}

}  // namespace pvm::pvmctl::serve
