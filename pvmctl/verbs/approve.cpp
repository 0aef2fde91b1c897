// SPDX-License-Identifier: Apache-2.0
// approve: look again, show, ask, sign, store.
#include "pvmctl/verbs/approve.hpp"

#include <set>

#include "libpvm/base/text.hpp"
#include "libpvm/system/process.hpp"
#include "pvmctl/approval/coverage.hpp"
#include "pvmctl/approval/issue.hpp"
#include "pvmctl/approval/review.hpp"
#include "pvmctl/scope_words.hpp"

namespace pvm::pvmctl {
namespace {

using approval::Presence;
using approval::Proposal;
using approval::Review;
using approval::Signer;
using base::Code;
using base::fail;
using base::Result;

Result<std::vector<Review>> review_all(Context& context, const std::vector<std::string>& ids) {
  std::vector<Review> reviews;
  std::set<std::string> seen;
  for (const std::string& id : ids) {
    auto review = approval::review_request(context, id);
    if (!review) return base::pass_on(review);
    if (auto good = check_answerable(*review); !good) return base::pass_on(good);
    if (seen.insert(review->request.id.hex()).second) reviews.push_back(std::move(*review));
  }
  return reviews;
}

Result<Reply> approve(Context& context, const ApproveOptions& options) {
  const bool is_group = !options.group.empty();
  if (is_group == !options.ids.empty()) {
    return fail(Code::usage, "say which requests to approve", "give IDs, or --group with one of a group's");
  }
  if (is_group && (options.draft || !options.signature.empty())) {
    return fail(Code::usage, "--draft and --signature are about one request", "leave out --group");
  }
  if (is_group) return approve_group(context, options);
  if (options.draft && !options.signature.empty()) {
    return fail(Code::usage, "--draft makes the text and --signature takes its signature in",
                "do one after the other");
  }
  if (options.draft) return write_draft(context, options);
  if (!options.signature.empty()) return take_signature(context, options);

  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto reviews = review_all(context, options.ids);
  if (!reviews) return base::pass_on(reviews);
  const auto signer = Signer::of_site(**site, **signers, context.environment());
  if (!signer) return base::pass_on(signer);
  const Presence presence = signer->presence();
  std::vector<Proposal> proposals;
  for (const Review& review : *reviews) {
    auto proposal = propose_one(context, review, terminal_card(context, review), options, *signer, presence);
    if (!proposal) return base::pass_on(proposal);
    proposals.push_back(std::move(*proposal));
  }
  const auto prompting = options.yes ? approval::Prompting::skip : approval::Prompting::ask;
  if (auto issued = approval::issue(context, *signer, presence, proposals, prompting); !issued) {
    return base::pass_on(issued);
  }
  return approved_reply(context, proposals, presence);
}

}  // namespace

Result<void> check_answerable(const Review& review) {
  const vault::Request& request = review.request;
  if (request.state != vault::RequestState::pending) {
    return fail(Code::conflict,
                "request " + request.id.brief() + " is " + std::string(vault::to_text(request.state)) +
                    ", not pending",
                "see: pvmctl show " + request.id.brief());
  }
  if (!review.view.is_gone) return {};
  return fail(Code::conflict, "request " + request.id.brief() + ": " + review.view.obstacle,
              "there is nothing to approve: pvmctl deny " + request.id.brief());
}

std::string covered_now(const Context& context, const vault::Request& request, const model::Grant& grant) {
  // Paths of another machine are not ours of the same name.
  const bool is_of_paths = model::scope_type_of(grant.terms.action) == model::ScopeType::path;
  if (request.host != system::host_name() || !is_of_paths) return {};
  return approval::coverage_text(approval::coverage_of(grant.terms.scopes),
                                 context.environment().find_filled("HOME").value_or(""));
}

std::string terminal_card(Context& context, const Review& review) {
  return approval::card_of(context, review, ui::Colour(context.environment(), ui::Stream::terminal));
}

Result<Proposal> propose_one(Context& context, const Review& review, std::string card, const ApproveOptions& options,
                             const Signer& signer, Presence presence) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto choice = choice_from(context, options);
  if (!choice) return base::pass_on(choice);
  const auto via = presence == Presence::unattended ? approval::k_via_unattended : approval::k_via;
  const auto particulars = approval::new_particulars(context, signer.principal(), via);
  if (!particulars) return base::pass_on(particulars);
  auto grant = approval::draft_grant(review.request, *choice, review.view.digest, *particulars, (*site)->settings);
  if (!grant) return base::pass_on(grant);
  // What is bound is what the card lists; else the scopes decide, whatever is there by then.
  if (!grant->effect) card += covered_now(context, review.request, *grant);
  const auto basis = review.view.obstacle.empty() ? approval::Basis::looked : approval::Basis::told;
  return Proposal{std::move(card), std::move(*grant), options.note, basis};
}

Result<Reply> approved_reply(Context& context, const std::vector<Proposal>& proposals, Presence presence) {
  Reply reply;
  reply.json["approved"] = Json::array();
  for (const Proposal& proposal : proposals) {
    const model::Grant& grant = proposal.grant;
    const std::string others =
        proposal.further.empty() ? "" : " and " + base::counted(proposal.further.size(), "other", "others");
    reply.text += "approved " + grant.request->brief() + others + ": " + approval::grant_line(grant) + "\n";
    reply.json["approved"].push_back(approval::grant_json(grant));
    Json& answered = reply.json["approved"].back()["requests"] = Json::array({grant.request->hex()});
    for (const base::RequestId& id : proposal.further) answered.push_back(id.hex());
  }
  reply.json["unattended"] = presence == Presence::unattended;
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto lock = (*vault)->lock_status();
  if (lock && lock->state == model::LockState::locked) {
    reply.next_step = "the vault is locked, and nothing runs until: pvmctl unlock";
  }
  return reply;
}

Result<approval::Choice> choice_from(Context& context, const ApproveOptions& options) {
  approval::Choice choice;
  if (options.once) choice.repetition = approval::Repetition::once;
  if (!options.life.empty()) {
    choice.life = base::parse_duration(options.life);
    if (!choice.life) {
      return fail(Code::usage, "--for " + base::quoted(options.life, 64) + " is no time", "such as 30m, 4h");
    }
  }
  if (!options.uses.empty()) {
    const auto uses = approval::parse_uses(options.uses);
    if (!uses) return base::pass_on(uses);
    choice.uses = *uses;
  }
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  for (const std::string& pattern : options.scopes) {
    auto scope = scope_from_words(type_by_form(pattern), pattern, (*site)->settings.forges);
    if (!scope) return base::pass_on(scope);
    choice.scopes.push_back(std::move(*scope));
  }
  if (options.widen) choice.widening = approval::Widening::allow;
  if (options.unbound) choice.binding = approval::Binding::unbound;
  return choice;
}

Result<std::string> only_id(const ApproveOptions& options, std::string_view option) {
  if (options.ids.size() == 1) return options.ids.front();
  return fail(Code::usage, std::string(option) + " is about one request", "give one ID");
}

void add_approve_verbs(CLI::App& app, Program& program) {
  const auto options = std::make_shared<ApproveOptions>();
  CLI::App* verb = add_verb(app, program, "approve", "show what is asked for, and sign a grant for it",
                            "pvmctl approve 5ab2 --for 30m",
                            [&program, options] {
                              if (!program.host.empty()) return approve_there(program.context, program.host, *options);
                              return approve(program.context, *options);
                            });
  verb->add_option("ID", options->ids, "requests, by the start of their ids");
  verb->add_option("--group", options->group, "all of the group that this request is pending in");
  verb->add_flag("--once", options->once, "one use, bound to what is there now (the default)");
  verb->add_option("--for", options->life, "the same scopes for a time: 30m, 4h");
  verb->add_option("--uses", options->uses, "so many uses, or unlimited");
  verb->add_option("--scope", options->scopes, "a scope in place of those asked for; may be repeated")
      ->allow_extra_args(false);
  verb->add_flag("--widen", options->widen, "it may cover more than was asked for");
  verb->add_flag("--unbound", options->unbound, "do not bind to what is there now");
  verb->add_option("--note", options->note, "a word to the agent");
  verb->add_flag("--yes", options->yes, "do not ask, where the configuration allows that");
  CLI::Option* draft = verb->add_flag("--draft", options->draft, "print the text to sign, to be signed elsewhere");
  verb->add_option("--for-approver", options->for_approver, "who is to sign the draft")->needs(draft);
  verb->add_flag("--unattended", options->unattended, "their key needs no human act, and the draft is to say so")
      ->needs(draft);
  verb->add_option("--witness", options->witness, "with --json, prove that the log extends its first N entries")
      ->needs(draft);
  verb->add_option("--signature", options->signature, "take in the signature of a draft, from this file (-: standard input)");
  add_deny_verb(app, program);
}

}  // namespace pvm::pvmctl
