// SPDX-License-Identifier: Apache-2.0
// Command lines that no table would hold: every letter, every abbreviation, every order of dashes, and words
// and lists as long as the kernel takes. Each is read as the real rm reads it, in a directory with nothing in
// it.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "../thorough.hpp"
#include "libpvm/base/text.hpp"
#include "tests/unit/system/playground.hpp"
#include "tests/unit/wrappers/real_rm.hpp"
#include "wrappers/rm/grammar.hpp"

namespace pvm::wrappers::rm {
namespace {

using test::Playground;
using test::run_real_rm;
using Words = std::vector<std::string>;

// What the real rm says to `words` is what we say, or what it says to what we make of them.
void check_like_rm(const Playground& empty, const Words& words, Order order = Order::permute) {
  Words argv = {"rm"};
  argv.insert(argv.end(), words.begin(), words.end());
  CAPTURE(base::display(base::shell_command(argv), 400));
  std::vector<std::string> environment = {"LC_ALL=C"};
  if (order == Order::posix) environment.emplace_back("POSIXLY_CORRECT=1");
  const auto real = run_real_rm(argv, empty.path(), environment);

  const Parsed parsed = parse(argv, order);
  if (const auto* complaint = std::get_if<Complaint>(&parsed)) {
    CHECK(real.status == complaint->status);
    CHECK(real.errors == complaint->text);
    CHECK(real.output.empty());
  } else if (const auto* information = std::get_if<Information>(&parsed)) {
    CHECK(real == run_real_rm({"rm", information->option}, empty.path(), environment));
  } else {
    const auto& command = std::get<RmCommand>(parsed);
    const Words rebuilt = rebuild(command, "rm", command.operands);
    CHECK(real == run_real_rm(rebuilt, empty.path(), {"LC_ALL=C"}));
    const Parsed again = parse(rebuilt, Order::posix);
    REQUIRE(std::holds_alternative<RmCommand>(again));
    CHECK(std::get<RmCommand>(again).operands == command.operands);
  }
}

// All lists of up to `longest` of `words`.
std::vector<Words> lists_of(const Words& words, std::size_t longest) {
  std::vector<Words> lists = {{}};
  std::size_t from = 0;
  for (std::size_t length = 1; length <= longest; ++length) {
    const std::size_t end = lists.size();
    for (; from < end; ++from) {
      for (const std::string& word : words) {
        Words longer = lists[from];
        longer.push_back(word);
        lists.push_back(std::move(longer));
      }
    }
  }
  return lists;
}

}  // namespace

TEST_CASE("every byte as an option, alone and after a good one, is what rm takes it for") {
  const Playground empty;
  for (int value = 1; value < 256; ++value) {
    const auto byte = static_cast<char>(value);
    if (byte == '/') continue;
    check_like_rm(empty, {std::string{'-', byte}, "x"});
    check_like_rm(empty, {std::string{'-', 'f', byte, 'r'}, "x"}, Order::posix);
  }
}

TEST_CASE("every abbreviation of every long option is what rm takes it for, with a value and without") {
  const Playground empty;
  for (const char* option : {"force", "interactive", "one-file-system", "no-preserve-root", "preserve-root",
                             "-presume-input-tty", "recursive", "dir", "verbose", "help", "version"}) {
    const std::string name = option;
    for (std::size_t size = 1; size <= name.size(); ++size) {
      for (const char* value : {"", "=", "=all", "=never"}) {
        check_like_rm(empty, {"--" + name.substr(0, size) + value, "x"});
      }
    }
    check_like_rm(empty, {"--" + name + "x", "x"});
    check_like_rm(empty, {"-" + name, "x"});
  }
}

TEST_CASE("every order of dashes, empty words and options is what rm takes it for") {
  const Playground empty;
  const std::size_t longest = is_thorough() ? 4 : 3;
  for (const Words& words : lists_of({"-", "--", "---", "-f", "", "x"}, longest)) {
    check_like_rm(empty, words);
    check_like_rm(empty, words, Order::posix);
  }
}

TEST_CASE("ten thousand operands are as many operands, in their order") {
  const Playground empty;
  Words words = {"-f"};
  for (int i = 0; i < 10'000; ++i) words.push_back("missing" + std::to_string(i));
  check_like_rm(empty, words);
  words.emplace_back("-v");
  check_like_rm(empty, words);
  check_like_rm(empty, words, Order::posix);
  words.emplace_back("-z");
  check_like_rm(empty, words);
  const auto command = std::get<RmCommand>(parse(words, Order::posix));
  CHECK(command.operands.size() == words.size() - 1);
  CHECK(command.operands.back() == "-z");
}

TEST_CASE("words as long as the kernel takes are read as rm reads them") {
  const Playground empty;
  const std::string much(120'000, 'f');
  for (const std::string& word :
       {much, "-" + much, "-" + much + "z", "--" + much, "--force" + much, "--interactive=" + much,
        "--preserve-root=" + much, "---" + much, std::string(120'000, '-')}) {
    check_like_rm(empty, {word, "x"});
    check_like_rm(empty, {"--", word});
  }
}

}  // namespace pvm::wrappers::rm
