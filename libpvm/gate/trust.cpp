// SPDX-License-Identifier: Apache-2.0
#include "libpvm/gate/trust.hpp"

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sshsig.hpp"
#include "libpvm/model/limited_grant.hpp"

namespace pvm::gate {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view k_approver_field = "\napprover ";

// The approver's name, before anything is believed: it only says which of the trusted keys must have signed.
Result<std::string> claimed_approver(std::string_view statement) {
  const auto at = statement.find(k_approver_field);
  if (at == std::string_view::npos) return fail(Code::malformed, "the statement names no approver");
  const std::string_view rest = statement.substr(at + k_approver_field.size());
  const auto name = base::percent_decode(rest.substr(0, rest.find('\n')));
  if (!name) return fail(Code::malformed, "the statement's approver cannot be read");
  return *name;
}

}  // namespace

Result<Signers> load_signers(const system::Site& site) {
  const auto text = system::read_allowed_signers(site.places);
  if (!text && text.error().code == Code::missing && site.settings.unattended) return Signers{};
  if (!text) return base::pass_on(text);
  return crypto::parse_allowed_signers(*text);
}

Result<model::Grant> verify_grant(std::string_view statement, std::string_view signature, const Signers& signers,
                                  base::UnixTime now) {
  if (statement.size() > model::k_grant_max_bytes) return fail(Code::limit, "the statement is over 8 KiB");
  const auto approver = claimed_approver(statement);
  if (!approver) return base::pass_on(approver);
  const auto parsed = crypto::parse_sshsig(signature);
  if (!parsed) return base::pass_on(parsed);
  const bool is_limited = parsed->name_space == model::k_limited_namespace;
  if (!is_limited && parsed->name_space != model::k_grant_namespace) {
    return fail(Code::untrusted, "the signature is for namespace " + base::quoted(parsed->name_space, 80) + ", not for grants");
  }
  if (auto verified = crypto::verify_sshsig(*parsed, statement, *approver, now, signers); !verified) return base::pass_on(verified);
  auto grant = model::decode_grant(statement);
  if (!grant) return grant;
  if (grant->approver != *approver) return fail(Code::malformed, "the statement names two approvers");
  if (!is_limited) return grant;
  if (auto within = model::check_limits(*grant); !within) return base::pass_on(within);
  return grant;
}

vault::Witness judge_grant(const vault::StoredGrant& stored, const Signers& signers) {
  const auto grant = model::decode_grant(stored.statement);
  if (!grant || grant->id != stored.id) return vault::Witness::forged;
  const auto signature = crypto::parse_sshsig(stored.signature);
  const bool is_limited = signature && signature->name_space == model::k_limited_namespace;
  const auto witness = judge_statement({is_limited ? model::k_limited_namespace : model::k_grant_namespace, stored.statement,
                                        stored.signature, grant->approver, grant->terms.window.not_before},
                                       signers);
  const bool is_beyond = is_limited && !model::check_limits(*grant);
  return witness == vault::Witness::trusted && is_beyond ? vault::Witness::untrusted : witness;
}

vault::Witness judge_statement(const vault::KeptStatement& kept, const Signers& signers) {
  const auto is_signed_by = [&kept](const Signers& who) {
    return crypto::verify_sshsig(kept.signature, kept.statement, kept.name_space, kept.approver, kept.time, who)
        .has_value();
  };
  if (is_signed_by(signers)) return vault::Witness::trusted;

  // Is it at least what the key inside the signature has signed?
  const auto signature = crypto::parse_sshsig(kept.signature);
  if (!signature) return vault::Witness::forged;
  crypto::AllowedSigner itself;
  itself.principals = {"*"};
  itself.namespaces = {std::string(kept.name_space)};
  itself.key_type = signature->key_type;
  itself.key_blob = signature->public_key;
  return is_signed_by({itself}) ? vault::Witness::untrusted : vault::Witness::forged;
}

Result<model::Candidate> verify_stored(const vault::StoredGrant& stored, const Signers& signers,
                                       base::UnixTime now) {
  auto grant = verify_grant(stored.statement, stored.signature, signers, now);
  if (!grant) return base::pass_on(grant);
  if (grant->id != stored.id) {
    return fail(Code::untrusted, "grant " + stored.id.brief() + " is kept under an id that is not its own");
  }
  return model::Candidate{std::move(*grant), stored.used,
                          stored.revoked ? model::Revocation::revoked : model::Revocation::none};
}

}  // namespace pvm::gate
