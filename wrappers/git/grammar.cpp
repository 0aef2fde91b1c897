// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/grammar.hpp"

#include <array>

namespace pvm::wrappers::git {
namespace {

constexpr std::array<Option, 27> k_push = {{
    {'v', "verbose"},
    {'q', "quiet"},
    {0, "repo", Argument::required},
    {0, "all"},
    {0, "branches"},
    {0, "mirror"},
    {'d', "delete"},
    {0, "tags"},
    {'n', "dry-run"},
    {0, "porcelain"},
    {'f', "force"},
    {0, "force-with-lease", Argument::optional},
    {0, "force-if-includes"},
    {0, "recurse-submodules", Argument::required},
    {0, "thin"},
    {0, "receive-pack", Argument::required},
    {0, "exec", Argument::required},
    {'u', "set-upstream"},
    {0, "progress"},
    {0, "prune"},
    {0, "no-verify"},
    {0, "follow-tags"},
    {0, "signed", Argument::optional},
    {0, "atomic"},
    {'o', "push-option", Argument::required},
    {'4', "ipv4"},
    {'6', "ipv6"},
}};

constexpr std::array<Option, 8> k_clean = {{
    {'q', "quiet"},
    {'n', "dry-run"},
    {'f', "force"},
    {'i', "interactive"},
    {'d', ""},
    {'e', "exclude", Argument::required, Negation::none},
    {'x', ""},
    {'X', ""},
}};

std::vector<std::string> put_together(std::string_view command, const std::vector<std::string>& options,
                                      const std::vector<std::string>& extra, const std::vector<std::string>& operands) {
  std::vector<std::string> words = {std::string(command)};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), extra.begin(), extra.end());
  words.emplace_back("--");
  words.insert(words.end(), operands.begin(), operands.end());
  return words;
}

}  // namespace

std::variant<PushCommand, Misuse> parse_push(const std::vector<std::string>& words) {
  auto read = read_options(k_push, words);
  if (auto* misuse = std::get_if<Misuse>(&read)) return std::move(*misuse);
  auto& line = std::get<Line>(read);
  PushCommand command;
  command.operands = std::move(line.operands);
  for (const Said& said : line.options) {
    if (said.name == "dry-run" || said.name == "no-dry-run") {
      command.is_dry_run = said.name == "dry-run";
      continue;
    }
    if (said.name == "no-verify" || said.name == "verify") {
      command.is_verified = said.name == "verify";
      continue;
    }
    if (said.name == "mirror" || said.name == "no-mirror") command.is_mirror = said.name == "mirror";
    if (said.name == "recurse-submodules") command.recurse = said.value;
    if (said.name == "no-recurse-submodules") command.recurse = "no";
    if (said.name == "receive-pack" || said.name == "exec") command.receive_pack = said.value;
    if (said.name == "no-receive-pack" || said.name == "no-exec") command.receive_pack.reset();
    command.options.push_back(as_word(said));
  }
  return command;
}

std::vector<std::string> rebuild(const PushCommand& command, const std::vector<std::string>& extra) {
  return put_together("push", command.options, extra, command.operands);
}

std::variant<CleanCommand, Misuse> parse_clean(const std::vector<std::string>& words) {
  auto read = read_options(k_clean, words);
  if (auto* misuse = std::get_if<Misuse>(&read)) return std::move(*misuse);
  auto& line = std::get<Line>(read);
  CleanCommand command;
  command.operands = std::move(line.operands);
  for (const Said& said : line.options) {
    if (said.name == "dry-run" || said.name == "no-dry-run") {
      command.is_dry_run = said.name == "dry-run";
      continue;
    }
    if (said.name == "force" || said.name == "no-force") command.is_forced = said.name == "force";
    if (said.name == "interactive" || said.name == "no-interactive") command.is_interactive = said.name == "interactive";
    command.options.push_back(as_word(said));
  }
  return command;
}

std::vector<std::string> rebuild(const CleanCommand& command, const std::vector<std::string>& extra) {
  return put_together("clean", command.options, extra, command.operands);
}

}  // namespace pvm::wrappers::git
