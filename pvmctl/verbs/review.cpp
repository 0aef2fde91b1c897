// SPDX-License-Identifier: Apache-2.0
// pending and show: what waits for an answer.
#include "pvmctl/approval/review.hpp"

#include "libpvm/base/text.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/pending_view.hpp"
#include "pvmctl/request_view.hpp"

namespace pvm::pvmctl {
namespace {

using base::Result;

struct PendingOptions {
  std::string agent;
  bool all = false;
};

// A group's form first where there is one: it is one answer instead of many.
std::string next_answer(const std::vector<RequestGroup>& groups) {
  for (const RequestGroup& group : groups) {
    if (group.requests.size() < 2) continue;
    const std::string id = group.requests.front().id.brief();
    return "pvmctl approve --group " + id + ", or deny --group; for one alone: pvmctl approve ID";
  }
  const std::string id = groups.front().requests.front().id.brief();
  return "pvmctl approve " + id + ", or pvmctl deny " + id;
}

Result<Reply> pending(Context& context, const PendingOptions& options) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  vault::RequestFilter filter;
  filter.state = vault::RequestState::pending;
  if (!options.agent.empty()) filter.agent = options.agent;
  auto requests = (*vault)->requests(filter, context.now());
  if (!requests) return base::pass_on(requests);
  Reply reply;
  reply.json["requests"] = Json::array();
  for (const vault::Request& request : *requests) reply.json["requests"].push_back(request_json(request));
  const std::string home = context.environment().find_filled("HOME").value_or("");
  const auto groups = group_requests(std::move(*requests), home);
  reply.json["groups"] = groups_json(groups, context.now());
  const auto lock = (*vault)->lock_status();
  if (!lock) return base::pass_on(lock);
  reply.json["locked"] = lock->state == model::LockState::locked;
  if (lock->state == model::LockState::locked) {
    reply.text = "locked " + base::human_duration(context.now() - lock->since) +
                 " ago: nothing runs, whatever is approved, until: pvmctl unlock\n";
  }
  if (groups.empty()) {
    reply.text += "nothing is pending\n";
    return reply;
  }
  if (reply.json["requests"].size() == filter.most) reply.text += "the newest " + base::grouped(filter.most) + ":\n";
  reply.text += pending_text(groups, home, context.now(), options.all ? Lines::all : Lines::first);
  reply.next_step = next_answer(groups);
  return reply;
}

Result<Reply> show(Context& context, const std::string& id) {
  const auto review = approval::review_request(context, id);
  if (!review) return base::pass_on(review);
  const ui::Colour colour(context.environment(), ui::standard_output());
  Reply reply;
  reply.text =
      approval::card_of(context, *review, colour) + "\n" + request_text(review->request, context.now());
  reply.json = review_json(*review);
  const std::string brief = review->request.id.brief();
  if (review->request.state == vault::RequestState::pending) {
    reply.next_step = "pvmctl approve " + brief + ", or pvmctl deny " + brief;
  } else if (review->request.state == vault::RequestState::denied) {
    reply.next_step = "a denial is final for this request; to permit it after all, let the agent ask for it in other words, or: pvmctl allow";
  }
  return reply;
}

}  // namespace

void add_review_verbs(CLI::App& app, Program& program) {
  const auto options = std::make_shared<PendingOptions>();
  CLI::App* list = add_verb(app, program, "pending", "list what waits for an answer", "pvmctl pending",
                            [&program, options] { return pending(program.context, *options); });
  list->add_option("--agent", options->agent, "only this agent's, or of 'PROGRAM@*'");
  list->add_flag("--all", options->all, "every request of long groups");

  const auto id = std::make_shared<std::string>();
  CLI::App* one = add_verb(app, program, "show", "look at a request, and at what it would do now",
                           "pvmctl show 5ab2", [&program, id] { return show(program.context, *id); });
  one->add_option("ID", *id, "the start of its id")->required();
}

}  // namespace pvm::pvmctl
