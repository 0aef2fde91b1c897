// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/command.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "libpvm/base/text.hpp"
#include "libpvm/frontend/exit_status.hpp"
#include "wrappers/git/clean.hpp"
#include "wrappers/git/commands.hpp"
#include "wrappers/git/exec_path.hpp"
#include "wrappers/git/grammar.hpp"
#include "wrappers/git/hook.hpp"
#include "wrappers/git/push.hpp"
#include "wrappers/git/running.hpp"
#include "wrappers/git/words.hpp"

namespace pvm::wrappers::git {
namespace {

using base::Result;
using system::Environment;

constexpr int k_usage_status = 129;

std::string last_component(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool is_named_git(const std::vector<std::string>& argv) { return last_component(argv.front()) == "git"; }

// One line for an agent: what is refused by its name, and what there is in its place.
OwnComplaint refused(const std::string& what, const std::string& hint) {
  const std::string name(k_push_tool.program);
  return {name + ": denied: " + what + "; nothing was pushed\n" + name + ": hint: " + hint + "\n", frontend::k_exit_refused};
}

// Everything as it is, but for GIT_EXEC_PATH: what git starts is to find the shim again.
system::LaunchPlan plan_of(const ExecPath& path, std::vector<std::string> argv, const Environment& environment) {
  system::LaunchPlan plan;
  plan.program = path.program;
  plan.argv = std::move(argv);
  plan.environment.push_back("GIT_EXEC_PATH=" + path.directory);
  for (const auto& [name, value] : environment.all()) {
    if (name != "GIT_EXEC_PATH") plan.environment.push_back(name + "=" + value);
  }
  return plan;
}

// As it was called: git itself, or a program of its exec-path by its own name. To ask git for that one would be to be asked
// for it again, since git looks for it where we are.
Straight straight(std::vector<std::string> argv, const Environment& environment) {
  if (!is_named_git(argv)) {
    return {[argv = std::move(argv), &environment]() -> Result<system::LaunchPlan> {
      const auto path = find_exec_path(environment);
      if (!path) return base::pass_on(path);
      system::LaunchPlan plan = plan_of(*path, argv, environment);
      plan.program = path->real + "/" + last_component(argv.front());
      return plan;
    }};
  }
  return {[argv = std::move(argv), &environment]() -> Result<system::LaunchPlan> {
    const auto path = find_exec_path(environment);
    if (!path) return base::pass_on(path);
    return plan_of(*path, argv, environment);
  }};
}

std::vector<std::string> with_words(const Words& words, const std::vector<std::string>& more) {
  std::vector<std::string> argv = {"git"};
  argv.insert(argv.end(), words.globals.begin(), words.globals.end());
  argv.insert(argv.end(), more.begin(), more.end());
  return argv;
}

// help.autocorrect would run `git push` for "git psuh" without asking anybody. An alias starts `git` anew, and so the shim.
Straight without_autocorrection(const Words& words, const Environment& environment) {
  std::vector<std::string> more = {"-c", "help.autocorrect=0", words.command};
  more.insert(more.end(), words.rest.begin(), words.rest.end());
  return straight(with_words(words, more), environment);
}

// Words that git does not understand, or will not: its complaint to standard error, and its usage to where git has it.
ParsedCommand misused(const Misuse& misuse, const Words& words, const Environment& environment) {
  if (misuse.usage == Usage::nowhere) return OwnComplaint{misuse.words, k_usage_status};
  Straight usage = straight(with_words(words, {words.command, "-h"}), environment);
  if (misuse.usage == Usage::to_output) return Straight{std::move(usage.plan), misuse.words};
  return Straight{[plan = std::move(usage.plan)]() -> Result<system::LaunchPlan> {
                    auto made = plan();
                    if (made) made->standard_output = STDERR_FILENO;
                    return made;
                  },
                  misuse.words};
}

// git says it all by itself, where it is, and with our hook in its way, which refuses whatever a later git may make of it. A
// word that would leave the hook out is not handed on.
ParsedCommand misused_push(const Misuse& misuse, const Words& words, const Environment& environment) {
  const auto leaves_hook_out = [](const std::string& word) { return word.starts_with("--no-v") || word == "--no" || word == "--no-"; };
  if (std::ranges::any_of(words.rest, leaves_hook_out)) return misused(misuse, words, environment);
  return Straight{[words, &environment]() -> Result<system::LaunchPlan> {
    const auto path = find_exec_path(environment);
    if (!path) return base::pass_on(path);
    const auto hooks = hooks_of(environment);
    if (!hooks) return base::pass_on(hooks);
    std::vector<std::string> more = {"-c", "core.hooksPath=" + *hooks, words.command};
    more.insert(more.end(), words.rest.begin(), words.rest.end());
    system::LaunchPlan plan = plan_of(*path, with_words(words, more), environment);
    plan.environment = git_environment(environment, {"GIT_EXEC_PATH=" + path->directory});
    return plan;
  }};
}

ParsedCommand parse_push_call(const Words& words, std::vector<std::string> argv, const Environment& environment) {
  auto parsed = parse_push(words.rest);
  if (const auto* misuse = std::get_if<Misuse>(&parsed)) return misused_push(*misuse, words, environment);
  auto& command = std::get<PushCommand>(parsed);
  if (command.is_dry_run) {
    std::vector<std::string> extra = {"--dry-run"};
    if (!command.is_verified) extra.emplace_back("--no-verify");
    return straight(with_words(words, rebuild(command, extra)), environment);
  }
  return Gated{gated_push(words.globals, std::move(command), std::move(argv)), k_push_tool};
}

ParsedCommand parse_clean_call(const Words& words, std::vector<std::string> argv, const Environment& environment) {
  auto parsed = parse_clean(words.rest);
  if (const auto* misuse = std::get_if<Misuse>(&parsed)) return misused(*misuse, words, environment);
  auto& command = std::get<CleanCommand>(parsed);
  if (command.is_dry_run) return straight(with_words(words, rebuild(command, {"--dry-run"})), environment);
  return Gated{gated_clean(words.globals, std::move(command), std::move(argv)), k_clean_tool};
}

// As git's own transport for HTTP says it, and no other way: an option with its value apart could be that value.
bool is_dry_run_of_transport(const std::vector<std::string>& words) {
  constexpr std::array<std::string_view, 11> k_known = {"--stateless-rpc", "--helper-status", "--thin",     "--dry-run",
                                                        "--atomic",        "--quiet",         "--verbose",  "--progress",
                                                        "--no-progress",   "--stdin",         "--force-if-includes"};
  constexpr std::array<std::string_view, 3> k_with_value = {"--signed=", "--push-option=", "--force-with-lease="};
  const auto is_understood = [&](const std::string& word) {
    return !word.starts_with('-') || std::ranges::find(k_known, word) != k_known.end() ||
           std::ranges::any_of(k_with_value, [&word](std::string_view name) { return word.starts_with(name); });
  };
  return std::ranges::find(words, "--dry-run") != words.end() && std::ranges::all_of(words, is_understood);
}

// A transport starts these to push, and in a dry run to say what it would push. Whoever else does, goes around us.
ParsedCommand parse_plumbing(const Words& words, std::vector<std::string> argv, const Environment& environment) {
  const auto path = find_exec_path(environment);
  if (is_dry_run_of_transport(words.rest) || (path && is_part_of_a_push(*path))) return straight(std::move(argv), environment);
  return refused("'git " + base::display(words.command, 64) + "' is a part of a push that PVM cannot look into",
                 "push with: git push REMOTE REF");
}

// What a call is named by in hints: git calls us by the private exec-path, which means nothing to a caller.
std::vector<std::string> with_spoken_name(std::vector<std::string> argv, const Environment& environment) {
  const auto own = own_exec_path(environment);
  if (own && argv.front().starts_with(*own + "/")) argv.front() = last_component(argv.front());
  return argv;
}

// git would look there for `git` itself, for all that it starts.
bool leads_around(const Words& words, const Environment& environment) {
  if (!words.exec_path) return false;
  const auto path = find_exec_path(environment);
  return !path || *words.exec_path != path->directory;
}

}  // namespace

ParsedCommand parse_command(std::vector<std::string> argv, const Environment& environment) {
  const Words words = read_words(argv);
  if (leads_around(words, environment)) {
    return refused("--exec-path=" + base::display(*words.exec_path, 256) + " would lead what git starts around the shim",
                   "leave that option out");
  }
  // git ends at it, and says so the same way without the rest.
  if (words.unknown_option) return straight({argv.front(), *words.unknown_option}, environment);
  switch (meaning_of(words)) {
    case Meaning::harmless: return straight(std::move(argv), environment);
    case Meaning::unknown: return without_autocorrection(words, environment);
    case Meaning::plumbing: return parse_plumbing(words, std::move(argv), environment);
    case Meaning::push: return parse_push_call(words, with_spoken_name(std::move(argv), environment), environment);
    case Meaning::clean: return parse_clean_call(words, with_spoken_name(std::move(argv), environment), environment);
    case Meaning::sends_otherwise: break;
  }
  return refused("'git " + base::display(words.command, 64) + "' sends to another repository by other ways than git push, which PVM cannot look into",
                 "this is the user's to do: tell them what you would send and where; or go on with other work");
}

Wrapper wrapper() { return {k_push_tool, {"git"}, parse_command}; }

}  // namespace pvm::wrappers::git
