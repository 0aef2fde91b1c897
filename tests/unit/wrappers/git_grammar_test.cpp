// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/grammar.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "libpvm/base/text.hpp"

namespace pvm::wrappers::git {
namespace {

using List = std::vector<std::string>;

struct Row {
  std::string command, words, kind, expected;
};

std::vector<Row> rows() {
  std::ifstream file(std::string(PVM_TEST_DATA) + "/git_argv.tsv");
  REQUIRE(file.good());
  std::vector<Row> all;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream columns(line);
    Row row;
    std::getline(columns, row.command, '\t');
    std::getline(columns, row.words, '\t');
    std::getline(columns, row.kind, '\t');
    std::getline(columns, row.expected);
    all.push_back(std::move(row));
  }
  return all;
}

List decoded(const std::string& text) {
  List words;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) {
    const auto plain = base::percent_decode(word);
    REQUIRE_MESSAGE(plain.has_value(), word);
    words.push_back(*plain);
  }
  return words;
}

std::string written(const List& words) {
  std::string text;
  for (std::size_t i = 1; i < words.size(); ++i) text += (i > 1 ? " " : "") + base::percent_encode(words[i]);
  return text;
}

std::string written(const PushCommand& command) {
  return written(rebuild(command, {})) + (command.is_dry_run ? " DRY" : "") + (command.is_verified ? "" : " UNVERIFIED");
}
std::string written(const CleanCommand& command) { return written(rebuild(command, {})) + (command.is_dry_run ? " DRY" : ""); }

// Kind and text as the table has them.
template <class Command>
std::pair<std::string, std::string> told(const std::variant<Command, Misuse>& parsed) {
  if (const auto* command = std::get_if<Command>(&parsed)) return {"run", written(*command)};
  const auto& misuse = std::get<Misuse>(parsed);
  const char* kind = misuse.usage == Usage::nowhere ? "misuse" : misuse.usage == Usage::to_output ? "usage" : "misuse+";
  return {kind, base::percent_encode(misuse.words)};
}

PushCommand push(const List& words) {
  const auto parsed = parse_push(words);
  REQUIRE(std::holds_alternative<PushCommand>(parsed));
  return std::get<PushCommand>(parsed);
}

TEST_CASE("git push and git clean read their words as git does") {
  const auto table = rows();
  CHECK(table.size() >= 290);
  for (const Row& row : table) {
    CAPTURE(row.command);
    CAPTURE(row.words);
    const List words = decoded(row.words);
    REQUIRE((row.command == "push" || row.command == "clean"));
    const auto result = row.command == "push" ? told(parse_push(words)) : told(parse_clean(words));
    CHECK(result.first == row.kind);
    CHECK(result.second == row.expected);
  }
}

TEST_CASE("what is rebuilt reads as the same command") {
  for (const Row& row : rows()) {
    if (row.kind != "run") continue;
    CAPTURE(row.words);
    const auto again = [](const List& words) { return List(words.begin() + 1, words.end()); };
    if (row.command == "push") {
      PushCommand command = push(decoded(row.words));
      const PushCommand same = push(again(rebuild(command, {})));
      command.is_dry_run = false;
      command.is_verified = true;
      CHECK(same == command);
      CHECK(push(again(rebuild(command, {"--dry-run"}))).is_dry_run);
    } else {
      const auto parsed = parse_clean(decoded(row.words));
      CleanCommand command = std::get<CleanCommand>(parsed);
      command.is_dry_run = false;
      CHECK(std::get<CleanCommand>(parse_clean(again(rebuild(command, {})))) == command);
    }
  }
}

TEST_CASE("whatever is said of a dry run, the last word counts, and what runs says none of it") {
  for (const List& words : {List{"-n", "--no-dry-run"}, {"--dry-run", "a", "--no-dry-run"}, {"-fn", "--no-dry"}, {"-n", "--no-dr", "--", "-n"}}) {
    const PushCommand command = push(words);
    CHECK_FALSE(command.is_dry_run);
    const List rebuilt = rebuild(command, {});
    const auto operands = std::find(rebuilt.begin(), rebuilt.end(), "--");
    CHECK(std::none_of(rebuilt.begin(), operands, [](const std::string& word) { return word.find("dry") != std::string::npos || word == "-n"; }));
  }
  CHECK(push({"--no-dry-run", "-n"}).is_dry_run);
  CHECK_FALSE(push({"-o", "-n", "a"}).is_dry_run);
  CHECK_FALSE(push({"-on", "a"}).is_dry_run);
  CHECK_FALSE(push({"a", "--", "-n"}).is_dry_run);
}

TEST_CASE("a mirror and a program for the other side are seen however they are said") {
  CHECK(push({"--mirror", "a"}).is_mirror);
  CHECK(push({"--mir", "a"}).is_mirror);
  CHECK_FALSE(push({"--mirror", "--no-mi", "a"}).is_mirror);
  CHECK_FALSE(push({"--", "--mirror"}).is_mirror);
  CHECK_FALSE(push({"-o", "--mirror"}).is_mirror);
  CHECK(push({"--exec", "x", "--receive-pack=y", "a"}).receive_pack == "y");
  CHECK(push({"--rece", "x", "--ex=y", "a"}).receive_pack == "y");
  CHECK(push({"--exec=", "a"}).receive_pack == "");
  CHECK_FALSE(push({"--exec=x", "--no-receive", "a"}).receive_pack.has_value());
  CHECK_FALSE(push({"--receive-pack=x", "--no-exec", "a"}).receive_pack.has_value());
}

TEST_CASE("a clean is forced or interactive by its last word") {
  const auto clean = [](const List& words) { return std::get<CleanCommand>(parse_clean(words)); };
  CHECK(clean({"-f"}).is_forced);
  CHECK(clean({"-dxf"}).is_forced);
  CHECK_FALSE(clean({"-f", "--no-force"}).is_forced);
  CHECK_FALSE(clean({"-e", "-f"}).is_forced);
  CHECK(clean({"-i"}).is_interactive);
  CHECK_FALSE(clean({"-i", "--no-inter"}).is_interactive);
  CHECK(clean({"-fn"}).is_dry_run);
}

TEST_CASE("a long name behind one dash is no bundle: -force is not -f -o rce") {
  for (const char* word : {"-force", "-for", "-delete", "-tags", "-no-verify", "-dry-run"}) {
    const auto parsed = parse_push({word, "a"});
    REQUIRE(std::holds_alternative<Misuse>(parsed));
    CHECK(std::get<Misuse>(parsed).words == "error: did you mean `--" + std::string(word + 1) + "` (with two dashes)?\n");
  }
}

TEST_CASE("no complaint brings a control byte to the terminal, or more than 4 KiB") {
  for (const std::string& word : {std::string("--\x1b[2J"), std::string("--x\x07=\x7f"), std::string("-\x1b"), "--" + std::string(100000, 'x')}) {
    const auto parsed = parse_push({word});
    REQUIRE(std::holds_alternative<Misuse>(parsed));
    const std::string& words = std::get<Misuse>(parsed).words;
    CHECK(words.size() <= 4096);
    CHECK(words.ends_with('\n'));
    for (const char c : words.substr(0, words.size() - 1)) CHECK_FALSE((static_cast<unsigned char>(c) < 0x20 || c == 0x7f));
  }
}

TEST_CASE("an option is handed on by its full name, or by its letter where it has none") {
  CHECK(as_word({"tags", std::nullopt}) == "--tags");
  CHECK(as_word({"push-option", ""}) == "--push-option=");
  CHECK(as_word({"push-option", "a=b"}) == "--push-option=a=b");
  CHECK(as_word({"x", std::nullopt}) == "-x");
}

}  // namespace
}  // namespace pvm::wrappers::git
