// SPDX-License-Identifier: Apache-2.0
// request: an agent asks a person, for one command or for scopes within which it may work.
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/gate/decide.hpp"
#include "libpvm/gate/waiting.hpp"
#include "libpvm/system/process.hpp"
#include "pvmctl/command_line.hpp"
#include "pvmctl/request_view.hpp"
#include "pvmctl/scope_words.hpp"
#include "pvmctl/verbs/own_request.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

/// The options as they were typed.
struct RequestWords {
  std::string time;
  std::string uses;
  std::string reason;
  std::string wait;
  std::string action;
  std::vector<std::string> scopes;
  std::vector<std::string> may;
  CLI::Option* wait_option = nullptr;
  CLI::Option* reason_option = nullptr;
};

/// Who asks, where, and with what.
struct Asker {
  std::string agent;
  const system::Site& site;
  vault::Vault& vault;
};

Result<Asker> asker_of(Context& context) {
  auto agent = context.agent();
  if (!agent) return base::pass_on(agent);
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  return Asker{std::move(*agent), **site, **vault};
}

Result<std::optional<std::string>> read_uses(const std::string& text) {
  if (text.empty()) return std::optional<std::string>();
  const auto number = base::parse_decimal(text, model::k_max_uses);
  if (text != "unlimited" && (!number || *number == 0)) {
    return fail(Code::usage, base::quoted(text, 64) + " is not a number of uses",
                "give 1 to 1000000, or unlimited");
  }
  return std::optional<std::string>(text);
}

Result<std::optional<base::Seconds>> read_time(const std::string& text, base::Seconds longest) {
  if (text.empty()) return std::optional<base::Seconds>();
  const auto time = base::parse_duration(text);
  if (!time || *time > longest) {
    return fail(Code::usage, base::quoted(text, 64) + " is not a time that can be granted",
                "give a duration such as 30m or 4h, at most " + base::human_duration(longest));
  }
  return time;
}

/// All of a request but its wish. A time to wait is 0 where nobody waits.
Result<vault::NewRequest> read_terms(const RequestWords& words, const system::Settings& settings) {
  vault::NewRequest request;
  if (words.reason_option->count() > 0) {
    if (auto good = gate::check_reason(words.reason); !good) return base::pass_on(good);
    request.reason = words.reason;
  }
  const auto uses = read_uses(words.uses);
  if (!uses) return base::pass_on(uses);
  request.wanted_uses = *uses;
  const auto time = read_time(words.time, words.scopes.empty() ? settings.for_limit : settings.allow_limit);
  if (!time) return base::pass_on(time);
  request.wanted_time = *time;
  if (words.wait_option->count() > 0) {
    const auto wait = parse_wait(words.wait.empty() ? k_default_wait : words.wait, "--wait");
    if (!wait) return base::pass_on(wait);
    request.waits = *wait;
  }
  request.life = settings.request_life;
  request.host = system::host_name();
  request.ancestry = system::ancestry();
  return request;
}

/// What goes beyond the plain form of its action.
Result<void> add_need(model::Operation& operation, const std::string& name) {
  const bool is_push = operation.action == model::Action::push;
  const auto need = model::Attributes::from_text(name);
  const bool is_of_rm = need && *need == model::Attributes{model::Attribute::recursive};
  const bool is_one = need && !need->is_empty() && name.find(',') == std::string::npos;
  if (!is_one || is_of_rm == is_push) {
    return fail(Code::usage,
                base::quoted(name, 64) + " is nothing that " + std::string(model::to_text(operation.action)) +
                    " may do beyond its plain form",
                is_push ? "there is: --may delete, force, mirror and tag" : "there is: --may recursive");
  }
  operation.needs.add(*need);
  return {};
}

Result<vault::Wish> read_scopes(const RequestWords& words, const std::string& agent,
                                const std::vector<std::string>& forges) {
  vault::Wish wish;
  const auto action = gated_action(words.action);
  if (!action) return base::pass_on(action);
  wish.operation.agent = agent;
  wish.operation.action = *action;
  for (const std::string& name : words.may) {
    if (auto good = add_need(wish.operation, name); !good) return base::pass_on(good);
  }
  auto scopes = scopes_from_words(model::scope_type_of(*action), words.scopes, forges);
  if (!scopes) return base::pass_on(scopes);
  // Sorted and without repetitions, so that the same wish has the same name however it was typed.
  std::ranges::sort(*scopes, {}, &model::Scope::pattern);
  wish.scopes = std::move(*scopes);
  const std::string cwd = system::working_directory();
  wish.invocation.cwd = cwd.empty() ? "/" : cwd;
  return wish;
}

Reply locked_reply(const vault::LockStatus& lock) {
  Reply reply;
  const std::string why = lock.reason.empty() ? "" : " (" + base::quoted(lock.reason) + ")";
  reply.text = "locked: a person has stopped everything that PVM gates" + why + "; nothing was asked\n";
  reply.json["state"] = "locked";
  reply.json["reason"] = json_text(lock.reason);
  reply.next_step = "stop here and report this to the user; asking or trying again will not help";
  reply.status = frontend::k_exit_refused;
  return reply;
}

Reply granted_reply(const vault::Wish& wish, const model::Permit& permit) {
  Reply reply;
  reply.text = "granted already: " + wish_line(wish) + "; nothing was asked\n";
  reply.json["state"] = "granted";
  reply.json.update(wish_json(wish));
  reply.json["grants"] = Json::array();
  for (const base::GrantId& id : permit.grants()) reply.json["grants"].push_back(id.hex());
  reply.next_step = "run it: " + command_text(wish);
  return reply;
}

/// A command that touches nothing: what it would say of its words itself is all there is to know.
Reply needless_request(const GatedCommand& gated) {
  const std::string own_words = gated.own_words();
  Reply reply;
  reply.text = own_words + "no grant is needed: the command would " + std::string(gated.tool.verb) +
               " nothing; nothing was asked\n";
  reply.json["state"] = "not_needed";
  reply.json["own_words"] = own_words;
  reply.next_step = own_words.empty() ? "run it as it is" : "check the words of the command";
  reply.status = own_words.empty() ? frontend::k_exit_done : frontend::k_exit_refused;
  return reply;
}

void say(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

std::string earlier_text(vault::Vault& vault, const vault::Request& request, base::UnixTime now) {
  if (!request.previous) return "";
  const auto earlier = vault.request(*request.previous, now);
  if (!earlier) return "";
  return "an earlier request for the same, " + earlier->id.brief() + ", is " +
         std::string(vault::to_text(earlier->state)) + "; a person sees that too\n";
}

Reply asked_reply(const vault::Filed& filed) {
  const vault::Request& request = filed.request;
  Reply reply;
  reply.text =
      std::string(filed.filing == vault::Filing::filed ? "asked: request " : "asked already: request ") +
      request.id.brief() + " to " + wish_line(request.wish) + "\n";
  for (const model::Scope& scope : request.wish.scopes) {
    reply.text += "  " + base::quoted(scope.pattern()) + "\n";
  }
  reply.text += "it stays open until " + base::iso_time(request.expires) + " for a person to answer\n" +
                frontend::telling_hint(request) + "\n";
  reply.json = request_json(request);
  reply.next_step = next_step_of(request);
  return reply;
}

Result<Reply> file_and_wait(Context& context, const Asker& asker, vault::NewRequest request) {
  if (asker.site.settings.unattended) {
    return fail(Code::refused, "denied: nobody can be asked here; nothing was asked", std::string(k_nobody_to_ask));
  }
  const auto filed = asker.vault.file_request(request, context.now());
  if (!filed) return base::pass_on(filed);
  const std::string earlier = earlier_text(asker.vault, filed->request, context.now());
  const bool is_joined = filed->filing == vault::Filing::joined;
  Reply reply;
  if (request.waits.count() == 0) {
    reply = asked_reply(*filed);
  } else {
    const frontend::Tool tool{"pvmctl", "", "", ""};
    say(frontend::asked_text(tool, filed->request, filed->filing, request.waits));
    const auto answered =
        gate::wait_for_decision(asker.vault, filed->request.id, request.waits, context.clock(),
                                {{}, {}, [&tool](const vault::Request& told) { say(frontend::told_text(tool, told)); }});
    if (!answered) return base::pass_on(answered);
    reply = answer_reply(*answered, context.now());
  }
  reply.text += earlier;
  reply.json["joined"] = is_joined;
  return reply;
}

Result<Reply> ask_for_command(Program& program, const RequestWords& words) {
  Context& context = program.context;
  const auto asker = asker_of(context);
  if (!asker) return base::pass_on(asker);
  auto request = read_terms(words, asker->site.settings);
  if (!request) return base::pass_on(request);
  const auto gated = read_command(program.command, {asker->agent, asker->site, context.environment()});
  if (!gated) return base::pass_on(gated);
  if (!gated->needs_grant()) return needless_request(*gated);
  const gate::Command& command = *gated->command;
  request->wish = gate::make_wish(command.operation(), command.invocation(), command.effect());

  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto decision = gate::foresee(asker->vault, **signers, request->wish, context.now());
  if (!decision) return base::pass_on(decision);
  if (const auto* permit = std::get_if<model::Permit>(&*decision))
    return granted_reply(request->wish, *permit);
  return file_and_wait(context, *asker, std::move(*request));
}

Result<Reply> ask_for_scopes(Program& program, const RequestWords& words) {
  const auto asker = asker_of(program.context);
  if (!asker) return base::pass_on(asker);
  auto request = read_terms(words, asker->site.settings);
  if (!request) return base::pass_on(request);
  auto wish = read_scopes(words, asker->agent, asker->site.settings.forges);
  if (!wish) return base::pass_on(wish);
  request->wish = std::move(*wish);
  return file_and_wait(program.context, *asker, std::move(*request));
}

Result<Reply> ask(Program& program, const RequestWords& words) {
  const bool has_scopes = !words.scopes.empty() || !words.action.empty() || !words.may.empty();
  if (has_scopes && !program.command.empty()) {
    return fail(Code::usage, "a request is for a command or for scopes, not for both",
                "leave out the command, or --action, --scope and --may");
  }
  if (has_scopes && (words.scopes.empty() || words.action.empty())) {
    return fail(Code::usage, "a request for scopes needs --action and --scope",
                "such as: pvmctl request --action rm --scope '/srv/app/build/**'");
  }
  const auto vault = program.context.vault();
  if (!vault) return base::pass_on(vault);
  const auto lock = (*vault)->lock_status();
  if (!lock) return base::pass_on(lock);
  if (lock->state == model::LockState::locked) return locked_reply(*lock);
  return has_scopes ? ask_for_scopes(program, words) : ask_for_command(program, words);
}

}  // namespace

void add_request_verbs(CLI::App& app, Program& program) {
  const auto words = std::make_shared<RequestWords>();
  CLI::App* verb =
      add_verb(app, program, "request",
               "ask a person to let a command run, or, with --action and --scope, for scopes to work within",
               "pvmctl request --reason 'clean build' --wait=90 -- rm -rf build\n"
               "  pvmctl request --action rm --may recursive --scope '/srv/app/build/**' --for 30d",
               [&program, words] { return ask(program, *words); });
  take_command(program, verb, "request", "-- COMMAND...");
  words->reason_option = verb->add_option("--reason", words->reason, "what it is for, in a sentence");
  words->wait_option =
      verb->add_option("--wait", words->wait, "wait for the answer, 90 s where no time is given")
          ->expected(0, 1);
  verb->add_option("--for", words->time, "for how long you would like it: 30m, 4h");
  verb->add_option("--uses", words->uses, "for how many uses: a number or unlimited");
  verb->add_option("--action", words->action, "the action that scopes are asked for: rm, trash or push");
  verb->add_option("--scope", words->scopes, "a pattern to work within: paths, or URL#REF for a push; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option("--may", words->may, "what goes beyond the plain form: recursive")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);

  add_wait_verb(app, program);
  add_status_verb(app, program);
  add_cancel_verb(app, program);
  add_check_verb(app, program);
}

}  // namespace pvm::pvmctl
