// SPDX-License-Identifier: Apache-2.0
// shim exec: starts a program with the shims in place.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

#include "libpvm/base/text.hpp"
#include "libpvm/model/operation.hpp"
#include "libpvm/system/launch.hpp"
#include "libpvm/system/process.hpp"
#include "pvmctl/shim/agent_environment.hpp"
#include "pvmctl/shim/directory.hpp"
#include "pvmctl/shim/git_exec_path.hpp"
#include "pvmctl/shim/startup_files.hpp"
#include "pvmctl/verbs/shim.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

struct ExecOptions {
  std::string agent;
  std::string directory;
};

Result<std::string> name_of_agent(const Context& context, const ExecOptions& options, const std::string& program) {
  if (options.agent.empty()) {
    const std::string directory = system::working_directory();
    return shim::agent_name_for(program, directory.empty() ? "?" : directory,
                                context.environment().find_filled("HOME").value_or(""));
  }
  if (model::is_agent_name(options.agent)) return options.agent;
  return fail(Code::usage, "--agent " + base::quoted(options.agent, 128) + " is no name for an agent",
              "use 1 to 128 of the characters A-Z a-z 0-9 . _ @ + : / ~ - and no '-' first");
}

Result<std::string> whole_path(const std::string& path) {
  if (path.starts_with('/')) return path;
  const std::string directory = system::working_directory();
  if (!directory.empty()) return directory + "/" + path;
  return fail(Code::cannot_execute, "there is no working directory for " + base::quoted(path, 256) + " to be in",
              "give its whole path");
}

// As a shell says it: 127 where there is none, 126 where it cannot be run.
Result<std::string> path_of_program(const std::string& word, const system::Environment& environment) {
  if (word.empty()) return fail(Code::usage, "the program's name is empty", "name a program: … -- claude");
  if (word.find('/') == std::string::npos) {
    std::string found = find_in_path(environment.find("PATH").value_or(""), word);
    if (!found.empty()) return whole_path(found);
    return fail(Code::no_command, "there is no program " + base::quoted(word, 256) + " in PATH",
                "look how it is written, or give its path");
  }
  struct stat about {};
  if (::stat(word.c_str(), &about) != 0 && errno == ENOENT) {
    return fail(Code::no_command, "there is no program " + base::quoted(word, 256), "look how it is written");
  }
  if (!is_program(word)) return fail(Code::cannot_execute, base::quoted(word, 256) + " cannot be executed");
  return whole_path(word);
}

// An agent that is started without a vault would be refused everything; whoever starts it is the one who can make one.
Result<void> check_vault_is_there(Context& context) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  return {};
}

// To whoever starts it at a terminal; in a script it would be noise.
void warn_of_login_shells(const system::Environment& environment, const std::string& shims) {
  if (::isatty(STDERR_FILENO) == 0) return;
  for (const auto reach : {shim::Reach::user, shim::Reach::system}) {
    const auto files = shim::startup_files(environment, reach);
    if (files && shim::has_block(*files, shims)) return;
  }
  std::fputs("pvmctl: note: in login shells (sh -lc, zsh -lc) the shims are lost, until: pvmctl shim install\n", stderr);
}

Result<Reply> exec(Program& program, const ExecOptions& options) {
  if (program.command.empty()) {
    return fail(Code::usage, "there is no program to start", "put it at the end, after two dashes: pvmctl shim exec -- claude");
  }
  Context& context = program.context;
  const auto agent = name_of_agent(context, options, program.command.front());
  if (!agent) return base::pass_on(agent);
  std::string wanted = options.directory;
  if (wanted.empty()) wanted = find_shims(context).value_or("");
  const auto named = shim_directory(context, wanted);
  if (!named) return base::pass_on(named);
  const auto shims = checked_shims(*named);
  if (!shims) return base::pass_on(shims);
  if (auto there = check_vault_is_there(context); !there) return base::pass_on(there);
  if (auto made = shim::ensure_git_exec_path(context, shim::Reach::user); !made) return base::pass_on(made);

  const auto environment = shim::agent_environment(context.environment(), *shims, *agent);
  // By the new PATH: "shim exec -- rm x" is gated too.
  const auto path = path_of_program(program.command.front(), environment);
  if (!path) return base::pass_on(path);
  warn_of_login_shells(context.environment(), *shims);
  system::LaunchPlan plan;
  plan.program = *path;
  plan.argv = program.command;
  plan.environment = shim::as_strings(environment);
  const auto failed = system::become(plan);
  return fail(failed.code == Code::missing ? Code::no_command : Code::cannot_execute, failed.message, failed.hint);
}

}  // namespace

void add_shim_exec_verb(CLI::App& group, Program& program) {
  const auto options = std::make_shared<ExecOptions>();
  CLI::App* verb = add_verb(group, program, "exec",
                            "start a program, such as an agent, with the shims in place",
                            "pvmctl shim exec -- claude\n  pvmctl shim exec --agent nightly -- make -C ~/src/app clean",
                            [&program, options] { return exec(program, *options); });
  take_command(program, verb, "shim", "-- PROGRAM...");
  verb->add_option("--agent", options->agent, "its name for PVM; default: PROGRAM@DIRECTORY, such as claude@~/src/app");
  verb->add_option("--dir", options->directory, "where the shims are; default: as for env");
}

}  // namespace pvm::pvmctl
