// SPDX-License-Identifier: Apache-2.0
// wait, status, cancel: what an agent does with its own requests.
#include "pvmctl/verbs/own_request.hpp"

#include "libpvm/base/text.hpp"
#include "libpvm/frontend/wording.hpp"
#include "libpvm/gate/waiting.hpp"
#include "pvmctl/request_view.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;
using vault::RequestState;

constexpr base::Seconds k_longest_wait{24 * 3600};
constexpr std::size_t k_most_listed = 50;

base::Failure no_such_request(const std::string& prefix) {
  return fail(Code::usage, "there is no request " + base::quoted(prefix, 64),
              "list yours with: pvmctl status");
}

bool is_id_prefix(const std::string& text) {
  return text.size() >= 4 && text.size() <= 32 &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Where a prefix fits requests of several agents, only the agent's own are looked at, and only they are
// named.
Result<vault::Request> find_among_own(vault::Vault& vault, const std::string& agent,
                                      const std::string& prefix, base::UnixTime now) {
  vault::RequestFilter own;
  own.agent = agent;
  own.most = SIZE_MAX;
  auto requests = vault.requests(own, now);
  if (!requests) return base::pass_on(requests);
  std::vector<vault::Request*> found;
  for (vault::Request& request : *requests) {
    if (request.id.hex().starts_with(prefix)) found.push_back(&request);
  }
  if (found.empty()) return no_such_request(prefix);
  if (found.size() == 1) return std::move(*found.front());
  std::string list;
  for (const vault::Request* request : found)
    list += (list.empty() ? "" : ", ") + request->id.hex().substr(0, 12);
  return fail(Code::usage, base::quoted(prefix) + " fits more than one request: " + list,
              "give more characters of it");
}

Result<Reply> wait(Context& context, const std::string& prefix, const std::string& timeout) {
  const auto longest = parse_wait(timeout, "--timeout");
  if (!longest) return base::pass_on(longest);
  const auto request = find_own_request(context, prefix);
  if (!request) return base::pass_on(request);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  // So that lists say "waiting now". A vault that cannot take the hint can be waited for all the same.
  if (longest->count() > 0) static_cast<void>((*vault)->note_waiting(request->id, context.now() + *longest));
  const auto answered = gate::wait_for_decision(**vault, request->id, *longest, context.clock());
  if (!answered) return base::pass_on(answered);
  return answer_reply(*answered, context.now());
}

Result<Reply> show_own(Context& context, const std::string& prefix) {
  const auto request = find_own_request(context, prefix);
  if (!request) return base::pass_on(request);
  return Reply{request_text(*request, context.now()), request_json(*request), next_step_of(*request)};
}

Result<Reply> list_own(Context& context) {
  const auto agent = context.agent();
  if (!agent) return base::pass_on(agent);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  vault::RequestFilter own;
  own.agent = *agent;
  own.most = k_most_listed;
  const auto requests = (*vault)->requests(own, context.now());
  if (!requests) return base::pass_on(requests);

  Reply reply;
  reply.json["agent"] = *agent;
  reply.json["requests"] = Json::array();
  for (const vault::Request& request : *requests) {
    reply.json["requests"].push_back(request_json(request));
    if (request.state == RequestState::pending && reply.next_step.empty())
      reply.next_step = next_step_of(request);
  }
  if (requests->empty()) {
    reply.text = "agent " + base::quoted(*agent) + " has asked for nothing\n";
    return reply;
  }
  reply.text = requests_table(*requests, context.now());
  if (requests->size() == k_most_listed) {
    reply.text +=
        "(the newest " + std::to_string(k_most_listed) + "; one of them in full: pvmctl status ID)\n";
  }
  return reply;
}

Result<Reply> cancel(Context& context, const std::string& prefix) {
  const auto request = find_own_request(context, prefix);
  if (!request) return base::pass_on(request);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  if (auto done = (*vault)->cancel(request->id, context.now()); !done) return base::pass_on(done);
  const auto cancelled = (*vault)->request(request->id, context.now());
  if (!cancelled) return base::pass_on(cancelled);
  return Reply{"withdrawn: request " + request->id.brief() + " to " + wish_line(request->wish) + "\n",
               request_json(*cancelled), ""};
}

std::string_view state_words(RequestState state) {
  switch (state) {
    case RequestState::pending:
      return "still pending";
    case RequestState::approved:
      return "approved by a person";
    case RequestState::denied:
      return "denied by a person";
    case RequestState::cancelled:
      return "withdrawn";
    case RequestState::expired:
      return "expired without an answer";
    case RequestState::stale:
      return "stale: what is there is not what was asked for";
  }
  return "";
}

}  // namespace

Result<vault::Request> find_own_request(Context& context, const std::string& prefix) {
  if (!is_id_prefix(prefix)) {
    return fail(Code::usage, base::quoted(prefix, 64) + " is no request id",
                "give at least 4 characters of it (0-9, a-f); list yours with: pvmctl status");
  }
  const auto agent = context.agent();
  if (!agent) return base::pass_on(agent);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto id = (*vault)->request_by_prefix(prefix);
  if (!id) {
    if (id.error().code == Code::usage) return find_among_own(**vault, *agent, prefix, context.now());
    if (id.error().code == Code::missing) return no_such_request(prefix);
    return base::pass_on(id);
  }
  auto request = (*vault)->request(*id, context.now());
  if (!request) return request;
  if (request->wish.operation.agent != *agent) return no_such_request(prefix);
  return request;
}

Result<base::Seconds> parse_wait(const std::string& text, const std::string& option) {
  if (text == "0") return base::Seconds(0);
  const auto time = base::parse_duration(text);
  if (!time || *time > k_longest_wait) {
    return fail(Code::usage, base::quoted(text, 64) + " is not a time to wait",
                "give seconds or a duration up to 24h: " + option + "=90, " + option + "=2m");
  }
  return *time;
}

std::string next_step_of(const vault::Request& request) {
  const bool is_command = !request.wish.invocation.argv.empty();
  switch (request.state) {
    case RequestState::pending:
      return "pvmctl wait " + request.id.brief();
    case RequestState::approved:
      if (!is_command) return "go on: what these scopes cover may now be done";
      return "run it in " + base::quoted(request.wish.invocation.cwd) + ": " + command_text(request.wish);
    case RequestState::denied:
      return "this is final: do not ask again for this and do not do it by other means; go on without it";
    case RequestState::cancelled:
    case RequestState::expired:
    case RequestState::stale:
      return "ask again if it is still needed";
  }
  return "";
}

Reply answer_reply(const vault::Request& request, base::UnixTime now) {
  Reply reply;
  reply.text = std::string(state_words(request.state)) + ": request " + request.id.brief() + " to " +
               wish_line(request.wish) + "\n";
  if (!request.note.empty()) reply.text += "their note: " + base::quoted(request.note) + "\n";
  if (request.state == RequestState::pending) {
    reply.text += "asked " + base::human_duration(now - request.asked) + " ago; open until " +
                  base::iso_time(request.expires) + "\n" + frontend::telling_hint(request) + "\n";
  }
  reply.json = request_json(request);
  reply.next_step = next_step_of(request);
  reply.status = request.state == RequestState::approved  ? frontend::k_exit_done
                 : request.state == RequestState::pending ? frontend::k_exit_pending
                                                          : frontend::k_exit_refused;
  return reply;
}

void add_wait_verb(CLI::App& app, Program& program) {
  const auto id = std::make_shared<std::string>();
  const auto timeout = std::make_shared<std::string>(k_default_wait);
  CLI::App* verb = add_verb(app, program, "wait", "wait until a person has answered one of your requests",
                            "pvmctl wait 5ab2 --timeout 2m",
                            [&program, id, timeout] { return wait(program.context, *id, *timeout); });
  verb->add_option("ID", *id, "the request: its id, or 4 or more characters of it")->required();
  verb->add_option("--timeout", *timeout, "seconds or a duration, at most 24h")->capture_default_str();
}

void add_status_verb(CLI::App& app, Program& program) {
  const auto id = std::make_shared<std::string>();
  CLI::App* verb = add_verb(
      app, program, "status", "show your requests, or one of them in full", "pvmctl status",
      [&program, id] { return id->empty() ? list_own(program.context) : show_own(program.context, *id); });
  verb->add_option("ID", *id, "one request: its id, or 4 or more characters of it");
}

void add_cancel_verb(CLI::App& app, Program& program) {
  const auto id = std::make_shared<std::string>();
  CLI::App* verb = add_verb(app, program, "cancel", "withdraw one of your pending requests",
                            "pvmctl cancel 5ab2", [&program, id] { return cancel(program.context, *id); });
  verb->add_option("ID", *id, "the request: its id, or 4 or more characters of it")->required();
}

}  // namespace pvm::pvmctl
