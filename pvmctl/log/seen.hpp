// SPDX-License-Identifier: Apache-2.0
// The log held against what this approver remembers of it. For approvers' verbs: the refusal names their way
// out.
#pragma once

#include <optional>
#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/crypto/merkle.hpp"
#include "libpvm/gate/trust.hpp"
#include "libpvm/model/grant.hpp"
#include "libpvm/vault/vault.hpp"
#include "pvmctl/context.hpp"
#include "pvmctl/log/heads.hpp"

namespace pvm::pvmctl::log {

/// Where this person's heads are kept. Errors: usage, as system::own_state_directory.
[[nodiscard]] base::Result<HeadsFile> heads_file(const Context& context);
/// What this person remembers of the context's vault. Errors: as the vault's and HeadsFile's.
[[nodiscard]] base::Result<SeenLog> seen_log(Context& context);

/// The head of the log as it is now, durable, after hashing all that is new since the newest head that this
/// person remembers (with none: the whole log); it is remembered from now on. Errors: broken, where the log
/// does not extend what was seen, or nothing was and it does not hash to its head; as the vault's and
/// HeadsFile's.
/// `whole`: what verify_log found just now, without a fault; then only what came after that is hashed.
[[nodiscard]] base::Result<model::TreeHead> look_at_log(Context& context, const vault::LogReport* whole = nullptr);

/// Who can vouch for a log here: the trusted signers, who must outlive it, and what was seen of that log.
[[nodiscard]] vault::LogWitnesses witnesses(const gate::Signers& trusted, const SeenLog& seen);
/// Vault::verify_log with these witnesses. Shows a person how far it is. Remembers nothing.
[[nodiscard]] base::Result<vault::LogReport> verify_log(Context& context);

/// What was seen, and a log that does not extend it.
struct Break {
  SeenHead seen;                   // the newest that is remembered
  crypto::TreeEdge now;            // of the whole log as it is
  std::optional<SeenHead> common;  // the newest remembered head that the log still bears out
};
/// Errors: conflict, where nothing is remembered or the log extends what is; broken, where the log does not
/// hash to its own head, so that there is nothing to go on from; as the vault's and HeadsFile's.
[[nodiscard]] base::Result<Break> find_break(Context& context);

/// "WH9Fk1jY": the start of a head's root in base64, as `audit verify` prints it in full.
[[nodiscard]] std::string brief_root(const model::TreeHead& head);

}  // namespace pvm::pvmctl::log
