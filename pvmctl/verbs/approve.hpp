// SPDX-License-Identifier: Apache-2.0
// Parts of add_approve_verbs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "pvmctl/approval/draft.hpp"
#include "pvmctl/approval/issue.hpp"
#include "pvmctl/approval/review.hpp"
#include "pvmctl/cli.hpp"

namespace pvm::pvmctl {

/// The words of `approve`.
struct ApproveOptions {
  std::vector<std::string> ids;
  std::string group;  // a request of it
  bool once = false;
  std::string life;
  std::string uses;
  std::vector<std::string> scopes;
  bool widen = false;
  bool unbound = false;
  std::string note;
  bool yes = false;
  bool draft = false;
  std::string signature;
  std::string for_approver;
  bool unattended = false;
  std::optional<std::uint64_t> witness;
};

/// Errors: usage; malformed (a scope).
[[nodiscard]] base::Result<approval::Choice> choice_from(Context& context, const ApproveOptions& options);
/// Errors: usage, unless exactly one id is given.
[[nodiscard]] base::Result<std::string> only_id(const ApproveOptions& options, std::string_view option);

/// approve --draft ID: prints the text to sign, and keeps it in the person's own state directory.
[[nodiscard]] base::Result<Reply> write_draft(Context& context, const ApproveOptions& options);
/// approve --signature FILE ID: takes in the signature of the kept text.
[[nodiscard]] base::Result<Reply> take_signature(Context& context, const ApproveOptions& options);

/// pvmctl --host DESTINATION approve ID: the draft is made there, judged, shown and signed here, and taken in there.
[[nodiscard]] base::Result<Reply> approve_there(Context& context, const std::string& destination,
                                                const ApproveOptions& options);

/// Whether the request can be approved as it is. Errors: conflict, saying why not.
[[nodiscard]] base::Result<void> check_answerable(const approval::Review& review);
/// What the scopes of an unbound grant for `request` cover now, as lines of its card; empty where it is about another machine.
[[nodiscard]] std::string covered_now(const Context& context, const vault::Request& request, const model::Grant& grant);
/// The card as the terminal shows it.
[[nodiscard]] std::string terminal_card(Context& context, const approval::Review& review);
/// The grant for one request, shown by `card`. Errors: as draft_grant and new_particulars.
[[nodiscard]] base::Result<approval::Proposal> propose_one(Context& context, const approval::Review& review, std::string card,
                                                           const ApproveOptions& options,
                                                           const approval::Signer& signer,
                                                           approval::Presence presence);
/// After issuing: what was approved.
[[nodiscard]] base::Result<Reply> approved_reply(Context& context, const std::vector<approval::Proposal>& proposals,
                                                 approval::Presence presence);
/// approve --group ID: all pending requests of its group as they are now; each bound to its effect, or, with --for or
/// --uses, by one grant for all.
[[nodiscard]] base::Result<Reply> approve_group(Context& context, const ApproveOptions& options);

void add_deny_verb(CLI::App& app, Program& program);

}  // namespace pvm::pvmctl
