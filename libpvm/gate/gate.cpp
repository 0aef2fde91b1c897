// SPDX-License-Identifier: Apache-2.0
#include "libpvm/gate/gate.hpp"

#include <memory>

#include "libpvm/base/step.hpp"
#include "libpvm/system/process.hpp"

namespace pvm::gate {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Step;

/// A decision that needs words: a receipt to run with, or what to tell the agent.
using Answer = std::variant<vault::Receipt, Refusal>;

Result<Answer> answer(vault::Vault& vault, const Signers& signers, const Command& command, base::UnixTime now) {
  const vault::Wish wish = make_wish(command.operation(), command.invocation(), command.effect());
  auto decided = decide(vault, signers, wish, now);
  if (!decided) return base::pass_on(decided);
  if (auto* receipt = std::get_if<vault::Receipt>(&*decided)) return Answer(std::move(*receipt));
  auto refusal = explain(vault, wish, std::get<model::Denial>(*decided), now);
  if (!refusal) return base::pass_on(refusal);
  return Answer(std::move(*refusal));
}

bool may_ask(const Refusal& refusal) {
  return refusal.reason != Refusal::Reason::locked && refusal.reason != Refusal::Reason::denied;
}

/// PVM_WAIT: files the request and waits for a human; then looks at the world again and decides anew.
Result<Answer> ask_and_wait(vault::Vault& vault, const Signers& signers, Command& command, Refusal refusal,
                            const Surroundings& around) {
  const Caller caller{refusal.wish.operation.agent, around.site, around.environment};
  if (around.site.settings.unattended) return Answer(without_asking(std::move(refusal)));
  const auto asking = read_asking(around.environment);
  if (!asking) return base::pass_on(asking);
  if (!*asking || !may_ask(refusal)) return Answer(std::move(refusal));

  auto filed = file(vault, refusal.wish, **asking, around.site.settings, around.clock.now());
  if (!filed) return base::pass_on(filed);
  if (around.on_asked) around.on_asked(filed->request, filed->filing, (*asking)->wait);
  auto request = wait_for_decision(vault, filed->request.id, (*asking)->wait, around.clock, {{}, {}, around.on_told});
  if (!request) return base::pass_on(request);

  if (request->state == vault::RequestState::approved) {
    if (auto resolved = command.resolve(caller); !resolved) return base::pass_on(resolved);
    return answer(vault, signers, command, around.clock.now());
  }
  refusal.reason = request->state == vault::RequestState::pending  ? Refusal::Reason::pending
                   : request->state == vault::RequestState::denied ? Refusal::Reason::denied
                                                                   : Refusal::Reason::withdrawn;
  refusal.request = std::move(*request);
  return Answer(std::move(refusal));
}

/// Nothing but a receipt makes a command run, and it is spent by that. An error: none of it was run.
Result<system::Ended> run(vault::Receipt /*spent*/, const std::vector<system::LaunchPlan>& plans, vault::Vault& vault) {
  system::Ended all;
  for (const system::LaunchPlan& plan : plans) {
    const auto ended = system::launch(plan, [&vault] { vault.checkpoint_if_due(); });
    if (!ended && &plan == &plans.front()) return base::Failure(as_command_error(ended.error()));
    if (!ended) {
      all.trouble = "a part of it was run, and the rest could not be: " + ended.error().message;
      return all;
    }
    if (ended->signal != 0 || !ended->trouble.empty()) return *ended;
    if (ended->exit_status != 0) all = *ended;
  }
  return all;
}

std::string ending_text(const Result<system::Ended>& ended) {
  if (!ended) return "not started";
  if (!ended->trouble.empty()) return "unknown";
  if (ended->signal != 0) return "signal " + std::to_string(ended->signal);
  return "exit " + std::to_string(ended->exit_status);
}

std::string outcome_text(const Result<system::Ended>& ended, const Aftermath& aftermath) {
  return ending_text(ended) + (aftermath.recorded.empty() ? "" : "; " + aftermath.recorded);
}

/// A missing outcome reads as unknown, so a failure to record one is nothing to fail for; nor is a want of memory:
/// what was run is not to end as an error, which says that nothing was.
void record_outcome(vault::Vault& vault, const Surroundings& around, std::uint64_t entry, const std::string& agent,
                    const Result<system::Ended>& ended, const Aftermath& aftermath) noexcept {
  try {
    static_cast<void>(vault.record_outcome(entry, agent, outcome_text(ended, aftermath), around.clock.now()).has_value());
  } catch (...) {
  }
}

/// That something refused without a decision, where the vault can still be written. One that is busy or full has
/// kept the caller waiting already.
void record_error(const Surroundings& around, const base::Error& error) {
  if (error.code == Code::busy || error.code == Code::full || error.code == Code::io) return;
  auto vault = open_vault(around.site.places);
  if (!vault) return;
  const std::string agent = system::agent_name(around.environment).value_or("");
  static_cast<void>((*vault)->record_error(agent, error, around.clock.now()).has_value());
}

/// What the command says of its run; nothing where that takes more than there is, since it was run.
Aftermath look_back(const Command& command, const Result<system::Ended>& ended) noexcept {
  try {
    return ended ? command.aftermath(*ended) : Aftermath{};
  } catch (...) {
    return {};
  }
}

system::Ended with_own_status(system::Ended ended, const Command& command) {
  if (ended.signal == 0 && ended.exit_status == 0) ended.exit_status = command.own_status();
  return ended;
}

/// Decides, and asks where the agent wants that.
Result<Answer> decide_and_ask(vault::Vault& vault, Command& command, const Surroundings& around) {
  const auto signers = load_signers(around.site);
  if (!signers) return base::pass_on(signers);
  auto first = answer(vault, *signers, command, around.clock.now());
  if (!first || std::holds_alternative<vault::Receipt>(*first)) return first;
  return ask_and_wait(vault, *signers, command, std::get<Refusal>(std::move(*first)), around);
}

/// Nothing that the command would act on: it says so itself, and needs no grant for that.
Result<Passage> pass_needless(const Command& command, Result<RealCommand>& real, const Surroundings& around) {
  if (real) real->environment = command.environment(around.environment);
  const auto plans = real ? command.needless_plans(*real) : std::vector<system::LaunchPlan>();
  if (plans.empty()) {
    if (around.on_own_words) around.on_own_words(command.own_words());
    return Passage(with_own_status({}, command));
  }
  const auto ended = system::launch(plans.front());
  if (!ended) return base::Failure(as_command_error(ended.error()));
  const Aftermath aftermath = command.aftermath(*ended);
  if (around.on_own_words && !aftermath.words.empty()) around.on_own_words(aftermath.words);
  return Passage(*ended);
}

/// The whole way, in the order in which it is walked.
Result<Passage> walk(Command& command, const Surroundings& around) {
  const auto agent = system::agent_name(around.environment);
  if (!agent) return base::pass_on(agent);
  base::end_of(Step::words);
  if (auto resolved = command.resolve({*agent, around.site, around.environment}); !resolved) return base::pass_on(resolved);

  auto real = find_real(command.real_names(), around.site.settings);
  if (command.operation().resources.empty()) return pass_needless(command, real, around);
  if (!real) return base::pass_on(real);
  real->environment = command.environment(around.environment);
  base::end_of(Step::resolve);
  auto vault = open_vault(around.site.places);
  if (!vault) return base::pass_on(vault);
  base::end_of(Step::open);
  auto answered = decide_and_ask(**vault, command, around);
  if (!answered) return base::pass_on(answered);
  if (auto* refusal = std::get_if<Refusal>(&*answered)) return Passage(std::move(*refusal));

  // The vault stays open for the outcome, without a lock; close-on-exec, so the command inherits nothing of it.
  auto& receipt = std::get<vault::Receipt>(*answered);
  const std::uint64_t entry = receipt.entry();
  if (around.on_own_words) around.on_own_words(command.own_words());
  const auto ended = run(std::move(receipt), command.plans(*real), **vault);
  const Aftermath aftermath = look_back(command, ended);
  record_outcome(**vault, around, entry, *agent, ended, aftermath);
  base::end_of(Step::outcome);
  if (!ended) return base::pass_on(ended);
  if (around.on_own_words && !aftermath.words.empty()) around.on_own_words(aftermath.words);
  return Passage(with_own_status(*ended, command));
}

}  // namespace

Result<Passage> pass(Command& command, const Surroundings& around) {
  auto passage = walk(command, around);
  if (!passage) record_error(around, passage.error());
  return passage;
}

Result<RealCommand> find_real(const std::vector<std::string>& names, const system::Settings& settings) {
  // One that is configured and cannot be run is not passed over in silence.
  for (const std::string& name : names) {
    const auto entry = settings.real.find(name);
    if (entry == settings.real.end()) continue;
    auto path = system::find_real_command(name, entry->second);
    if (!path) return base::Failure(as_command_error(path.error()));
    return RealCommand{name, std::move(*path), {}};
  }
  std::optional<base::Error> first;
  for (const std::string& name : names) {
    auto path = system::find_real_command(name, std::nullopt);
    if (path) return RealCommand{name, std::move(*path), {}};
    if (path.error().code != Code::missing) return base::Failure(as_command_error(path.error()));
    if (!first) first = as_command_error(path.error());
  }
  return base::Failure(first.value_or(base::Error{Code::no_command, "no command", ""}));
}

base::Error as_command_error(base::Error error) {
  if (error.code == Code::missing) error.code = Code::no_command;
  if (error.code == Code::unsafe) error.code = Code::cannot_execute;
  return error;
}

vault::Sharing sharing_of(const system::Places& places) {
  return places.owner == system::TrustOwner::root ? vault::Sharing::group : vault::Sharing::own;
}

Result<std::unique_ptr<vault::Vault>> open_vault(const system::Places& places) {
  return vault::open_vault(places.state_directory, sharing_of(places));
}

Result<vault::Filed> file(vault::Vault& vault, const vault::Wish& wish, const Asking& asking,
                          const system::Settings& settings, base::UnixTime now) {
  vault::NewRequest request;
  request.wish = wish;
  request.reason = asking.reason;
  request.host = system::host_name();
  request.ancestry = system::ancestry();
  request.life = settings.request_life;
  request.waits = asking.wait;
  return vault.file_request(request, now);
}

}  // namespace pvm::gate
