// SPDX-License-Identifier: Apache-2.0
// pending and show: what waits for an answer.
#include "pvmctl/approval/review.hpp"

#include "libpvm/base/text.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/request_view.hpp"
#include "pvmctl/ui/table.hpp"

namespace pvm::pvmctl {
namespace {

using base::Result;

struct PendingOptions {
  std::string agent;
};

std::string pending_table(const std::vector<vault::Request>& requests, base::UnixTime now) {
  ui::Table table(
      {{"ID"}, {"AGENT", 1}, {"ASKED"}, {"WHAT", 3, ui::Cut::middle}, {"EFFECT", 2}, {"REASON", 4}});
  for (const vault::Request& request : requests) {
    const bool is_waited_for = request.waiting_until > now;
    const bool has_effect = !request.wish.operation.resources.empty();
    table.add_row(
        {request.id.brief(), request.wish.operation.agent,
         base::human_duration(now - request.asked) + (is_waited_for ? ", waiting" : ""),
         request.wish.invocation.argv.empty() ? wish_line(request.wish) : command_text(request.wish),
         has_effect ? model::to_text(request.wish.summary) : "-", request.reason});
  }
  return table.text();
}

Result<Reply> pending(Context& context, const PendingOptions& options) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  vault::RequestFilter filter;
  filter.state = vault::RequestState::pending;
  if (!options.agent.empty()) filter.agent = options.agent;
  const auto requests = (*vault)->requests(filter, context.now());
  if (!requests) return base::pass_on(requests);
  Reply reply;
  reply.json["requests"] = Json::array();
  for (const vault::Request& request : *requests) reply.json["requests"].push_back(request_json(request));
  const auto lock = (*vault)->lock_status();
  if (!lock) return base::pass_on(lock);
  reply.json["locked"] = lock->state == model::LockState::locked;
  if (lock->state == model::LockState::locked) {
    reply.text = "locked " + base::human_duration(context.now() - lock->since) +
                 " ago: nothing runs, whatever is approved, until: pvmctl unlock\n";
  }
  if (requests->empty()) {
    reply.text += "nothing is pending\n";
    return reply;
  }
  reply.text += pending_table(*requests, context.now());
  const std::string first = requests->front().id.brief();
  reply.next_step = "pvmctl approve " + first + ", or pvmctl deny " + first;
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
  }
  return reply;
}

}  // namespace

void add_review_verbs(CLI::App& app, Program& program) {
  const auto options = std::make_shared<PendingOptions>();
  CLI::App* list = add_verb(app, program, "pending", "list what waits for an answer", "pvmctl pending",
                            [&program, options] { return pending(program.context, *options); });
  list->add_option("--agent", options->agent, "only this agent's");

  const auto id = std::make_shared<std::string>();
  CLI::App* one = add_verb(app, program, "show", "look at a request, and at what it would do now",
                           "pvmctl show 5ab2", [&program, id] { return show(program.context, *id); });
  one->add_option("ID", *id, "the start of its id")->required();
}

}  // namespace pvm::pvmctl
