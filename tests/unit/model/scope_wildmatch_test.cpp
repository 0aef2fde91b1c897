// SPDX-License-Identifier: Apache-2.0
// Scopes against git's own wildmatch: what `git ls-files ':(glob)PATTERN'` lists is what the pattern matches.
// Each pair gets a top directory of its own in the index of a private repository (no file is ever made), so
// that one run of git answers them all.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

#include "libpvm/model/path_pattern.hpp"
#include "tests/unit/model/scope_cases.hpp"

namespace pvm::model {
namespace {

using test::read_scope_rows;
using test::ScopeMaker;
using test::ScopeRow;

struct Pair {
  std::string pattern;
  std::string name;
};

class PrivateDirectory {
 public:
  PrivateDirectory() {
    std::string path = (std::filesystem::temp_directory_path() / "pvm-scope-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = path;
  }
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  ~PrivateDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string path(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// A repository that knows nothing of the user's configuration.
class Git {
 public:
  Git() {
    write_input("");
    run({"init", "-q", "--template=", directory_.path("repository")});
  }

  void add_to_index(const std::vector<std::string>& names) {
    std::string entries;
    for (const std::string& name : names) {
      entries += "100644 e69de29bb2d1d6434b8b29ae775ad8c2e48c5391 0\t" + name + '\0';
    }
    write_input(entries);
    run_inside({"update-index", "-z", "--index-info"});
  }

  std::set<std::string> listed(const std::vector<std::string>& globs) {
    std::vector<std::string> words = {"ls-files", "-z", "--"};
    for (const std::string& glob : globs) words.push_back(":(glob)" + glob);
    std::set<std::string> names;
    std::string all = run_inside(words);
    for (std::size_t end = all.find('\0'); end != std::string::npos; end = all.find('\0')) {
      names.insert(all.substr(0, end));
      all.erase(0, end + 1);
    }
    return names;
  }

 private:
  void write_input(const std::string& text) {
    std::ofstream(directory_.path("input"), std::ios::binary) << text;
  }

  std::string run_inside(const std::vector<std::string>& words) {
    std::vector<std::string> all = {"-C", directory_.path("repository"), "-c", "core.protectNTFS=false",
                                    "-c", "core.protectHFS=false"};
    all.insert(all.end(), words.begin(), words.end());
    return run(all);
  }

  // What git prints; throws where it cannot be run or fails.
  std::string run(std::vector<std::string> words) {
    words.insert(words.begin(), "git");
    const char* path = std::getenv("PATH");
    std::vector<std::string> environment = {std::string("PATH=") + (path == nullptr ? "/usr/bin:/bin" : path),
                                            "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
                                            "LC_ALL=C"};
    const std::string input = directory_.path("input");
    const std::string output = directory_.path("output");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    pid_t child = 0;
    const int error = ::posix_spawnp(&child, "git", &actions, nullptr, pointers_to(words).data(),
                                     pointers_to(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    if (error != 0 || ::waitpid(child, &status, 0) != child || status != 0) {
      throw std::runtime_error("git " + words[1] + " failed");
    }
    std::ifstream file(output, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  PrivateDirectory directory_;
};

// Whether git can be asked: the scope covers by match alone, git's index can hold the name, and the pattern
// is too short for wildmatch, which backtracks, to take forever over it.
bool is_comparable(const Pair& pair) {
  const auto compiled = PathPattern::compile(pair.pattern);
  return compiled && compiled->has_wildcard() && !pair.pattern.ends_with('/') && is_canonical(pair.name) &&
         pair.name != "/" && (pair.name + '/').find("/.git/") == std::string::npos &&
         pair.pattern.size() <= 40;
}

std::vector<Pair> pairs_of_the_table() {
  std::vector<Pair> pairs;
  for (const ScopeRow& row : read_scope_rows()) {
    if (row.resource.extent == Extent::item) pairs.push_back({row.pattern, row.resource.name});
  }
  return pairs;
}

std::vector<Pair> random_pairs(std::size_t count) {
  ScopeMaker make(22);
  std::vector<Pair> pairs;
  while (pairs.size() < count) {
    const std::string pattern = make.pattern();
    pairs.push_back({pattern, make.name_near(pattern)});
  }
  return pairs;
}

struct Tally {
  std::size_t yes = 0;
  std::size_t no = 0;
};

std::string name_in_git(std::size_t number, const Pair& pair) {
  return "-" + std::to_string(number) + pair.name;
}

// Checks that git and Scope agree on each comparable pair; says how many of each verdict there were.
Tally compare_with_git(const std::vector<Pair>& pairs) {
  std::vector<std::string> names;
  std::vector<std::string> globs;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (!is_comparable(pairs[i])) continue;
    names.push_back(name_in_git(i, pairs[i]));
    globs.push_back("?" + std::to_string(i) + pairs[i].pattern);
  }
  Git git;
  git.add_to_index(names);
  const std::set<std::string> listed = git.listed(globs);

  Tally tally;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (!is_comparable(pairs[i])) continue;
    const Scope scope = Scope::parse(ScopeType::path, pairs[i].pattern).value();
    const bool is_match = listed.contains(name_in_git(i, pairs[i]));
    CAPTURE(pairs[i].pattern);
    CAPTURE(pairs[i].name);
    CHECK(scope.covers(Resource{pairs[i].name, Extent::item}) == is_match);
    ++(is_match ? tally.yes : tally.no);
  }
  return tally;
}

TEST_CASE("git's wildmatch gives the verdicts of the table") {
  const Tally tally = compare_with_git(pairs_of_the_table());
  CHECK(tally.yes >= 80);
  CHECK(tally.no >= 70);
}

TEST_CASE("git's wildmatch gives the same verdicts on random patterns") {
  const Tally tally = compare_with_git(random_pairs(1000));
  CHECK(tally.yes >= 200);
  CHECK(tally.no >= 200);
}

}  // namespace
}  // namespace pvm::model
