// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/command_line.hpp"

#include <algorithm>
#include <array>
#include <variant>

#include "libpvm/base/text.hpp"
#include "wrappers/git/command.hpp"
#include "wrappers/rm/command.hpp"
#include "wrappers/trash/command.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

// A command that is gated, by one of the names that it goes by.
struct Gated {
  std::string_view name;
  model::Action action;
  wrappers::Wrapper (*make)();
};

constexpr std::array<Gated, 7> k_gated = {{
    {"rm", model::Action::rm, wrappers::rm::wrapper},
    {"safe-rm", model::Action::rm, wrappers::rm::wrapper},
    {"trash", model::Action::trash, wrappers::trash::wrapper},
    {"trash-put", model::Action::trash, wrappers::trash::wrapper},
    {"safe-trash", model::Action::trash, wrappers::trash::wrapper},
    {"git", model::Action::push, wrappers::git::wrapper},
    {"safe-git-push", model::Action::push, wrappers::git::wrapper},
}};

std::string gated_names() {
  std::string names;
  for (const Gated& gated : k_gated) {
    if (!gated.name.starts_with("safe-")) names += (names.empty() ? "" : ", ") + std::string(gated.name);
  }
  return names;
}

std::string gated_actions() {
  std::string names;
  for (const model::Action action : {model::Action::rm, model::Action::trash, model::Action::push}) {
    const auto is_gated = [action](const Gated& gated) { return gated.action == action; };
    if (std::ranges::none_of(k_gated, is_gated)) continue;
    names += (names.empty() ? "" : ", ") + std::string(model::to_text(action));
  }
  return names;
}

std::string last_component(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

const Gated* find_gated(const std::string& name) {
  for (const Gated& gated : k_gated) {
    if (name == gated.name) return &gated;
  }
  return nullptr;
}

// In one line. It quotes names as a shell reads them, so its backslashes are not to be doubled.
std::string advice(std::string lines) {
  while (lines.ends_with('\n')) lines.pop_back();
  std::replace(lines.begin(), lines.end(), '\n', ' ');
  const bool is_printable =
      std::all_of(lines.begin(), lines.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return is_printable ? lines : base::display(lines);
}

// The first line is what is wrong; what follows is the command's own advice.
base::Failure complaint(const std::string& text) {
  const auto end = text.find('\n');
  return fail(Code::usage, base::display(text.substr(0, end)),
              advice(end == std::string::npos ? "" : text.substr(end + 1)));
}

Result<void> check_words(const std::vector<std::string>& words) {
  if (words.empty()) {
    return fail(Code::usage, "there is no command", "put it at the end, after two dashes: … -- rm -rf build");
  }
  if (find_gated(last_component(words.front())) == nullptr) {
    return fail(Code::usage, base::quoted(words.front(), 128) + " is not gated; gated: " + gated_names(),
                "ask the user about it; PVM passes on requests for gated commands alone");
  }
  return {};
}

}  // namespace

std::string GatedCommand::own_words() const {
  const std::string words = command ? command->own_words() : "";
  std::string lines;
  for (std::size_t from = 0; from < words.size();) {
    const std::size_t end = std::min(words.find('\n', from), words.size());
    lines += base::display(std::string_view(words).substr(from, end - from)) + "\n";
    from = end + 1;
  }
  return lines;
}

Result<GatedCommand> read_command(std::vector<std::string> words, const gate::Caller& caller) {
  if (auto good = check_words(words); !good) return base::pass_on(good);
  words.front() = last_component(words.front());
  const wrappers::Wrapper wrapper = find_gated(words.front())->make();
  GatedCommand gated{wrapper.tool, nullptr};

  auto parsed = wrapper.parse(std::move(words), caller.environment);
  if (const auto* own = std::get_if<wrappers::OwnComplaint>(&parsed)) return complaint(own->text);
  if (auto* found = std::get_if<wrappers::Gated>(&parsed)) gated = {found->tool, std::move(found->command)};
  gated.tool.program = "pvmctl";
  if (!gated.command) return gated;
  if (gated.command->invocation().cwd.empty()) {
    return fail(Code::missing, "the working directory is gone", "change to one that is there");
  }
  if (auto resolved = gated.command->resolve(caller); !resolved) return base::pass_on(resolved);
  return gated;
}

Result<model::Action> gated_action(const std::string& text) {
  for (const Gated& gated : k_gated) {
    if (text == model::to_text(gated.action)) return gated.action;
  }
  return fail(Code::usage,
              base::quoted(text, 64) + " is not an action that is gated; gated: " + gated_actions(),
              "such as: rm");
}

}  // namespace pvm::pvmctl
