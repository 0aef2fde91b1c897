// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/command_line.hpp"

#include <algorithm>
#include <array>
#include <variant>

#include "libpvm/base/text.hpp"
#include "wrappers/rm/command.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

struct Gated {
  std::string_view name;     // of the command
  std::string_view wrapper;  // the name it also goes by
  model::Action action;
  wrappers::Wrapper (*make)();
};

constexpr std::array<Gated, 1> k_gated = {{{"rm", "safe-rm", model::Action::rm, wrappers::rm::wrapper}}};

std::string gated_names() {
  std::string names;
  for (const Gated& gated : k_gated) names += (names.empty() ? "" : ", ") + std::string(gated.name);
  return names;
}

std::string last_component(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

const Gated* find_gated(const std::string& name) {
  for (const Gated& gated : k_gated) {
    if (name == gated.name || name == gated.wrapper) return &gated;
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

Result<GatedCommand> read_command(std::vector<std::string> words, const std::string& agent,
                                  const system::Environment& environment) {
  if (auto good = check_words(words); !good) return base::pass_on(good);
  words.front() = last_component(words.front());
  const wrappers::Wrapper wrapper = find_gated(words.front())->make();
  GatedCommand gated{wrapper.tool, nullptr};
  gated.tool.program = "pvmctl";

  auto parsed = wrapper.parse(std::move(words), environment);
  if (const auto* own = std::get_if<wrappers::OwnComplaint>(&parsed)) return complaint(own->text);
  if (std::holds_alternative<wrappers::Information>(parsed)) return gated;
  gated.command = std::get<std::unique_ptr<gate::Command>>(std::move(parsed));
  if (gated.command->invocation().cwd.empty()) {
    return fail(Code::missing, "the working directory is gone", "change to one that is there");
  }
  if (auto resolved = gated.command->resolve(agent); !resolved) return base::pass_on(resolved);
  return gated;
}

Result<model::Action> gated_action(const std::string& text) {
  for (const Gated& gated : k_gated) {
    if (text == gated.name) return gated.action;
  }
  return fail(Code::usage,
              base::quoted(text, 64) + " is not an action that is gated; gated: " + gated_names(),
              "such as: rm");
}

}  // namespace pvm::pvmctl
