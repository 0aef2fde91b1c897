// SPDX-License-Identifier: Apache-2.0
// The last steps to a grant: show, ask, sign, verify, store. Used by approve and allow.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/model/grant.hpp"
#include "pvmctl/approval/consent.hpp"
#include "pvmctl/approval/draft.hpp"
#include "pvmctl/approval/signer.hpp"
#include "pvmctl/context.hpp"
#include "pvmctl/reply.hpp"

namespace pvm::pvmctl::approval {

inline constexpr std::string_view k_via = "cli";
inline constexpr std::string_view k_via_unattended = "cli/unattended";
/// What every door ends in whose key needs no human act.
inline constexpr std::string_view k_unattended_door = "/unattended";

/// Whether the effect that a grant is bound to was looked at here, or is somebody's word.
enum class Basis { looked, told };

/// A grant that is to be signed.
struct Proposal {
  std::string card;  // what is shown above its text
  model::Grant grant;
  std::string note;  // for the agent
  Basis basis = Basis::looked;
  std::vector<base::RequestId> further = {};  // that the grant answers beside its own
  std::string reminder = {};  // what stands once more above the question; empty: the first line of the card
};

/// Id, vault, epoch and log head of a grant that is made now. Errors: as log::look_at_log, so broken where the log does
/// not extend what this approver saw before.
[[nodiscard]] base::Result<Particulars> new_particulars(Context& context, const std::string& approver,
                                                        std::string_view via);

/// Shows the proposals with their whole texts, asks once, has ssh-keygen sign each, verifies what
/// came back against allowed_signers and stores it. Of several, ssh-keygen asks for each, and how often is said before.
/// `remarks`: lines that stand above the question. Errors: refused (no consent), untrusted, what the vault says; of
/// several, all are stored but those that the message names.
[[nodiscard]] base::Result<void> issue(Context& context, const Signer& signer, Presence presence,
                                       const std::vector<Proposal>& proposals, Prompting prompting,
                                       const std::string& remarks = {});

/// "1 use, for 4 h (until 2026-11-21T13:30:00Z), for exactly what is there now"; "… for exactly what was told"
[[nodiscard]] std::string terms_in_words(const model::Grant& grant, Basis basis);
/// "grant 3f0c1d2e: 1 use, until 2026-11-21T13:30:00Z, for this very effect"
[[nodiscard]] std::string grant_line(const model::Grant& grant);
/// id, agent, action, scopes, may, uses, times, effect, request, approver, via, reason.
[[nodiscard]] Json grant_json(const model::Grant& grant);

}  // namespace pvm::pvmctl::approval
