// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/clean.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/system/process.hpp"
#include "wrappers/git/exec_path.hpp"
#include "wrappers/git/hook.hpp"
#include "wrappers/git/running.hpp"
#include "wrappers/rm/resolve.hpp"

namespace pvm::wrappers::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view k_would = "Would remove ";
constexpr std::string_view k_skips = "Would skip repository ";
constexpr std::string_view k_refuses = "Would refuse to remove ";

std::optional<char> octal(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '7') return std::nullopt;
    value = value * 8 + (digit - '0');
  }
  if (digits.size() != 3 || value == 0 || value > 0xff) return std::nullopt;
  return static_cast<char>(value);
}

std::optional<char> named_escape(char c) {
  constexpr std::string_view k_letters = "abtnvfr\"\\";
  constexpr std::string_view k_meanings = "\a\b\t\n\v\f\r\"\\";
  const auto at = k_letters.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return k_meanings[at];
}

// A path as git quotes it in C's way where it has to (core.quotePath in git-config(1)).
std::optional<std::string> unquoted(std::string_view text) {
  if (!text.starts_with('"')) return std::string(text);
  if (text.size() < 2 || !text.ends_with('"')) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string path;
  while (!text.empty()) {
    if (text.front() == '"') return std::nullopt;
    if (text.front() != '\\') {
      path += text.front();
      text.remove_prefix(1);
      continue;
    }
    if (text.size() < 2) return std::nullopt;
    const auto letter = named_escape(text[1]);
    const auto byte = letter ? letter : octal(text.substr(1, 3));
    if (!byte) return std::nullopt;
    path += *byte;
    text.remove_prefix(letter ? 2 : 4);
  }
  return path;
}

class GatedClean final : public gate::Command {
 public:
  GatedClean(std::vector<std::string> globals, CleanCommand command, std::vector<std::string> argv)
      : globals_(std::move(globals)), command_(std::move(command)), invocation_{system::working_directory(), std::move(argv)} {}

  [[nodiscard]] std::vector<std::string> real_names() const override { return {"git"}; }
  [[nodiscard]] model::Invocation invocation() const override { return invocation_; }
  [[nodiscard]] std::vector<std::string> environment(const system::Environment& of_caller) const override {
    return git_environment(of_caller, settings_);
  }

  [[nodiscard]] Result<void> resolve(const gate::Caller& caller) override;
  [[nodiscard]] const model::Operation& operation() const override { return resolved_.operation; }
  [[nodiscard]] const model::Effect& effect() const override { return resolved_.effect; }
  [[nodiscard]] std::string own_words() const override { return own_words_; }
  [[nodiscard]] int own_status() const override { return own_status_; }
  [[nodiscard]] std::vector<system::LaunchPlan> plans(const gate::RealCommand& real) const override;
  [[nodiscard]] std::vector<system::LaunchPlan> needless_plans(const gate::RealCommand& real) const override;

 private:
  // Neither forced nor interactive: git refuses by itself, unless it is configured not to.
  [[nodiscard]] Result<bool> is_refused_by_git(const Git& git) const;
  // Where the paths that git names begin.
  [[nodiscard]] Result<void> resolve_from(const std::string& directory, const std::vector<std::string>& paths,
                                          const std::string& agent);
  [[nodiscard]] system::LaunchPlan run(const gate::RealCommand& real) const;

  std::vector<std::string> globals_;
  CleanCommand command_;
  model::Invocation invocation_;
  std::vector<std::string> settings_;  // NAME=value
  operands::Resolved resolved_;
  std::string own_words_;
  int own_status_ = 0;
  base::Descriptor elsewhere_;  // a directory that is none of git's business
};

Result<bool> GatedClean::is_refused_by_git(const Git& git) const {
  if (command_.is_forced || command_.is_interactive) return false;
  const auto answer = ask(git, {"config", "--type=bool", "--get", "clean.requireForce"});
  if (!answer) return base::pass_on(answer);
  return answer->output != "false\n";
}

Result<void> GatedClean::resolve_from(const std::string& directory, const std::vector<std::string>& paths,
                                      const std::string& agent) {
  const base::Descriptor here(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!here || ::chdir(directory.c_str()) != 0) return base::fail_errno("cannot go to " + base::quoted(directory), errno);
  rm::RmCommand command;
  command.recursive = true;
  command.force = true;
  command.operands = paths;
  auto resolved = rm::resolve(command, agent, "git clean");
  if (::fchdir(here.get()) != 0) return base::fail_errno("cannot go back to where this was called", errno);
  if (!resolved) return base::pass_on(resolved);
  resolved_ = std::move(*resolved);
  return {};
}

Result<void> GatedClean::resolve(const gate::Caller& caller) {
  resolved_ = {};
  resolved_.operation.agent = caller.agent;
  const auto real = gate::find_real(real_names(), caller.site.settings);
  if (!real) return base::pass_on(real);
  const auto exec_path = find_exec_path(caller.environment);
  settings_.clear();
  if (exec_path) settings_.push_back("GIT_EXEC_PATH=" + exec_path->directory);
  std::vector<std::string> english = settings_;
  english.emplace_back("LC_ALL=C");
  english.emplace_back("LANGUAGE=C");
  if (auto honest = check_config_env(globals_); !honest) return honest;
  const auto hooks = hooks_of(caller.environment);
  if (!hooks) return base::pass_on(hooks);
  elsewhere_ = base::Descriptor(::open(hooks->c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!elsewhere_) return base::fail_errno(base::quoted(*hooks), errno);
  const Git git{real->path, globals_, git_environment(caller.environment, english)};

  const auto is_refused = is_refused_by_git({real->path, globals_, git_environment(caller.environment, settings_)});
  if (!is_refused) return base::pass_on(is_refused);
  if (*is_refused) return {};
  CleanCommand listing = command_;
  std::erase_if(listing.options, [](const std::string& word) { return word == "--interactive" || word == "--quiet"; });
  const auto answer = ask(git, rebuild(listing, {"--no-interactive", "--no-quiet", "--dry-run"}));
  if (!answer) return base::pass_on(answer);
  own_words_ = answer->errors;
  own_status_ = answer->status;
  if (answer->status != 0) return {};
  const auto paths = listed_by_clean(answer->output);
  if (!paths) return base::pass_on(paths);
  if (paths->empty()) return {};
  // git names them from where it was sent to by -C, --work-tree and the like, which it tells itself.
  const auto prefix = ask(git, {"rev-parse", "--show-toplevel", "--show-prefix"});
  if (!prefix) return base::pass_on(prefix);
  const auto line = prefix->output.find('\n');
  if (prefix->status != 0 || line == std::string::npos || !prefix->output.ends_with('\n')) {
    return fail(Code::malformed, "git does not say where its work tree is");
  }
  const std::string inner = prefix->output.substr(line + 1, prefix->output.size() - line - 2);
  return resolve_from(prefix->output.substr(0, line) + "/" + inner, *paths, caller.agent);
}

system::LaunchPlan GatedClean::run(const gate::RealCommand& real) const {
  system::LaunchPlan plan;
  plan.program = real.path;
  plan.argv = {"git"};
  plan.argv.insert(plan.argv.end(), globals_.begin(), globals_.end());
  const auto words = rebuild(command_, {});
  plan.argv.insert(plan.argv.end(), words.begin(), words.end());
  plan.environment = real.environment;
  return plan;
}

// Where nothing was listed nothing may go, whatever git makes of it by then.
std::vector<system::LaunchPlan> GatedClean::needless_plans(const gate::RealCommand& real) const {
  system::LaunchPlan plan = run(real);
  if (system::available_confinement() == system::Confinement::landlock) plan.removal_roots.push_back(elsewhere_.get());
  return {std::move(plan)};
}

std::vector<system::LaunchPlan> GatedClean::plans(const gate::RealCommand& real) const {
  system::LaunchPlan plan = run(real);
  if (system::available_confinement() == system::Confinement::landlock) {
    for (const system::PinnedDirectory& parent : resolved_.parents) plan.removal_roots.push_back(parent.descriptor.get());
  }
  return {std::move(plan)};
}

}  // namespace

Result<std::vector<std::string>> listed_by_clean(std::string_view output) {
  std::vector<std::string> paths;
  while (!output.empty()) {
    const auto end = std::min(output.find('\n'), output.size());
    const std::string_view line = output.substr(0, end);
    output.remove_prefix(std::min(end + 1, output.size()));
    if (line.starts_with(k_skips) || line.starts_with(k_refuses)) continue;
    auto path = line.starts_with(k_would) ? unquoted(line.substr(k_would.size())) : std::nullopt;
    if (!path || path->empty()) {
      return fail(Code::malformed, "what git clean would remove cannot be read: " + base::quoted(line, 256));
    }
    while (path->size() > 1 && path->ends_with('/')) path->pop_back();
    paths.push_back(std::move(*path));
  }
  return paths;
}

std::unique_ptr<gate::Command> gated_clean(std::vector<std::string> globals, CleanCommand command, std::vector<std::string> argv) {
  return std::make_unique<GatedClean>(std::move(globals), std::move(command), std::move(argv));
}

}  // namespace pvm::wrappers::git
