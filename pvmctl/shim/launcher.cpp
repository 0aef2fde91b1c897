// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/shim/launcher.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>

#include "libpvm/base/text.hpp"
#include "pvmctl/approval/child.hpp"
#include "pvmctl/shim/agent_environment.hpp"
#include "pvmctl/shim/directory.hpp"
#include "wrappers/program.hpp"

namespace pvm::pvmctl::shim {
namespace {

using approval::ChildCommand;
using base::Code;
using base::fail;
using base::Result;

constexpr std::array<std::string_view, 10> k_shells = {"sh",  "bash", "dash", "zsh",  "fish",
                                                       "ksh", "mksh", "ash",  "rbash", "posh"};
constexpr std::array<std::string_view, 3> k_starters = {"su", "runuser", "script"};

std::string_view last_of(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

bool is_shell(std::string_view word) { return std::ranges::find(k_shells, last_of(word)) != k_shells.end(); }

bool takes_text(std::string_view word) {
  return is_shell(word) || std::ranges::find(k_starters, last_of(word)) != k_starters.end();
}

bool is_cluster_with_c(std::string_view word) {
  return word.size() >= 2 && word.front() == '-' && word.find('c') != std::string_view::npos &&
         std::ranges::all_of(word.substr(1), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

/// The words that make `launcher` run `command`, which is one program with its words.
std::vector<std::string> words_for(const std::vector<std::string>& launcher, const std::vector<std::string>& command) {
  std::vector<std::string> words = launcher;
  if (form_of(launcher) == Form::words) {
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }
  if (form_of(launcher) == Form::shell) words.emplace_back("-c");
  words.push_back(base::shell_command(command));
  return words;
}

class Asker {
 public:
  Asker(std::string program, const std::vector<std::string>& launcher, const system::Environment& environment,
        std::chrono::milliseconds limit)
      : program_(std::move(program)), launcher_(launcher), environment_(as_strings(environment)), limit_(limit) {}

  /// What the launcher wrote on standard output, whatever its exit status.
  Result<std::string> output_of(const std::vector<std::string>& command) const {
    std::vector<std::string> words = words_for(launcher_, command);
    words.erase(words.begin());
    auto captured = approval::run_to_its_end({program_, words, environment_}, limit_);
    if (!captured) return base::pass_on(captured);
    return std::move(captured->output);
  }

 private:
  std::string program_;
  const std::vector<std::string>& launcher_;
  std::vector<std::string> environment_;
  std::chrono::milliseconds limit_;
};

bool has_line(std::string_view text, std::string_view line) {
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    if (text.substr(from, end - from) == line) return true;
    from = end + 1;
  }
  return false;
}

std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(text.substr(text.rfind('\n') + 1));
}

Result<Started> ask_for(const Asker& asker, const Shim& shim) {
  Started started{std::string(shim.name), false, ""};
  const auto wrapper = find_wrapper(shim.wrapper);
  if (!wrapper) return base::pass_on(wrapper);
  const auto line = wrappers::identity_line(*wrapper, shim.wrapper);
  if (!line) return base::pass_on(line);
  const auto answer = asker.output_of({started.name, std::string(wrappers::k_identify)});
  if (!answer) return base::pass_on(answer);
  started.is_ours = has_line(*answer, *line);
  if (started.is_ours) return started;
  // A shell names it, for a person to read; a launcher of programs starts one to ask.
  const std::string question = "command -v " + started.name;
  const auto named = asker.output_of({"sh", "-c", question});
  if (named) started.what = last_line(*named);
  return started;
}

}  // namespace

Form form_of(const std::vector<std::string>& launcher) {
  if (launcher.empty()) return Form::words;
  if (is_cluster_with_c(launcher.back())) {
    if (std::any_of(launcher.begin(), launcher.end() - 1, takes_text)) return Form::text;
  }
  const auto last_plain = std::find_if(launcher.rbegin(), launcher.rend(),
                                       [](const std::string& word) { return !word.starts_with('-') || word.size() == 1; });
  return last_plain != launcher.rend() && is_shell(*last_plain) ? Form::shell : Form::words;
}

Result<std::vector<Started>> ask_launcher(const std::vector<std::string>& launcher,
                                          const system::Environment& environment, std::chrono::milliseconds limit) {
  if (launcher.empty()) return fail(Code::usage, "there is no launcher to ask", "such as: pvmctl shim test -- bash -lc");
  const std::string& word = launcher.front();
  const std::string program =
      word.find('/') == std::string::npos ? find_in_path(environment.find("PATH").value_or(k_usual_path), word) : word;
  if (program.empty() || !is_program(program)) {
    return fail(Code::no_command, "there is no program " + base::quoted(word, 256) + " to ask",
                "name one that PATH leads to, or give its path");
  }
  const Asker asker(program, launcher, environment, limit);
  std::vector<Started> all;
  for (const Shim& each : k_shims) {
    auto started = ask_for(asker, each);
    if (!started) return base::pass_on(started);
    all.push_back(std::move(*started));
  }
  return all;
}

std::vector<std::vector<std::string>> usual_launchers(const system::Environment& environment) {
  std::vector<std::vector<std::string>> launchers;
  const std::string path = environment.find("PATH").value_or(k_usual_path);
  for (const char* name : {"sh", "bash", "zsh", "fish"}) {
    if (find_in_path(path, name).empty()) continue;
    launchers.push_back({name, "-c"});
    launchers.push_back({name, "-lc"});
    if (std::string_view(name) != "sh") launchers.push_back({name, "-ic"});
  }
  return launchers;
}

}  // namespace pvm::pvmctl::shim
