// SPDX-License-Identifier: Apache-2.0
// shim install and env: a directory of links that, first in PATH, stands in front of the real commands, and the lines in
// shells' files that keep it there.
#include "pvmctl/verbs/shim.hpp"

#include <unistd.h>

#include <filesystem>

#include "libpvm/base/text.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/shim/agent_environment.hpp"
#include "pvmctl/shim/directory.hpp"
#include "pvmctl/shim/git_exec_path.hpp"
#include "pvmctl/shim/launcher.hpp"
#include "pvmctl/shim/links.hpp"
#include "pvmctl/shim/startup_files.hpp"
#include "pvmctl/ui/colour.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

struct InstallOptions {
  std::string directory;
  bool no_profiles = false;
  bool system = false;
};

struct EnvOptions {
  std::string directory;
  bool block = false;
};

/// The line for sh that puts the directory first. Errors: usage, where no line of sh can hold it.
Result<std::string> path_line(const std::string& directory) {
  const std::string word = base::shell_command({directory});
  if (word.starts_with("eval ")) {
    return fail(Code::usage, base::quoted(directory) + " holds bytes that cannot be shown",
                "give another one: --dir DIR");
  }
  return "export PATH=" + word + ":\"$PATH\"";
}

/// What a shell is to read; `directory` is named only where it was `typed`.
std::string eval_line(const std::string& typed, const std::string& directory) {
  std::vector<std::string> words = {"pvmctl", "shim", "env"};
  if (!typed.empty()) words.insert(words.end(), {"--dir", directory});
  return "eval \"$(" + base::shell_command(words) + ")\"";
}

std::string exec_line(const std::string& typed, const std::string& directory) {
  std::vector<std::string> words = {"pvmctl", "shim", "exec"};
  if (!typed.empty()) words.insert(words.end(), {"--dir", directory});
  words.insert(words.end(), {"--", "PROGRAM"});
  return base::shell_command(words);
}

// What is wrong with one of them keeps no other from being written.
void add_blocks(Reply& reply, const std::vector<shim::StartupFile>& files, const std::string& shims) {
  reply.json["startup_files"] = Json::array();
  for (const shim::StartupFile& file : files) {
    const auto written = shim::put_block(file, shims);
    reply.text += startup_line(reply.json["startup_files"], file, written);
    if (!written) reply.status = frontend::k_exit_refused;
  }
}

// Whether the blocks do what they are for: a shell's file may end before them, or be another than is usual. As `shim exec`
// would start an agent, but without what only bash reads.
void ask_shells(Reply& reply, const system::Environment& environment, const std::string& shims) {
  auto values = shim::agent_environment(environment, shims, "install").all();
  values.erase("BASH_ENV");
  const system::Environment agents(std::move(values));
  Reply asked;
  asked.json["launchers"] = Json::array();
  for (const auto& launcher : shim::usual_launchers(agents)) static_cast<void>(test_launcher(agents, launcher, asked));
  reply.json["launchers"] = asked.json["launchers"];
  if (asked.status == frontend::k_exit_done) return;
  reply.text += asked.text;
  reply.status = asked.status;
}

// The links of every user are those that were installed: a home's would be one user's to change.
Result<std::string> directory_for(Context& context, const InstallOptions& options) {
  if (!options.system) return shim_directory(context, options.directory);
  if (::geteuid() != 0) return fail(Code::refused, "--system is for root", "as root: pvmctl shim install --system");
  if (!options.directory.empty()) return shim_directory(context, options.directory);
  if (auto installed = installed_shims()) return *installed;
  return fail(Code::missing, "there are no shims beside this pvmctl", "install PVM whole, or give a directory: --dir DIR");
}

Result<Reply> install(Context& context, const InstallOptions& options) {
  const auto wanted = directory_for(context, options);
  if (!wanted) return base::pass_on(wanted);
  const std::string home = context.environment().find_filled("HOME").value_or("");
  const auto reach = options.system ? shim::Reach::system : shim::Reach::user;
  const auto files = shim::startup_files(context.environment(), reach);
  if (!files && !options.no_profiles) return base::pass_on(files);

  Reply reply;
  reply.json["shims"] = Json::object();
  if (options.system && options.directory.empty()) {
    reply.json["directory"] = json_text(*wanted);
    for (const Shim& each : k_shims) {
      const std::string path = *wanted + "/" + std::string(each.name);
      reply.json["shims"][std::string(each.name)] = json_text(path);
      reply.text += base::quoted(path) + ": installed\n";
    }
  } else {
    if (auto good = shim::check_place(*wanted, home); !good) return base::pass_on(good);
    const auto placed = shim::place_links(*wanted, home);
    if (!placed) return base::pass_on(placed);
    for (const shim::Placed& link : *placed) {
      reply.text += base::quoted(link.path) + " -> " + base::quoted(link.target) + "\n";
      reply.json["directory"] = json_text(link.path.substr(0, link.path.rfind('/')));
      reply.json["shims"][link.name] = json_text(link.target);
    }
  }
  const auto exec_path = shim::ensure_git_exec_path(context, reach);
  if (!exec_path) return base::pass_on(exec_path);
  reply.json["git_exec_path"] = *exec_path ? Json(json_text(**exec_path)) : Json();
  if (*exec_path) reply.text += base::quoted(**exec_path) + ": for what git starts\n";
  const std::string directory = real_or_same(*wanted);
  if (!options.no_profiles) {
    add_blocks(reply, *files, directory);
    ask_shells(reply, context.environment(), directory);
  }
  reply.next_step = reply.status == frontend::k_exit_done
                        ? "start the agent: " + exec_line(options.directory, *wanted)
                        : "put the block where it is lacking by hand: pvmctl shim env --block; then: "
                          "pvmctl shim exec -- pvmctl shim test";
  return reply;
}

/// `typed`; else where shims are; else where `install` makes them.
Result<std::string> directory_to_show(Context& context, const std::string& typed) {
  if (!typed.empty()) return shim_directory(context, typed);
  return shim_directory(context, find_shims(context).value_or(""));
}

Result<Reply> show_environment(Program& program, const EnvOptions& options) {
  const std::string& typed = options.directory;
  const auto wanted = directory_to_show(program.context, typed);
  if (!wanted) return base::pass_on(wanted);
  const auto directory = checked_shims(*wanted);
  if (!directory) return base::pass_on(directory);
  if (auto made = shim::ensure_git_exec_path(program.context, shim::Reach::user); !made) return base::pass_on(made);
  const auto line = options.block ? shim::block_for(*directory, shim::Language::sh) : path_line(*directory);
  if (!line) return base::pass_on(line);

  Reply reply;
  reply.text = *line + (options.block ? "" : "\n");
  reply.json["directory"] = json_text(*directory);
  reply.json["command"] = *line;
  // Inside of eval "$(…)" there is nobody to tell.
  if (!options.block && (program.format == Format::json || ui::standard_output() == ui::Stream::terminal)) {
    reply.next_step = "let the agent's shell read it: " + eval_line(typed, *directory);
  }
  return reply;
}

}  // namespace

std::string startup_line(Json& list, const shim::StartupFile& file, const Result<shim::Written>& written) {
  Json json;
  json["path"] = json_text(file.path);
  json["state"] = written ? Json(shim::to_text(*written)) : Json();
  json["error"] = written ? Json() : Json(written.error().message);
  json["hint"] = written ? "" : written.error().hint;
  list.push_back(std::move(json));
  if (written) return base::quoted(file.path) + ": " + std::string(shim::to_text(*written)) + "\n";
  return "left alone: " + written.error().message + "\n  hint: " + written.error().hint + "\n";
}

Result<std::string> shim_directory(Context& context, const std::string& typed) {
  std::string directory = typed;
  if (directory.empty()) {
    const auto own = own_shims(context);
    if (!own) return base::pass_on(own);
    directory = *own;
  }
  std::error_code error;
  const auto absolute = std::filesystem::absolute(directory, error);
  if (error) return base::fail_errno(base::quoted(directory), error.value());
  directory = absolute.lexically_normal().string();
  if (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  if (directory.find(':') == std::string::npos) return directory;
  return fail(Code::usage, base::quoted(directory) + " holds a colon, which PATH cannot carry",
              "give another one: --dir DIR");
}

std::string real_or_same(const std::string& path) {
  std::error_code error;
  auto real = std::filesystem::weakly_canonical(path, error);
  return error ? path : real.string();
}

Result<std::string> checked_shims(const std::string& wanted) {
  const std::string install_hint = "make it with: pvmctl shim install";
  auto directory = system::checked_directory(wanted, system::Guard::own_or_root);
  if (!directory) {
    if (directory.error().code != Code::missing) return directory;
    return fail(Code::missing, "there is no shim directory " + base::quoted(wanted), install_hint);
  }
  for (const Shim& each : k_shims) {
    const std::string path = *directory + "/" + std::string(each.name);
    if (!is_program(path)) return fail(Code::missing, "there is no shim " + base::quoted(path), install_hint);
  }
  return directory;
}

void add_shim_verbs(CLI::App& app, Program& program) {
  CLI::App* group = add_group(app, "shim", "put the wrappers in front of the real commands");
  add_shim_exec_verb(*group, program);

  const auto install_options = std::make_shared<InstallOptions>();
  CLI::App* install_verb = add_verb(
      *group, program, "install",
      "make the links, such as rm to safe-rm, and have the shells of agents keep them first in PATH",
      "pvmctl shim install", [&program, install_options] { return install(program.context, *install_options); });
  install_verb->add_option("--dir", install_options->directory, "where to make them; default: shims in the state directory");
  install_verb->add_flag("--no-profiles", install_options->no_profiles, "make the links, and leave the shells' files alone");
  install_verb->add_flag("--system", install_options->system,
                         "as root: for every user, in /etc's files, with the shims that were installed with pvmctl");

  const auto env_options = std::make_shared<EnvOptions>();
  CLI::App* env_verb = add_verb(*group, program, "env", "print the line for sh that puts them first in PATH",
                                "eval \"$(pvmctl shim env)\"; export PVM_AGENT=claude",
                                [&program, env_options] { return show_environment(program, *env_options); });
  env_verb->add_option(
      "--dir", env_options->directory,
      "where they are; default: shims in the state directory, else those installed with pvmctl");
  env_verb->add_flag("--block", env_options->block, "print the block that install writes into shells' files, for sh");

  add_shim_test_verb(*group, program);
  add_shim_remove_verb(*group, program);
}

}  // namespace pvm::pvmctl
