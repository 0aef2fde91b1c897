// SPDX-License-Identifier: Apache-2.0
// What git is given and what it says, as any bytes. A letter, then:
//   o  words, each ended by NUL, as `git push`'s and `git clean`'s: what is rebuilt reads as the same command, and what is an
//      operand is one byte for byte; a complaint is one line that a terminal can show
//   a  accounts: what is read is written and read back as the same
//   m  accounts, NUL, git's output: no ref moves that no account lists, and no old id goes but as forced or deleted, unless git
//      says that it goes forward
//   c  what git clean lists: a path for each line that says so, without a NUL
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "wrappers/git/clean.hpp"
#include "wrappers/git/effect.hpp"
#include "wrappers/git/grammar.hpp"
#include "wrappers/git/hook.hpp"

namespace {

using namespace pvm::wrappers::git;
using Words = std::vector<std::string>;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

Words split(std::string_view text) {
  Words words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

void check_complaint(const Misuse& misuse) {
  const std::string& words = misuse.words;
  require(words.size() <= 4096);
  if (words.empty()) return require(misuse.usage == Usage::to_output);
  require(words.starts_with("error: ") && words.ends_with('\n'));
  require(std::none_of(words.begin(), words.end(), [](char c) { return is_control(c) && c != '\n' && c != '\t'; }));
}

// The words between the command and "--" are options, and those behind it the operands, each one of those that were said.
void check_rebuilt(const Words& rebuilt, const Words& operands, const Words& said) {
  const auto mark = rebuilt.end() - static_cast<std::ptrdiff_t>(operands.size()) - 1;
  require(*mark == "--" && Words(mark + 1, rebuilt.end()) == operands);
  require(std::all_of(rebuilt.begin() + 1, mark, [](const std::string& word) { return word.size() > 1 && word.front() == '-' && word != "--"; }));
  require(std::all_of(operands.begin(), operands.end(), [&said](const std::string& word) { return std::find(said.begin(), said.end(), word) != said.end(); }));
}

template <class Command, class Parse>
void check_words(const Words& words, const Parse& parse) {
  const auto parsed = parse(words);
  if (const auto* misuse = std::get_if<Misuse>(&parsed)) return check_complaint(*misuse);
  const auto& command = std::get<Command>(parsed);
  const Words rebuilt = rebuild(command, {});
  check_rebuilt(rebuilt, command.operands, words);
  const auto again = parse(Words(rebuilt.begin() + 1, rebuilt.end()));
  require(std::holds_alternative<Command>(again));
  Command same = command;
  same.is_dry_run = false;  // said by the caller of rebuild
  if constexpr (requires { same.is_verified; }) same.is_verified = true;
  require(std::get<Command>(again) == same);
}

void check_accounts(std::string_view text) {
  const auto read = accounts_from_text(text);
  if (!read) return;
  std::string written;
  for (const Account& account : *read) written += to_text(account);
  const auto again = accounts_from_text(written);
  require(again && *again == *read);
}

void check_moves(std::string_view text) {
  const auto end = std::min(text.find('\0'), text.size());
  const auto accounts = accounts_from_text(text.substr(0, end));
  if (!accounts) return;
  const std::string_view output = text.substr(std::min(end + 1, text.size()));
  const auto moves = moves_of(*accounts, output);
  if (!moves) return;
  for (const Move& move : moves->moves) {
    require(move.account < accounts->size());
    const auto& refs = (*accounts)[move.account].refs;
    const auto& update = move.update;
    require(std::any_of(refs.begin(), refs.end(), [&update](const RefLine& ref) { return ref.remote_ref == update.ref; }));
    require(update.new_id.empty() == (update.movement == pvm::model::Movement::deletion));
    if (update.movement == pvm::model::Movement::creation) require(update.old_id.empty());
    if (update.movement == pvm::model::Movement::fast_forward) require(output.find(":" + update.ref + "\t") != std::string_view::npos);
  }
}

void check_list(std::string_view text) {
  const auto paths = listed_by_clean(text);
  if (!paths) return;
  require(paths->size() <= static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
  for (const std::string& path : *paths) require(!path.empty() && (path.size() == 1 || !path.ends_with('/')));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'o':
      check_words<PushCommand>(split(text), parse_push);
      check_words<CleanCommand>(split(text), parse_clean);
      break;
    case 'a': check_accounts(text); break;
    case 'm': check_moves(text); break;
    case 'c': check_list(text); break;
    default: break;
  }
  return 0;
}
