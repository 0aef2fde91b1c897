// SPDX-License-Identifier: Apache-2.0
// approve --draft and --signature: for a key that is on another machine.
#include <algorithm>
#include <cstdio>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sshsig.hpp"
#include "libpvm/gate/trust.hpp"
#include "libpvm/system/process.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/approval/given_file.hpp"
#include "pvmctl/approval/issue.hpp"
#include "pvmctl/approval/review.hpp"
#include "pvmctl/log/consistency.hpp"
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

// Before a person is asked to sign what would not be taken in.
Result<std::string> trusted_name(Context& context, const std::string& name) {
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  for (const crypto::AllowedSigner& signer : **signers) {
    const auto fits = [&name](const std::string& one) { return one == name || one.find_first_of("*?") != std::string::npos; };
    if (std::ranges::any_of(signer.principals, fits)) return name;
  }
  return fail(Code::untrusted, base::quoted(name, 128) + " is not trusted here",
              "see who is: pvmctl trust list; to trust a key: pvmctl trust add KEY.pub --principal NAME");
}

// Who is to sign: as said, else as configured, else the first approver with a plain name.
Result<std::string> drafted_approver(Context& context, const std::string& said) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  if (!said.empty()) return trusted_name(context, said);
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
  const auto choice = choice_from(context, options);
  if (!choice) return base::pass_on(choice);
  const auto approver = drafted_approver(context, options.for_approver);
  if (!approver) return base::pass_on(approver);
  const auto via = options.unattended ? approval::k_via_unattended : approval::k_via;
  const auto particulars = approval::new_particulars(context, *approver, via);
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

// For an approver on another machine: what this one has to say of the request, and of the log in the draft.
Result<void> add_testimony(Context& context, const approval::Review& review, const model::Grant& grant,
                           std::uint64_t since, Json& json) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto testified = log::testify(**vault, grant.log, since);
  if (!testified) return base::pass_on(testified);
  const ui::Colour plain(system::Environment(), ui::Stream::other);
  std::string card = approval::card_of(context, review, plain);
  if (!grant.effect) card += covered_now(context, review.request, grant);
  json["card"] = card;
  json["host"] = json_text(system::host_name());
  json["age"] = (context.now() - review.request.asked).count();
  const std::string edge = testified->edge.hashes();
  json["edge"] = base::to_base64(base::as_bytes(edge).data(), edge.size());
  json["consistency"] = Json::array();
  for (const base::Digest& hash : testified->proof) json["consistency"].push_back(base::to_base64(hash));
  return {};
}

Result<std::string> read_signature(const std::string& file) {
  if (file != "-") return approval::read_given_file(file, crypto::k_signature_max_bytes);
  std::string text(crypto::k_signature_max_bytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), stdin));
  if (std::ferror(stdin) != 0) return fail(Code::io, "cannot read the signature from standard input");
  if (text.size() <= crypto::k_signature_max_bytes) return text;
  return fail(Code::limit, "standard input holds more than a signature");
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
  if (options.witness) {
    if (auto told = add_testimony(context, *review, *grant, *options.witness, reply.json); !told) {
      return base::pass_on(told);
    }
  }
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
  const auto signature = read_signature(options.signature);
  if (!signature) return base::pass_on(signature);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto grant = gate::verify_grant(*statement, *signature, **signers, context.now());
  if (!grant) return base::pass_on(grant);
  if (grant->request != *id) return fail(Code::untrusted, "the draft is about another request");
  if (const auto looked = log::look_at_log(context); !looked) return base::pass_on(looked);
  const bool is_unattended = grant->via == approval::k_via_unattended;
  if (auto stored = (*vault)->store_grant({*grant, *statement, *signature, is_unattended}, options.note, context.now());
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
