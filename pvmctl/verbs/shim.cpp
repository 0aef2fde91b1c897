// SPDX-License-Identifier: Apache-2.0
// shim: a directory of links that, first in PATH, stands in front of the real commands.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "libpvm/base/text.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/shim_directory.hpp"
#include "pvmctl/ui/colour.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

/// `typed`, or the default beneath the state directory; absolute. Errors: usage, for what PATH cannot carry.
Result<std::string> shim_directory(Context& context, const std::string& typed) {
  std::string directory = typed;
  if (directory.empty()) {
    const auto site = context.site();
    if (!site) return base::pass_on(site);
    directory = (*site)->places.state_directory + "/shims";
  }
  std::error_code error;
  const auto absolute = std::filesystem::absolute(directory, error);
  if (error) return base::fail_errno(base::quoted(directory), error.value());
  directory = absolute.lexically_normal().string();
  if (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  if (directory.find(':') != std::string::npos) {
    return fail(Code::usage, base::quoted(directory) + " holds a colon, which PATH cannot carry",
                "give another one: --dir DIR");
  }
  return directory;
}

/// The wrapper beside the running pvmctl, or in bin/ next to that directory.
Result<std::string> find_wrapper(std::string_view name) {
  const auto programs = program_directory();
  if (!programs) return base::pass_on(programs);
  const std::filesystem::path here = *programs;
  for (const auto& directory : {here, here.parent_path() / "bin"}) {
    std::string path = (directory / name).string();
    if (is_program(path)) return path;
  }
  return fail(Code::missing, std::string(name) + " is not beside pvmctl in " + base::quoted(here.string()),
              "install the wrappers together with pvmctl");
}

/// What stands at `path` now: nothing, a shim of ours (any link to the wrapper), or something of the user's.
Result<void> check_replaceable(const std::string& path, std::string_view wrapper) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return {};
  if (status.type() == std::filesystem::file_type::symlink) {
    const auto target = std::filesystem::read_symlink(path, error);
    if (!error && target.filename() == wrapper) return {};
  }
  return fail(Code::exists, base::quoted(path) + " is there already and is not a shim",
              "give a directory of its own: --dir DIR");
}

/// The name always leads to the old or the new target: the link is made aside and renamed.
Result<void> place_link(const std::string& directory, const Shim& shim, const std::string& target) {
  const std::string path = directory + "/" + std::string(shim.name);
  if (auto good = check_replaceable(path, shim.wrapper); !good) return good;
  const std::string aside = directory + "/." + std::string(shim.name) + "." + std::to_string(::getpid());
  if (::symlink(target.c_str(), aside.c_str()) != 0) {
    return base::fail_errno("cannot make a link in " + base::quoted(directory), errno);
  }
  if (::rename(aside.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(aside.c_str());
    return base::fail_errno("cannot place " + base::quoted(path), error);
  }
  return {};
}

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

Result<Reply> install(Context& context, const std::string& typed) {
  const auto wanted = shim_directory(context, typed);
  if (!wanted) return base::pass_on(wanted);
  if (auto line = path_line(*wanted); !line) return base::pass_on(line);
  std::array<std::string, k_shims.size()> targets;
  for (std::size_t i = 0; i < k_shims.size(); ++i) {
    auto target = find_wrapper(k_shims[i].wrapper);
    if (!target) return base::pass_on(target);
    targets[i] = std::move(*target);
  }
  if (auto made = system::make_private_directories(*wanted); !made) return base::pass_on(made);
  const auto directory = system::checked_directory(*wanted, system::Guard::own_or_root);
  if (!directory) return base::pass_on(directory);

  Reply reply;
  reply.json["directory"] = json_text(*directory);
  reply.json["shims"] = Json::object();
  for (std::size_t i = 0; i < k_shims.size(); ++i) {
    if (auto placed = place_link(*directory, k_shims[i], targets[i]); !placed) return base::pass_on(placed);
    const std::string name(k_shims[i].name);
    reply.text += base::quoted(*directory + "/" + name) + " -> " + base::quoted(targets[i]) + "\n";
    reply.json["shims"][name] = json_text(targets[i]);
  }
  reply.next_step = "in the agent's shell: " + eval_line(typed, *directory);
  return reply;
}

/// `typed`; else where shims are; else where `install` makes them.
Result<std::string> directory_to_show(Context& context, const std::string& typed) {
  if (!typed.empty()) return shim_directory(context, typed);
  return shim_directory(context, find_shims(context).value_or(""));
}

Result<Reply> show_environment(Program& program, const std::string& typed) {
  const auto wanted = directory_to_show(program.context, typed);
  if (!wanted) return base::pass_on(wanted);
  const std::string install_hint = "make it with: pvmctl shim install";
  const auto directory = system::checked_directory(*wanted, system::Guard::own_or_root);
  if (!directory) {
    if (directory.error().code != Code::missing) return base::pass_on(directory);
    return fail(Code::missing, "there is no shim directory " + base::quoted(*wanted), install_hint);
  }
  for (const Shim& shim : k_shims) {
    const std::string path = *directory + "/" + std::string(shim.name);
    if (!is_program(path)) return fail(Code::missing, "there is no shim " + base::quoted(path), install_hint);
  }
  const auto line = path_line(*directory);
  if (!line) return base::pass_on(line);

  Reply reply;
  reply.text = *line + "\n";
  reply.json["directory"] = json_text(*directory);
  reply.json["command"] = *line;
  // Inside of eval "$(…)" there is nobody to tell.
  if (program.format == Format::json || ui::standard_output() == ui::Stream::terminal) {
    reply.next_step = "let the agent's shell read it: " + eval_line(typed, *directory);
  }
  return reply;
}

}  // namespace

void add_shim_verbs(CLI::App& app, Program& program) {
  CLI::App* group = add_group(app, "shim", "Put the wrappers in front of the real commands");
  const auto directory = std::make_shared<std::string>();

  CLI::App* install_verb =
      add_verb(*group, program, "install", "Make the links, such as rm to safe-rm", "pvmctl shim install",
               [&program, directory] { return install(program.context, *directory); });
  install_verb->add_option("--dir", *directory, "where to make them; default: shims in the state directory");

  CLI::App* env_verb = add_verb(*group, program, "env", "Print the line for sh that puts them first in PATH",
                                "eval \"$(pvmctl shim env)\"; export PVM_AGENT=claude",
                                [&program, directory] { return show_environment(program, *directory); });
  env_verb->add_option(
      "--dir", *directory,
      "where they are; default: shims in the state directory, else those installed with pvmctl");
}

}  // namespace pvm::pvmctl
