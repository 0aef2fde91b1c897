// SPDX-License-Identifier: Apache-2.0
// approve --draft and --signature: for a key that is on another machine.
#include <cstdio>

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sshsig.hpp"
#include "libpvm/gate/trust.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/approval/given_file.hpp"
#include "pvmctl/approval/issue.hpp"
#include "pvmctl/approval/review.hpp"
#include "pvmctl/log/seen.hpp"
#include "pvmctl/verbs/approve.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

// The person's own, also where the vault is shared: a draft is signed unseen by whoever takes its signature in.
Result<std::string> drafts_directory(const Context& context) {
  const auto own = system::own_state_directory(context.environment());
  if (!own) return base::pass_on(own);
  return *own + "/drafts";
}

// Who is to sign: as configured, else the first approver with a plain name.
Result<std::string> drafted_approver(Context& context) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto identity = system::signing_identity(**site, context.environment());
  if (!identity) return base::pass_on(identity);
  if (identity->principal) return *identity->principal;
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  for (const crypto::AllowedSigner& signer : **signers) {
    if (auto name = approval::plain_principal(signer)) return name;
  }
  return fail(Code::missing, "no approver has a plain name",
              "say who signs in config.yaml: 'principal: alice@host'");
}

Result<model::Grant> draft_for(Context& context, const approval::Review& review,
                               const ApproveOptions& options) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto choice = choice_from(options);
  if (!choice) return base::pass_on(choice);
  const auto approver = drafted_approver(context);
  if (!approver) return base::pass_on(approver);
  const auto particulars = approval::new_particulars(context, *approver, approval::k_via);
  if (!particulars) return base::pass_on(particulars);
  return approval::draft_grant(review.request, *choice, review.view.digest, *particulars, (*site)->settings);
}

Result<std::string> read_draft(Context& context, const base::RequestId& id) {
  const auto drafts = drafts_directory(context);
  if (!drafts) return base::pass_on(drafts);
  auto text = system::read_checked_file(*drafts + "/" + id.hex(), system::Guard::own_private, model::k_grant_max_bytes);
  if (text || text.error().code != Code::missing) return text;
  return fail(Code::missing, "there is no draft for request " + id.brief(),
              "make one with: pvmctl approve --draft " + id.brief());
}

}  // namespace

Result<Reply> write_draft(Context& context, const ApproveOptions& options) {
  const auto id = only_id(options, "--draft");
  if (!id) return base::pass_on(id);
  const auto review = approval::review_request(context, *id);
  if (!review) return base::pass_on(review);
  const vault::Request& request = review->request;
  if (request.state != vault::RequestState::pending || review->view.is_gone) {
    return fail(Code::conflict, "request " + request.id.brief() + " cannot be approved",
                "see: pvmctl show " + request.id.brief());
  }
  const auto grant = draft_for(context, *review, options);
  if (!grant) return base::pass_on(grant);
  auto text = model::encode(*grant);
  if (!text) return base::pass_on(text);

  const auto drafts = drafts_directory(context);
  if (!drafts) return base::pass_on(drafts);
  if (auto made = system::make_private_directories(*drafts); !made) return base::pass_on(made);
  if (auto kept = system::write_file_atomically(*drafts + "/" + request.id.hex(), *text, 0600); !kept) {
    return base::pass_on(kept);
  }
  Reply reply;
  reply.text = *text;
  reply.json["request"] = request.id.hex();
  reply.json["statement"] = *text;
  reply.next_step =
      "put these lines into a file and sign it: ssh-keygen -Y sign -f KEY -n pvm-grant-v1 FILE; then: "
      "pvmctl approve --signature FILE.sig " +
      request.id.brief();
  return reply;
}

Result<Reply> take_signature(Context& context, const ApproveOptions& options) {
  const auto prefix = only_id(options, "--signature");
  if (!prefix) return base::pass_on(prefix);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto id = (*vault)->request_by_prefix(*prefix);
  if (!id) return base::pass_on(id);
  const auto statement = read_draft(context, *id);
  if (!statement) return base::pass_on(statement);
  const auto signature = approval::read_given_file(options.signature, crypto::k_signature_max_bytes);
  if (!signature) return base::pass_on(signature);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto grant = gate::verify_grant(*statement, *signature, **signers, context.now());
  if (!grant) return base::pass_on(grant);
  if (grant->request != *id) return fail(Code::untrusted, "the draft is about another request");
  if (const auto looked = log::look_at_log(context); !looked) return base::pass_on(looked);
  if (auto stored = (*vault)->store_grant({*grant, *statement, *signature}, options.note, context.now());
      !stored) {
    return base::pass_on(stored);
  }

  if (const auto drafts = drafts_directory(context)) std::remove((*drafts + "/" + id->hex()).c_str());
  Reply reply;
  reply.text = "approved " + id->brief() + ": " + approval::grant_line(*grant) + "\n";
  reply.json["approved"] = Json::array({approval::grant_json(*grant)});
  return reply;
}

}  // namespace pvm::pvmctl
