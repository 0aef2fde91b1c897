// SPDX-License-Identifier: Apache-2.0
// From a grant as it is kept to one that is believed. Floor: gate.
#pragma once

#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/crypto/allowed_signers.hpp"
#include "libpvm/model/decision.hpp"
#include "libpvm/system/places.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::gate {

using Signers = std::vector<crypto::AllowedSigner>;

/// Who may approve. Where the site is unattended that may be nobody: then nothing is granted. Errors: as
/// system::read_allowed_signers and crypto::parse_allowed_signers say.
[[nodiscard]] base::Result<Signers> load_signers(const system::Site& site);

/// Verifies the signature over the raw statement, then reads it. The signer must bear the name that the statement
/// gives as approver, and the key must be valid at `now`. What is signed in the namespace of limited grants keeps to their
/// limits (model/limited_grant.hpp). Errors: untrusted, malformed, newer.
[[nodiscard]] base::Result<model::Grant> verify_grant(std::string_view statement, std::string_view signature,
                                                      const Signers& signers, base::UnixTime now);

/// The same for a grant of the vault, whose row must bear the id that the statement gives (a copied statement
/// under another id would be a second set of uses).
[[nodiscard]] base::Result<model::Candidate> verify_stored(const vault::StoredGrant& stored, const Signers& signers,
                                                           base::UnixTime now);

/// What the signature of a kept grant is worth to who reads the log: trusted by `signers` at the time it was signed
/// (its not-before), well signed by some other key, or forged.
[[nodiscard]] vault::Witness judge_grant(const vault::StoredGrant& stored, const Signers& signers);
/// The same for a statement that an audit entry keeps, at the time that it names.
[[nodiscard]] vault::Witness judge_statement(const vault::KeptStatement& kept, const Signers& signers);

}  // namespace pvm::gate
