// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "libpvm/base/text.hpp"
#include "tests/unit/system/playground.hpp"
#include "tests/unit/wrappers/real_rm.hpp"
#include "wrappers/rm/grammar.hpp"
#include "wrappers/rm/quoting.hpp"

namespace pvm::wrappers::rm {
namespace {

using test::Playground;
using test::run_real_rm;
using Words = std::vector<std::string>;

struct Case {
  Order order = Order::permute;
  Words argv;  // argv[0] first
  std::string kind;
  std::string expected;  // as in the table
};

Words decoded(const std::string& text) {
  Words words;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) {
    const auto plain = base::percent_decode(word);
    REQUIRE_MESSAGE(plain.has_value(), word);
    words.push_back(*plain);
  }
  return words;
}

std::vector<Case> read_cases() {
  std::ifstream file(std::string(PVM_TEST_DATA) + "/rm_argv.tsv");
  REQUIRE(file.good());
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream columns(line);
    std::string order, argv;
    Case one;
    std::getline(columns, order, '\t');
    std::getline(columns, argv, '\t');
    std::getline(columns, one.kind, '\t');
    std::getline(columns, one.expected);
    REQUIRE((order == "permute" || order == "posix"));
    one.order = order == "posix" ? Order::posix : Order::permute;
    one.argv = decoded("rm " + argv);
    cases.push_back(std::move(one));
  }
  return cases;
}

std::vector<std::string> environment_of(const Case& one) {
  std::vector<std::string> environment = {"LC_ALL=C"};
  if (one.order == Order::posix) environment.emplace_back("POSIXLY_CORRECT=1");
  return environment;
}

std::string written(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + base::percent_encode(word);
  return text;
}

// What the table's fourth column says, from what parse made of it.
std::string written(const Parsed& parsed) {
  if (const auto* complaint = std::get_if<Complaint>(&parsed)) {
    return std::to_string(complaint->status) + ' ' + base::percent_encode(complaint->text);
  }
  if (const auto* information = std::get_if<Information>(&parsed)) return information->option;
  const auto& command = std::get<RmCommand>(parsed);
  const Words argv = rebuild(command, "rm", command.operands);
  return written(Words(argv.begin() + 1, argv.end()));
}

std::string kind_of(const Parsed& parsed) {
  if (std::holds_alternative<Complaint>(parsed)) return "complain";
  return std::holds_alternative<Information>(parsed) ? "inform" : "run";
}

// One of everything that the table's operands speak of.
void furnish(const Playground& place) {
  for (const char* name : {"a", "b", "c", "sp ace", "it's", "tab\t", "new\nline", "-v", "--help"})
    place.file(name);
  place.file("w");
  place.set_mode("w", 0400);
  place.directory("d");
  place.file("d/f");
  place.directory("e");
  place.link("l", "a");
}

Words names_in(const Playground& place) {
  Words names;
  for (const auto& item : std::filesystem::recursive_directory_iterator(place.path())) {
    names.push_back(std::filesystem::relative(item.path().parent_path(), place.path()).string() + '/' +
                    item.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

// What a real rm makes of a furnished place: its words and what it leaves.
std::pair<test::RmRun, Words> deed_of(const Words& argv, const std::vector<std::string>& environment) {
  const Playground place;
  furnish(place);
  auto run = run_real_rm(argv, place.path(), environment);
  return {std::move(run), names_in(place)};
}

Complaint complaint_of(const Words& argv, Exists exists = nothing_exists) {
  const Parsed parsed = parse(argv, Order::permute, exists);
  REQUIRE(std::holds_alternative<Complaint>(parsed));
  return std::get<Complaint>(parsed);
}

}  // namespace

TEST_CASE("every command line of the table is read as the table says") {
  const auto cases = read_cases();
  std::set<std::pair<Order, Words>> distinct;
  for (const Case& one : cases) distinct.emplace(one.order, one.argv);
  REQUIRE(distinct.size() >= 380);
  for (const Case& one : cases) {
    CAPTURE(written(one.argv));
    const Parsed parsed = parse(one.argv, one.order);
    CHECK(kind_of(parsed) == one.kind);
    CHECK(written(parsed) == one.expected);
  }
}

TEST_CASE("complaints are the real rm's to the byte, with its exit status") {
  const Playground empty;
  for (const Case& one : read_cases()) {
    if (one.kind != "complain") continue;
    CAPTURE(written(one.argv));
    const auto real = run_real_rm(one.argv, empty.path(), environment_of(one));
    CHECK(real.output.empty());
    CHECK(std::to_string(real.status) + ' ' + base::percent_encode(real.errors) == one.expected);
  }
}

TEST_CASE("the rebuilt command does what the typed one does") {
  for (const Case& one : read_cases()) {
    if (one.kind != "run") continue;
    CAPTURE(written(one.argv));
    const auto command = std::get<RmCommand>(parse(one.argv, one.order));
    const Words rebuilt = rebuild(command, "rm", command.operands);
    const auto typed_deed = deed_of(one.argv, environment_of(one));
    const auto rebuilt_deed = deed_of(rebuilt, {"LC_ALL=C"});
    CHECK(typed_deed.first.status == rebuilt_deed.first.status);
    CHECK(typed_deed.first.output == rebuilt_deed.first.output);
    CHECK(typed_deed.first.errors == rebuilt_deed.first.errors);
    CHECK(typed_deed.second == rebuilt_deed.second);
  }
}

TEST_CASE("a rebuilt command reads as the same command, whatever the order of options") {
  for (const Case& one : read_cases()) {
    if (one.kind != "run") continue;
    CAPTURE(written(one.argv));
    auto command = std::get<RmCommand>(parse(one.argv, one.order));
    command.no_preserve_root = false;
    for (const Order order : {Order::permute, Order::posix}) {
      const Parsed again = parse(rebuild(command, "rm", command.operands), order);
      REQUIRE(std::holds_alternative<RmCommand>(again));
      CHECK(std::get<RmCommand>(again) == command);
    }
  }
}

TEST_CASE("help and version are told by the real rm as if they were alone") {
  const Playground place;
  for (const Case& one : read_cases()) {
    if (one.kind != "inform") continue;
    CAPTURE(written(one.argv));
    const auto typed = run_real_rm(one.argv, place.path(), environment_of(one));
    CHECK(typed == run_real_rm({"rm", one.expected}, place.path()));
    CHECK(typed.status == 0);
    CHECK_FALSE(typed.output.empty());
  }
}

TEST_CASE("no-preserve-root is noticed and never handed on") {
  const Words argv = {"rm", "-r", "--no-preserve-root", "x"};
  const auto command = std::get<RmCommand>(parse(argv, Order::permute));
  CHECK(command.no_preserve_root);
  CHECK(rebuild(command, "rm", {"x"}) == Words{"rm", "-r", "--", "x"});
  const Words taken_back = {"rm", "--no-preserve-root", "--preserve-root", "x"};
  CHECK_FALSE(std::get<RmCommand>(parse(taken_back, Order::permute)).no_preserve_root);
}

TEST_CASE("the environment does not decide where options end") {
  const Words argv = {"rm", "a", "-f"};
  const char* before = std::getenv("POSIXLY_CORRECT");
  const std::string saved = before == nullptr ? "" : before;
  ::setenv("POSIXLY_CORRECT", "1", 1);
  const auto permuted = std::get<RmCommand>(parse(argv, Order::permute));
  ::unsetenv("POSIXLY_CORRECT");
  const auto posix = std::get<RmCommand>(parse(argv, Order::posix));
  if (before != nullptr) ::setenv("POSIXLY_CORRECT", saved.c_str(), 1);
  CHECK(permuted.force);
  CHECK(permuted.operands == Words{"a"});
  CHECK_FALSE(posix.force);
  CHECK(posix.operands == Words{"a", "-f"});
}

TEST_CASE("parsing prints nothing and leaves stderr as it was") {
  FILE* const before = stderr;
  const Complaint complaint = complaint_of({"rm", "--ver"});
  CHECK(complaint.status == 1);
  CHECK(stderr == before);
}

TEST_CASE("messages call rm by the name it was called by") {
  const Playground empty;
  const std::vector<Words> tails = {
      {}, {"-x"}, {"--foo"}, {"--ver"}, {"--no-p"}, {"--interactive=x"}, {"--preserve-root=x"}};
  for (const char* name : {"rm", "safe-rm", "/usr/bin/rm", "./rm", "it's"}) {
    for (const Words& tail : tails) {
      Words argv = {name};
      argv.insert(argv.end(), tail.begin(), tail.end());
      CAPTURE(written(argv));
      CHECK(complaint_of(argv).text == run_real_rm(argv, empty.path()).errors);
    }
  }
}

TEST_CASE("where a file is called like the unknown option, rm's hint names it") {
  for (const char* name : {"-x", "-x y", "-x'", "-x\n", "--foo", "-x$HOME", "-\xff", "-x#", "-z'$"}) {
    const Playground place;
    place.file(name);
    const test::WorkingDirectory here(place.path());
    const Words argv = {"rm", "a", "-f", "-", name, "-y"};
    CAPTURE(written(argv));
    const auto real = run_real_rm(argv, place.path());
    const Exists is_file = [](const std::string& file) { return std::filesystem::exists(file); };
    CHECK(complaint_of(argv, is_file).text == real.errors);
    CHECK(real.errors.find("to remove the file") != std::string::npos);
    CHECK(complaint_of(argv).text != real.errors);
  }
}

namespace {

// Names that are not there, of `letters`.
std::string random_name(std::mt19937& random, const std::vector<std::string>& letters) {
  std::string name;
  const std::size_t size = 1 + random() % 12;
  for (std::size_t at = 0; at < size; ++at) name += letters[random() % letters.size()];
  return name == "." || name == ".." ? "x" : name;
}

// Each of `names` as rm quotes it, found in its own message.
void check_quoting(const Words& names, const std::string& locale) {
  const Playground empty;
  Words argv = {"rm", "--"};
  argv.insert(argv.end(), names.begin(), names.end());
  std::istringstream errors(run_real_rm(argv, empty.path(), {"LC_ALL=" + locale}).errors);
  for (const std::string& name : names) {
    std::string line;
    REQUIRE(std::getline(errors, line));
    REQUIRE(line == "rm: cannot remove " + quote(name) + ": No such file or directory");
  }
}

Words random_names(const std::vector<std::string>& letters) {
  std::mt19937 random(20);  // NOLINT: the same names each time
  Words names;
  for (int count = 0; count < 4000; ++count) names.push_back(random_name(random, letters));
  return names;
}

std::vector<std::string> all_bytes() {
  std::vector<std::string> letters;
  for (int byte = 1; byte < 256; ++byte) {
    if (byte != '/' && byte != '.') letters.emplace_back(1, static_cast<char>(byte));
  }
  return letters;
}

const std::vector<std::string> k_telling_letters = {
    "a",    "'", "'", "#",    "~", "{",      "}",      "?",      " ",          "\n", "\\", "\"",
    "\xc3", "@", "é", "\x7f", "’", "\u202e", "\u00a0", "\u3042", "\U0001f600", "-",  ".",  "\xe2\x80"};

}  // namespace

TEST_CASE("names are quoted as rm quotes them in the C locale") {
  CHECK(quote("a") == "'a'");
  CHECK(quote("") == "''");
  CHECK(quote("it's") == "\"it's\"");
  CHECK(quote("a\nb") == "'a'$'\\n''b'");
  CHECK(quote("\xff") == "''$'\\377'");
  check_quoting(all_bytes(), "C");
  check_quoting(random_names(all_bytes()), "C");
  check_quoting(random_names(k_telling_letters), "C");
}

TEST_CASE("names are quoted as rm quotes them in a UTF-8 locale") {
  REQUIRE(std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr);
  const Playground empty;
  CHECK(quote("é") == "'é'");
  check_quoting(random_names(all_bytes()), "C.UTF-8");
  check_quoting(random_names(k_telling_letters), "C.UTF-8");
  for (const char* value : {"foo", "", "a’b'\\", "é\xff\n", "\u202e"}) {
    const Words argv = {"rm", std::string("--interactive=") + value};
    CHECK(complaint_of(argv).text == run_real_rm(argv, empty.path(), {"LC_ALL=C.UTF-8"}).errors);
  }
  std::setlocale(LC_CTYPE, "C");
}

}  // namespace pvm::wrappers::rm
