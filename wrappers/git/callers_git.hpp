// SPDX-License-Identifier: Apache-2.0
// git as the caller's push would run it, and asked in a dry run what it would push. Program: safe-git-push.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/gate/gate.hpp"
#include "wrappers/git/hook.hpp"
#include "wrappers/git/configuration.hpp"
#include "wrappers/git/exec_path.hpp"
#include "wrappers/git/grammar.hpp"
#include "wrappers/git/running.hpp"

namespace pvm::wrappers::git {

/// What git says of a push that it does not make.
struct DryRun {
  Answer answer;
  std::string output;             // as of `git push --porcelain`
  std::vector<Account> accounts;  // as our hook wrote them down
};

class CallersGit {
 public:
  /// `globals` are git's own options as typed.
  explicit CallersGit(std::vector<std::string> globals) : globals_(std::move(globals)) {}

  /// Finds git, its private exec-path, hooks and settings, for a push by `command`. Without an exec-path only where
  /// the wrapper was called by its own name (`is_shim` false). Errors: as gate::find_real, find_exec_path, hooks_of, users_hooks;
  /// usage, for a ref with a control byte in it.
  [[nodiscard]] base::Result<void> prepare(const gate::Caller& caller, const PushCommand& command, bool is_shim);

  /// Errors: as ask and accounts_from_text.
  [[nodiscard]] base::Result<DryRun> run_dry(const PushCommand& command) const;

  /// `words` after all that stands before them in a push, and in its dry run alike.
  [[nodiscard]] std::vector<std::string> words_of_push(const std::vector<std::string>& words) const;
  /// For git in another `repository` than the caller's, or in that one (empty).
  [[nodiscard]] Git at(const std::string& repository) const;
  /// What is configured there; of the caller's nothing, where that could not be read. Errors: as Configuration::read.
  [[nodiscard]] base::Result<const Configuration*> configuration_at(const std::string& repository);
  [[nodiscard]] const Configuration& configuration() const { return configurations_.at(""); }
  /// Why the caller's could not be read.
  [[nodiscard]] const std::optional<base::Error>& configuration_fault() const { return configuration_fault_; }

  [[nodiscard]] const std::optional<ExecPath>& exec_path() const { return exec_path_; }
  /// Where our hook is, for core.hooksPath.
  [[nodiscard]] const std::string& hooks() const { return hooks_; }
  /// What our hook is told in its environment of the caller's own hooks.
  [[nodiscard]] std::vector<std::string> hook_settings() const;
  /// --namespace or GIT_NAMESPACE; empty: none.
  [[nodiscard]] std::string name_space(const system::Environment& environment) const;

 private:
  [[nodiscard]] base::Result<DryRun> run_dry(const PushCommand& command, const std::vector<std::string>& extra_globals) const;

  std::vector<std::string> globals_;
  Git git_;
  std::optional<ExecPath> exec_path_;
  std::string hooks_;
  std::string users_hooks_;                              // the caller's core.hooksPath; empty: not set
  std::map<std::string, Configuration> configurations_;  // by repository
  std::optional<base::Error> configuration_fault_;
};

/// For a variable in the environment of git that tells our hook of two files.
[[nodiscard]] std::string pair_of(const MemoryFile& a, const MemoryFile& b);

}  // namespace pvm::wrappers::git
