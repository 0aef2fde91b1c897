// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/words.hpp"

#include <algorithm>
#include <array>

namespace pvm::wrappers::git {
namespace {

constexpr std::string_view k_exec_path = "--exec-path=";

// Stand alone.
constexpr std::array<std::string_view, 14> k_flags = {
    "-p", "--paginate", "-P", "--no-pager", "--no-replace-objects", "--no-lazy-fetch", "--no-optional-locks", "--no-advice",
    "--bare", "--literal-pathspecs", "--no-literal-pathspecs", "--glob-pathspecs", "--noglob-pathspecs", "--icase-pathspecs"};
// Take the word after them as their value.
constexpr std::array<std::string_view, 9> k_with_value = {"-C",          "-c",           "--git-dir",      "--work-tree",
                                                          "--namespace", "--config-env", "--super-prefix", "--shallow-file",
                                                          "--attr-source"};
// The same, or have it after '='.
constexpr std::array<std::string_view, 6> k_with_equals = {"--git-dir=",    "--work-tree=",    "--namespace=",
                                                           "--config-env=", "--super-prefix=", "--attr-source="};
// git tells something and ends; -h and -v are commands of their own.
constexpr std::array<std::string_view, 4> k_telling = {"--exec-path", "--html-path", "--man-path", "--info-path"};
constexpr std::array<std::string_view, 4> k_commands = {"-h", "--help", "-v", "--version"};

template <class List>
bool is_one_of(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool begins_with_one_of(std::string_view word) {
  return std::any_of(k_with_equals.begin(), k_with_equals.end(), [word](std::string_view name) { return word.starts_with(name); });
}

std::string last_component(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Words words_of(std::string command, const std::vector<std::string>& argv) {
  Words words;
  words.command = std::move(command);
  words.rest.assign(argv.begin() + 1, argv.end());
  return words;
}

}  // namespace

Words read_words(const std::vector<std::string>& argv) {
  constexpr std::string_view k_dashed = "git-";
  const std::string name = last_component(argv.front());
  if (name == "safe-git-push") return words_of("push", argv);
  if (name.starts_with(k_dashed) && name.size() > k_dashed.size()) return words_of(name.substr(k_dashed.size()), argv);

  Words words;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string& word = argv[i];
    if (!word.starts_with('-') || is_one_of(k_commands, word)) {
      words.command = word;
      words.rest.assign(argv.begin() + static_cast<std::ptrdiff_t>(i) + 1, argv.end());
      return words;
    }
    if (is_one_of(k_telling, word) || word.starts_with("--list-cmds=")) return words;
    words.globals.push_back(word);
    if (word.starts_with(k_exec_path)) {
      words.exec_path = word.substr(k_exec_path.size());
    } else if (is_one_of(k_with_value, word)) {
      if (i + 1 == argv.size()) return words;  // git says what is missing
      words.globals.push_back(argv[++i]);
    } else if (!is_one_of(k_flags, word) && !begins_with_one_of(word)) {
      words.unknown_option = word;
      return words;
    }
  }
  return words;
}

}  // namespace pvm::wrappers::git
