// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/callers_git.hpp"

#include <signal.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "libpvm/base/text.hpp"
#include "wrappers/git/effect.hpp"
#include "wrappers/git/url.hpp"

namespace pvm::wrappers::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

// What stands in the way of a git in another repository than the caller's.
constexpr std::array<const char*, 5> k_of_repository = {"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"};

// Replaced objects and grafts can make a rewrite look like a step forward, to git as well. Of the graft file's end git would
// speak each time.
constexpr std::array<const char*, 3> k_own_globals = {"--no-replace-objects", "-c", "advice.graftFileDeprecated=false"};

Result<void> check_refspec(const std::string& word) {
  if (!has_control(word)) return {};
  return fail(Code::usage, "there is a control byte in " + base::quoted(word, 256), "give each ref without");
}

// git puts what is typed for a ref into what it says of it, as it is: with a line's end in it, it could say anything.
Result<void> check_refspecs(const PushCommand& command, const Configuration& configuration) {
  for (const std::string& operand : command.operands) {
    if (auto plain = check_refspec(operand); !plain) return plain;
  }
  for (const auto& [name, values] : configuration.values()) {
    if (!name.starts_with("remote.") || !name.ends_with(".push")) continue;
    for (const std::string& value : values) {
      if (auto plain = check_refspec(value); !plain) return plain;
    }
  }
  return {};
}

}  // namespace

std::string pair_of(const MemoryFile& a, const MemoryFile& b) { return std::to_string(a.get()) + ":" + std::to_string(b.get()); }

Git CallersGit::at(const std::string& repository) const {
  if (repository.empty()) return git_;
  Git git{git_.program, {"-C", repository}, {}};
  for (const std::string& entry : git_.environment) {
    const auto is_named = [&entry](const char* name) { return entry.starts_with(std::string(name) + "="); };
    if (std::none_of(k_of_repository.begin(), k_of_repository.end(), is_named)) git.environment.push_back(entry);
  }
  return git;
}

Result<const Configuration*> CallersGit::configuration_at(const std::string& repository) {
  const auto known = configurations_.find(repository);
  if (known != configurations_.end()) return &known->second;
  auto read = Configuration::read(at(repository));
  if (!read) return base::pass_on(read);
  return &configurations_.emplace(repository, std::move(*read)).first->second;
}

Result<void> CallersGit::prepare(const gate::Caller& caller, const PushCommand& command, bool is_shim) {
  const auto real = gate::find_real({"git"}, caller.site.settings);
  if (!real) return base::pass_on(real);
  auto exec_path = find_exec_path(caller.environment);
  if (!exec_path && is_shim) return base::pass_on(exec_path);
  exec_path_ = exec_path ? std::optional(std::move(*exec_path)) : std::nullopt;
  std::vector<std::string> set = {"GIT_GRAFT_FILE=/dev/null"};
  if (exec_path_) set.push_back("GIT_EXEC_PATH=" + exec_path_->directory);
  if (auto honest = check_config_env(globals_); !honest) return honest;
  git_ = {real->path, globals_, git_environment(caller.environment, set)};

  auto hooks = hooks_of(caller.environment);
  if (!hooks) return base::pass_on(hooks);
  hooks_ = std::move(*hooks);

  configurations_.clear();
  const auto configuration = configuration_at("");
  // What keeps git from reading it keeps it from pushing too, and the dry run has its words for it.
  configuration_fault_.reset();
  if (!configuration) {
    configuration_fault_ = configuration.error();
    configurations_.emplace("", Configuration());
    return {};
  }
  if (auto plain = check_refspecs(command, **configuration); !plain) return plain;
  auto users = users_hooks(**configuration, caller.environment);
  if (!users && command.is_verified) return base::pass_on(users);
  users_hooks_ = users ? users->value_or("") : "";
  return {};
}

std::vector<std::string> CallersGit::hook_settings() const {
  std::vector<std::string> set;
  if (!users_hooks_.empty()) set.push_back("PVM_PUSH_HOOKS=" + users_hooks_);
  return set;
}

std::string CallersGit::name_space(const system::Environment& environment) const {
  constexpr std::string_view k_option = "--namespace";
  std::string name = environment.find("GIT_NAMESPACE").value_or("");
  for (std::size_t i = 0; i < globals_.size(); ++i) {
    if (globals_[i] == k_option && i + 1 < globals_.size()) name = globals_[i + 1];
    if (globals_[i].starts_with(std::string(k_option) + "=")) name = globals_[i].substr(k_option.size() + 1);
  }
  return name;
}

std::vector<std::string> CallersGit::words_of_push(const std::vector<std::string>& words) const {
  std::vector<std::string> all = globals_;
  all.insert(all.end(), k_own_globals.begin(), k_own_globals.end());
  all.insert(all.end(), {"-c", "core.hooksPath=" + hooks_});
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

// In a dry run git sends push options to another side that waits for none, and dies of it now and then.
Result<DryRun> CallersGit::run_dry(const PushCommand& command) const {
  constexpr int k_died_of_pipe = 128 + SIGPIPE;
  auto dry = run_dry(command, {});
  if (!dry || dry->answer.status != k_died_of_pipe) return dry;
  PushCommand without_options = command;
  std::erase_if(without_options.options, [](const std::string& word) { return word.starts_with("--push-option"); });
  return run_dry(without_options, {"-c", "push.pushOption="});
}

Result<DryRun> CallersGit::run_dry(const PushCommand& command, const std::vector<std::string>& extra_globals) const {
  const auto output = MemoryFile::make("pvm-push-output");
  if (!output) return base::pass_on(output);
  const auto records = MemoryFile::make("pvm-push-records");
  if (!records) return base::pass_on(records);
  Git git{git_.program, words_of_push(extra_globals), git_.environment};
  for (std::string& entry : hook_settings()) git.environment.push_back(std::move(entry));
  git.environment.push_back("PVM_PUSH_RECORD=" + pair_of(*output, *records));
  auto answer = ask_into(*output, git, rebuild(command, {"--no-quiet", "--porcelain", "--dry-run"}),
                         {output->get(), records->get()});
  if (!answer) return base::pass_on(answer);
  auto text = output->text();
  if (!text) return base::pass_on(text);
  const auto told = records->text();
  if (!told) return base::pass_on(told);
  auto accounts = accounts_from_text(*told);
  if (!accounts) return base::pass_on(accounts);
  return DryRun{std::move(*answer), std::move(*text), std::move(*accounts)};
}

}  // namespace pvm::wrappers::git
