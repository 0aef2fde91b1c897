// SPDX-License-Identifier: Apache-2.0
// approve --group: one answer for all requests of a group.
#include "libpvm/base/text.hpp"
#include "pvmctl/pending_view.hpp"
#include "pvmctl/verbs/approve.hpp"

namespace pvm::pvmctl {
namespace {

using approval::Presence;
using approval::Proposal;
using approval::Review;
using approval::Signer;
using base::Code;
using base::fail;
using base::Result;

/// A request of the group that the answer is not about, and why not.
struct LeftOut {
  base::RequestId request;
  std::string why;
};

struct Reviewed {
  Review review;
  std::string card;
};

/// What is to be signed, and what is not.
struct Answer {
  RequestGroup group;
  std::vector<Reviewed> reviews;
  std::vector<LeftOut> left_out;
  std::vector<Proposal> proposals;
};

// Among many cards a difference is easily overlooked: what is not what was asked about is looked at alone.
Result<void> check_for_group(const Review& review) {
  if (auto good = check_answerable(review); !good) return good;
  if (!review.view.is_changed) return {};
  return fail(Code::conflict, "request " + review.request.id.brief() + ": what is there now is not what was asked about");
}

Result<Answer> review_group(Context& context, const std::string& prefix) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const std::string home = context.environment().find_filled("HOME").value_or("");
  auto group = find_group(**vault, prefix, home, context.now());
  if (!group) return base::pass_on(group);
  Answer answer{std::move(*group), {}, {}, {}};
  for (const vault::Request& request : answer.group.requests) {
    auto review = approval::review_request(context, request.id.hex());
    if (!review) return base::pass_on(review);
    if (const auto good = check_for_group(*review); !good) {
      answer.left_out.push_back({request.id, good.error().message});
    } else {
      std::string card = terminal_card(context, *review);
      review->view.fresh.reset();  // it may be as large as a tree, and there are many
      answer.reviews.push_back({std::move(*review), std::move(card)});
    }
  }
  return answer;
}

std::string left_out_text(const std::vector<LeftOut>& left_out) {
  std::string text;
  for (const LeftOut& one : left_out) text += "left out: " + one.why + "\n";
  return text;
}

base::Failure nothing_left(const Answer& answer) {
  const LeftOut& first = answer.left_out.front();
  const std::size_t others = answer.left_out.size() - 1;
  return fail(Code::conflict,
              "none of the group can be approved: " + first.why +
                  (others > 0 ? "; and " + base::counted(others, "other", "others") + " likewise" : ""),
              "look at one with: pvmctl show " + first.request.brief());
}

Result<void> propose_each(Context& context, Answer& answer, const ApproveOptions& options, const Signer& signer,
                          Presence presence) {
  for (const auto& [review, card] : answer.reviews) {
    auto proposal = propose_one(context, review, card, options, signer, presence);
    if (proposal) {
      answer.proposals.push_back(std::move(*proposal));
      continue;
    }
    // What is about this one alone: it is past the bound, say.
    if (proposal.error().code != Code::refused && proposal.error().code != Code::limit) return base::pass_on(proposal);
    answer.left_out.push_back(
        {review.request.id, "request " + review.request.id.brief() + ": " + proposal.error().message});
  }
  return {};
}

std::string first_line_of(const std::string& text) { return text.substr(0, text.find('\n') + 1); }

// One grant for those that need the same: a grant's `may` is one for all of its scopes, and what was asked for without -r is not
// to be given with it.
Result<Proposal> propose_for(Context& context, const RequestGroup& group, const std::vector<const Reviewed*>& alike,
                             const ApproveOptions& options, const Signer& signer, Presence presence) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto choice = choice_from(context, options);
  if (!choice) return base::pass_on(choice);
  const auto via = presence == Presence::unattended ? approval::k_via_unattended : approval::k_via;
  const auto particulars = approval::new_particulars(context, signer.principal(), via);
  if (!particulars) return base::pass_on(particulars);

  RequestGroup asked{group.agent, group.action, group.directory, {}};
  std::string cards;
  std::string reminder;
  std::vector<base::RequestId> further;
  for (const Reviewed* one : alike) {
    cards += one->card + "\n";
    reminder += first_line_of(one->card);
    asked.requests.push_back(one->review.request);
    if (asked.requests.size() > 1) further.push_back(one->review.request.id);
  }
  auto grant = approval::draft_for_all(asked.requests, *choice, *particulars, (*site)->settings);
  if (!grant) return base::pass_on(grant);
  const std::string home = context.environment().find_filled("HOME").value_or("");
  reminder += group_line(asked, home) + "\n";
  // Either their operands stand in it to the letter, or what is beneath the directory does.
  const std::string& operand = asked.requests.front().wish.operation.resources.front().name;
  if (grant->terms.scopes.front() != model::Scope::exactly(operand)) {
    const ui::Colour colour(context.environment(), ui::Stream::terminal);
    reminder += "  " + colour.red("!") + " covers whatever is beneath " + base::quoted(asked.directory) +
                " by then, asked for or not\n";
  }
  std::string card = cards + group_line(asked, home) + ", by one grant\n" + covered_now(context, asked.requests.front(), *grant);
  return Proposal{std::move(card), std::move(*grant), options.note, approval::Basis::looked, std::move(further), std::move(reminder)};
}

Result<void> propose_one_for_all(Context& context, Answer& answer, const ApproveOptions& options,
                                 const Signer& signer, Presence presence) {
  std::vector<std::vector<const Reviewed*>> kinds;
  for (const Reviewed& one : answer.reviews) {
    const auto needs = [](const Reviewed& reviewed) { return reviewed.review.request.wish.operation.needs.text(); };
    const auto kind = std::ranges::find_if(kinds, [&](const auto& alike) { return needs(*alike.front()) == needs(one); });
    if (kind == kinds.end()) {
      kinds.push_back({&one});
    } else {
      kind->push_back(&one);
    }
  }
  for (const auto& alike : kinds) {
    auto proposal = propose_for(context, answer.group, alike, options, signer, presence);
    if (!proposal) return base::pass_on(proposal);
    answer.proposals.push_back(std::move(*proposal));
  }
  return {};
}

// The hint at one grant for all where each would have to be signed by hand.
std::string shorter_way(const Answer& answer, Presence presence) {
  if (answer.proposals.size() < 2 || presence == Presence::unattended) return "";
  return "to be asked once: one grant for all, for a time and not bound to what is there now: pvmctl approve --group " +
         answer.group.requests.front().id.brief() + " --for 30m\n";
}

void tell_left_out(Reply& reply, const Answer& answer) {
  reply.text += left_out_text(answer.left_out);
  reply.json["left_out"] = Json::array();
  for (const LeftOut& one : answer.left_out) {
    Json json;
    json["request"] = one.request.hex();
    json["why"] = one.why;
    reply.json["left_out"].push_back(std::move(json));
  }
}

}  // namespace

Result<Reply> approve_group(Context& context, const ApproveOptions& options) {
  if (!options.scopes.empty()) {
    return fail(Code::usage, "--group takes its scopes from the requests", "leave out --scope, or approve each alone");
  }
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  auto answer = review_group(context, options.group);
  if (!answer) return base::pass_on(answer);
  if (answer->reviews.empty()) return nothing_left(*answer);
  const auto signer = Signer::of_site(**site, **signers, context.environment());
  if (!signer) return base::pass_on(signer);

  const Presence presence = signer->presence();
  const bool is_for_scopes = answer->group.directory.empty();
  const bool is_lasting = (!options.life.empty() || !options.uses.empty()) && !is_for_scopes;
  auto proposed = is_lasting ? propose_one_for_all(context, *answer, options, *signer, presence)
                             : propose_each(context, *answer, options, *signer, presence);
  if (!proposed) return base::pass_on(proposed);
  if (answer->proposals.empty()) return nothing_left(*answer);

  const auto prompting = options.yes ? approval::Prompting::skip : approval::Prompting::ask;
  const std::string remarks = shorter_way(*answer, presence) + left_out_text(answer->left_out);
  if (auto issued = approval::issue(context, *signer, presence, answer->proposals, prompting, remarks); !issued) {
    return base::pass_on(issued);
  }
  auto reply = approved_reply(context, answer->proposals, presence);
  if (reply) tell_left_out(*reply, *answer);
  return reply;
}

}  // namespace pvm::pvmctl
