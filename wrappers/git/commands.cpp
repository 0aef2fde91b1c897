// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/commands.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "wrappers/git/own_commands.hpp"

namespace pvm::wrappers::git {
namespace {

// Commands that send to another repository without `git push`, and the words that make them do it; none: always.
struct Sender {
  std::string_view command;
  std::array<std::string_view, 5> words;
};
constexpr std::array<Sender, 5> k_senders = {{
    {"svn", {"dcommit", "set-tree", "commit-diff", "branch", "tag"}},
    {"p4", {"submit", "commit"}},
    {"lfs", {"push"}},
    {"annex", {"copy", "move", "export", "mirror", "transferkeys"}},
    {"cvsexportcommit", {}},
}};

// The programs by which git's transport helpers push; the helpers themselves (remote-*) cannot without them.
bool is_plumbing(std::string_view command) {
  return command == "send-pack" || command == "http-push";
}

// Wherever the word stands, since these commands have options of their own before it; of lfs only its command, which comes first.
bool sends(const Sender& sender, std::span<const std::string> rest) {
  if (sender.command == "lfs") rest = rest.first(std::min<std::size_t>(rest.size(), 1));
  if (sender.words.front().empty()) return true;
  return std::ranges::any_of(rest, [&sender](const std::string& word) {
    return !word.empty() && std::ranges::find(sender.words, word) != sender.words.end();
  });
}

// git turns it into `git help COMMAND`; the other is asked by completions, and counts only alone.
bool only_asks(const std::vector<std::string>& rest) {
  if (rest.empty()) return false;
  const bool is_completion = rest.front() == "--git-completion-helper" || rest.front() == "--git-completion-helper-all";
  return rest.front() == "--help" || (is_completion && rest.size() == 1);
}

}  // namespace

Meaning meaning_of(const Words& words) {
  if (only_asks(words.rest) && (words.command == "push" || words.command == "clean")) return Meaning::harmless;
  if (words.command == "push") return Meaning::push;
  if (words.command == "clean") return Meaning::clean;
  if (is_plumbing(words.command)) return Meaning::plumbing;
  const auto sender = std::ranges::find(k_senders, words.command, &Sender::command);
  if (words.command.starts_with("remote-")) return Meaning::harmless;
  if (sender != k_senders.end() && sends(*sender, words.rest)) return Meaning::sends_otherwise;
  if (words.command.empty() || words.command.starts_with('-')) return Meaning::harmless;
  return std::ranges::binary_search(k_own, words.command) ? Meaning::harmless : Meaning::unknown;
}

}  // namespace pvm::wrappers::git
