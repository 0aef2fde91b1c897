// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/push.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/model/redact.hpp"
#include "libpvm/model/repo_name.hpp"
#include "libpvm/system/process.hpp"
#include "wrappers/git/callers_git.hpp"
#include "wrappers/git/effect.hpp"
#include "wrappers/git/hook.hpp"
#include "wrappers/git/url.hpp"

namespace pvm::wrappers::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

class GatedPush final : public gate::Command {
 public:
  GatedPush(std::vector<std::string> globals, PushCommand command, std::vector<std::string> argv)
      : git_(std::move(globals)), command_(std::move(command)), invocation_{system::working_directory(), std::move(argv)} {}

  [[nodiscard]] std::vector<std::string> real_names() const override { return {"git"}; }
  [[nodiscard]] model::Invocation invocation() const override { return invocation_; }
  [[nodiscard]] std::vector<std::string> environment(const system::Environment& of_caller) const override;

  [[nodiscard]] Result<void> resolve(const gate::Caller& caller) override;
  [[nodiscard]] const model::Operation& operation() const override { return operation_; }
  [[nodiscard]] const model::Effect& effect() const override { return effect_; }
  [[nodiscard]] std::string own_words() const override { return own_words_; }
  [[nodiscard]] int own_status() const override { return own_status_; }

  [[nodiscard]] std::vector<system::LaunchPlan> plans(const gate::RealCommand& real) const override {
    say_that_a_push_runs();
    return {run(real, {})};
  }
  [[nodiscard]] std::vector<system::LaunchPlan> needless_plans(const gate::RealCommand& real) const override;
  [[nodiscard]] gate::Aftermath aftermath(const system::Ended& ended) const override;

 private:
  [[nodiscard]] Result<void> take_effect(const gate::Caller& caller, const Moves& moves);
  [[nodiscard]] Result<model::Push> push_of(const Account& account, bool is_carried, const system::Settings& settings) const;
  [[nodiscard]] bool is_forward(const Move& move) const;
  [[nodiscard]] std::vector<model::InjectedCode> code_of(const gate::Caller& caller, const Account& account,
                                                         const Configuration& configuration) const;
  [[nodiscard]] std::string namespace_of(const Account& account, const system::Environment& environment) const;
  [[nodiscard]] bool is_mirror(const Account& account, const Configuration& configuration) const;
  [[nodiscard]] Result<void> write_down_expected();
  [[nodiscard]] bool recurses() const;
  [[nodiscard]] Reach reach() const;
  [[nodiscard]] system::LaunchPlan run(const gate::RealCommand& real, const std::vector<std::string>& extra) const;

  CallersGit git_;
  PushCommand command_;
  model::Invocation invocation_;

  std::vector<Account> accounts_;
  std::optional<MemoryFile> expected_;
  std::optional<MemoryFile> surprise_;
  bool is_dry_ = false;  // there is nothing to ask for, but a push could move something all the same: git says so, and pushes not
  bool is_silent_ = false;  // git failed before it knew what to push: its words are told, and it is not asked again

  model::Operation operation_;
  model::Effect effect_;
  std::string own_words_;
  int own_status_ = 0;
};

// The URL as git would use it, by its name; a path of this machine by its real one.
Result<model::Push> GatedPush::push_of(const Account& account, bool is_carried, const system::Settings& settings) const {
  const std::string url = without_password(account.url);
  if (account.place.empty() && transport_of(account.url) == Transport::local) {
    return fail(Code::usage, "which directory " + base::quoted(url, 256) + " leads to cannot be told", "give its path in full");
  }
  auto name = model::normalised_url(account.place.empty() ? account.url : account.place, settings.forges);
  // Where a program of the caller's carries the push, the URL says nothing of where it goes.
  if (name && is_carried) name = model::normalised_url("custom::" + *name, settings.forges);
  if (!name) return base::pass_on(name);
  return model::Push{std::move(*name), url, account.repository, model::PushKind::plain, {}};
}

// Whether a push in a submodule, of which git says nothing that can be read, moves the ref forward.
bool GatedPush::is_forward(const Move& move) const {
  const auto answer = ask(git_.at(accounts_[move.account].repository),
                          {"merge-base", "--is-ancestor", move.update.old_id, move.update.new_id});
  return answer && answer->status == 0;
}

std::vector<model::InjectedCode> GatedPush::code_of(const gate::Caller& caller, const Account& account,
                                                    const Configuration& configuration) const {
  auto code = injected_code(configuration, caller.environment, account.remote, account.url, command_);
  if (command_.is_verified && !account.hook.empty()) code.push_back({"pre-push hook", account.hook + " sha256:" + account.hook_digest});
  for (model::InjectedCode& one : code) {
    // What is shown and kept has no secrets in it, and what is approved is the whole of it.
    const std::string shown = model::redact(one.value);
    if (shown != one.value) one.value = shown + " sha256:" + base::to_hex(crypto::sha256(one.value));
  }
  return code;
}

// A namespace goes on to a git on this machine, and hides where in the repository a ref is (gitnamespaces(7)).
std::string GatedPush::namespace_of(const Account& account, const system::Environment& environment) const {
  const Transport transport = transport_of(account.url);
  if (transport != Transport::local && transport != Transport::helper) return {};
  const std::string name = git_.name_space(environment);
  std::string prefix;
  for (std::size_t from = 0; from < name.size();) {
    const auto end = std::min(name.find('/', from), name.size());
    if (end > from) prefix += "refs/namespaces/" + name.substr(from, end - from) + "/";
    from = end + 1;
  }
  return prefix;
}

// What it deletes git tells no hook, so such a push is never run to see whether there is nothing to it.
bool GatedPush::is_mirror(const Account& account, const Configuration& configuration) const {
  return command_.is_mirror || configuration.is_true("remote." + account.remote + ".mirror");
}

Result<void> GatedPush::take_effect(const gate::Caller& caller, const Moves& moves) {
  effect_ = {};
  std::set<std::size_t> pushing;
  for (const Move& move : moves.moves) pushing.insert(move.account);
  for (const std::size_t index : pushing) {
    const Account& account = accounts_[index];
    const bool is_callers = account.repository == accounts_.front().repository;
    const auto configuration = git_.configuration_at(is_callers ? "" : account.repository);
    if (!configuration) return base::pass_on(configuration);
    const auto code = code_of(caller, account, **configuration);
    // "SSH://h/x" is for a helper called SSH, though its name would be that of ssh.
    const bool is_helpers = transport_of(account.url) == Transport::helper && account.url.find("::") == std::string::npos;
    auto push = push_of(account, is_helpers || std::ranges::any_of(code, is_carrier), caller.site.settings);
    if (!push) return base::pass_on(push);
    const std::string name_space = namespace_of(account, caller.environment);
    if (is_callers && is_mirror(account, **configuration)) push->kind = model::PushKind::mirror;
    for (const Move& move : moves.moves) {
      if (move.account != index) continue;
      push->updates.push_back(move.update);
      push->updates.back().ref.insert(0, name_space);
      if (!move.is_judged && is_forward(move)) push->updates.back().movement = model::Movement::fast_forward;
    }
    effect_.pushes.push_back(std::move(*push));
    effect_.code.insert(effect_.code.end(), code.begin(), code.end());
  }
  std::ranges::sort(effect_.code);
  effect_.code.erase(std::unique(effect_.code.begin(), effect_.code.end()), effect_.code.end());
  if (!model::sort(effect_.pushes)) {
    return fail(Code::usage, "one ref would be moved in two ways by this push", "push to one URL at a time");
  }
  operation_ = model::operation_of(effect_.pushes, caller.agent);
  return {};
}

Result<void> GatedPush::write_down_expected() {
  auto expected = MemoryFile::make("pvm-push-expected");
  if (!expected) return base::pass_on(expected);
  auto surprise = MemoryFile::make("pvm-push-surprise");
  if (!surprise) return base::pass_on(surprise);
  std::string text;
  for (Account account : accounts_) {
    account.git_pid = 0;
    account.output_size = 0;
    text += to_text(account);
  }
  if (auto written = expected->write(text); !written) return written;
  if (auto sealed = expected->seal(); !sealed) return sealed;
  expected_ = std::move(*expected);
  surprise_ = std::move(*surprise);
  return {};
}

Result<void> GatedPush::resolve(const gate::Caller& caller) {
  operation_ = {caller.agent, model::Action::push, {}, {}};
  effect_ = {};
  // Called by its own name where there are no shims, nothing of git's could lead back to one.
  const bool is_shim = !invocation_.argv.front().ends_with(k_push_tool.program);
  if (auto prepared = git_.prepare(caller, command_, is_shim); !prepared) return prepared;
  auto dry = git_.run_dry(command_);
  if (!dry) return base::pass_on(dry);
  accounts_ = std::move(dry->accounts);
  const auto moves = moves_of(accounts_, dry->output, reach());
  if (!moves) return base::pass_on(moves);
  if (accounts_.empty() && (moves->has_movement || dry->answer.status == 0)) {
    return fail(Code::unsafe, "git did not start its pre-push hook in " + base::quoted(git_.hooks()) +
                                  ", by which it would say what it pushes (is the file system mounted noexec?)");
  }
  if (moves->has_failed && dry->answer.status == 0) {
    return fail(Code::malformed, "git does not say what would become of what it lists");
  }
  if (auto taken = take_effect(caller, *moves); !taken) return taken;
  if (auto written = write_down_expected(); !written) return written;
  if (git_.configuration_fault() && !accounts_.empty()) return base::Failure(*git_.configuration_fault());
  const bool needs_grant = !operation_.resources.empty();
  own_words_ = needs_grant ? std::string() : dry->answer.errors;  // the push says it again
  own_status_ = dry->answer.status;
  is_silent_ = accounts_.empty() || moves->has_failed;
  const bool may_move = std::ranges::any_of(
      accounts_, [this](const Account& account) { return !account.refs.empty() || is_mirror(account, git_.configuration()); });
  is_dry_ = moves->has_rejection || dry->answer.status != 0 || may_move;
  return {};
}

std::vector<std::string> GatedPush::environment(const system::Environment& of_caller) const {
  std::vector<std::string> set = git_.hook_settings();
  set.push_back("GIT_GRAFT_FILE=/dev/null");
  set.push_back("PVM_PUSH_EXPECT=" + pair_of(*expected_, *surprise_));
  if (command_.is_verified) set.emplace_back("PVM_PUSH_CHAIN=1");
  const auto& exec_path = git_.exec_path();
  if (!exec_path) return git_environment(of_caller, set);
  // The pushes that git starts in submodules are part of this one and are compared as it is: they must not ask for
  // grants of their own. The user's hook gets the way back to the shim again.
  if (recurses()) {
    set.push_back("PVM_PUSH_EXEC_PATH=" + exec_path->directory);
    set.push_back("GIT_EXEC_PATH=" + exec_path->real);
  } else {
    set.push_back("GIT_EXEC_PATH=" + exec_path->directory);
  }
  return git_environment(of_caller, set);
}

// --recurse-submodules=only, said or configured.
Reach GatedPush::reach() const {
  const auto configured = git_.configuration().find("push.recursesubmodules");
  return command_.recurse.value_or(configured.value_or("")) == "only" ? Reach::submodules_only : Reach::everything;
}

bool GatedPush::recurses() const {
  return std::ranges::any_of(accounts_, [this](const Account& account) { return account.git_pid != accounts_.front().git_pid; });
}

system::LaunchPlan GatedPush::run(const gate::RealCommand& real, const std::vector<std::string>& extra) const {
  system::LaunchPlan plan;
  plan.program = real.path;
  const auto words = git_.words_of_push(rebuild(command_, extra));
  plan.argv = {"git"};
  plan.argv.insert(plan.argv.end(), words.begin(), words.end());
  plan.environment = real.environment;
  plan.kept = {expected_->get(), surprise_->get()};
  return plan;
}

std::vector<system::LaunchPlan> GatedPush::needless_plans(const gate::RealCommand& real) const {
  if (is_silent_) return {};
  return {run(real, is_dry_ ? std::vector<std::string>{"--dry-run"} : std::vector<std::string>{})};
}

gate::Aftermath GatedPush::aftermath(const system::Ended& /*ended*/) const {
  constexpr std::size_t k_most_named = 5;
  const auto text = surprise_->text();
  const auto surprises = text ? accounts_from_text(*text) : Result<std::vector<Account>>(std::vector<Account>());
  if (!surprises || surprises->empty()) return {};
  const Account& account = surprises->front();
  gate::Aftermath aftermath;
  aftermath.recorded = "stale";
  const std::string name(k_push_tool.program);
  aftermath.words = name + ": stale: between the decision and the push something else came to be pushed to " +
                    base::quoted(without_password(account.url), 256) + "; nothing was pushed there\n";
  for (std::size_t i = 0; i < account.refs.size() && i < k_most_named; ++i) {
    const RefLine& ref = account.refs[i];
    aftermath.words += "  " + base::quoted(ref.remote_ref, 256) + ": " + base::display(ref.remote_id, 64) + " -> " +
                       base::display(ref.local_id, 64) + "\n";
  }
  aftermath.words += name + ": hint: the same command looks again\n";
  return aftermath;
}

}  // namespace

std::unique_ptr<gate::Command> gated_push(std::vector<std::string> globals, PushCommand command, std::vector<std::string> argv) {
  return std::make_unique<GatedPush>(std::move(globals), std::move(command), std::move(argv));
}

}  // namespace pvm::wrappers::git
