// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/early.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "wrappers/git/commands.hpp"
#include "wrappers/git/exec_path.hpp"
#include "wrappers/git/own_commands.hpp"

namespace pvm::wrappers::git {
namespace {

using List = std::vector<std::string>;

std::vector<const char*> pointers(const List& words) {
  std::vector<const char*> list;
  for (const auto& word : words) list.push_back(word.c_str());
  list.push_back(nullptr);
  return list;
}

bool passes(const List& words) { return passes_early(pointers(words).data()); }

TEST_CASE("what agents call all day passes before the C library starts") {
  CHECK(passes({"git", "status"}));
  CHECK(passes({"/home/u/.local/state/pvm/shims/git", "log", "--oneline", "-5"}));
  CHECK(passes({"git", "-C", "dir", "-c", "a.b=c", "--no-pager", "diff"}));
  CHECK(passes({"git", "-C", "push", "status"}));
  CHECK(passes({"git", "commit", "-m", "push"}));
  CHECK(passes({"git", "--version"}));
}

TEST_CASE("what pushes, cleans, or is odd in any way does not") {
  for (const List& words :
       {List{}, List{""}, List{"git"}, List{"git-status"}, List{"safe-git-push", "status"}, List{"git", "push"}, List{"git", "clean"},
        List{"git", "send-pack"}, List{"git", "http-push"}, List{"git", "svn", "log"}, List{"git", "lfs", "ls-files"}, List{"git", "p4"},
        List{"git", "cvsexportcommit"}, List{"git", "annex", "copy"}, List{"git", "st"},
        List{"git", "statusx"}, List{"git", "statu"}, List{"git", ""}, List{"git", "-C"}, List{"git", "-C", "x"}, List{"git", "-c"},
        List{"git", "--no-pager"}, List{"git", "-C", "x", "push"}, List{"git", "-c", "x=y", "--no-pager", "push"},
        List{"git", "-C", "status", "push"}, List{"git", "--exec-path=/x", "status"}, List{"git", "-p", "status"},
        List{"git", "--version", "--build-options"}, List{"git", "-C", "x", "--version"}, List{"git", "--pvm-identify"},
        List{"git/", "status"}, List{"gitx", "status"}, List{"xgit", "status"}}) {
    CAPTURE(words);
    CHECK_FALSE(passes(words));
  }
}

// Against the whole reading of the words, which is slower and has its own tests.
TEST_CASE("what passes early is harmless by the whole reading too, whatever the words") {
  std::vector<std::string> pieces(k_own.begin(), k_own.end());
  for (const char* more : {"git", "-C", "-c", "--no-pager", "--git-dir", "--git-dir=x", "--exec-path=/x", "-p", "--", "--help", "-h", "x", "",
                           "alias.push=status", "alias.status=push", "--version", "remote-https", "annex", "st", "Push", "PUSH"}) {
    for (int i = 0; i < 8; ++i) pieces.emplace_back(more);
  }
  std::mt19937 random(20261122);
  int passed = 0;
  for (int i = 0; i < 100'000; ++i) {
    List words = {"git"};
    for (auto left = random() % 5; left > 0; --left) words.push_back(pieces[random() % pieces.size()]);
    if (!passes(words)) continue;
    ++passed;
    const Words read = read_words(words);
    CAPTURE(words);
    REQUIRE(meaning_of(read) == Meaning::harmless);
    REQUIRE_FALSE(read.exec_path.has_value());
    REQUIRE_FALSE(read.unknown_option.has_value());
  }
  CHECK(passed > 10'000);
}

TEST_CASE("every command that is looked into is one that could have passed") {
  for (const auto command : k_looked_into) CHECK(std::ranges::binary_search(k_own, command));
}

// nullopt: not found early.
std::optional<std::string> early_exec_path(const List& environment, std::size_t size = 256) {
  std::string place(size, 'x');
  if (!find_own_exec_path(pointers(environment).data(), place.data(), place.size())) return std::nullopt;
  return std::string(place.c_str());
}

TEST_CASE("the user's own exec-path is the one that the whole program finds, or is left to it") {
  const std::vector<List> environments = {
      {"HOME=/h"}, {"HOME=/"}, {"HOME=/h/"}, {"HOME=h"}, {"HOME="}, {}, {"PVM_HOME=/p", "HOME=/h"}, {"PVM_HOME=/p"}, {"PVM_HOME=", "HOME=/h"},
      {"PVM_HOME=p", "HOME=/h"}, {"PVM_HOME=/p/"}, {"XDG_STATE_HOME=/s", "HOME=/h"}, {"XDG_STATE_HOME=/s"}, {"XDG_STATE_HOME=s", "HOME=/h"},
      {"XDG_STATE_HOME=", "HOME=/h"}, {"XDG_STATE_HOME=/s/", "HOME=/h"}, {"XDG_CONFIG_HOME=c", "HOME=/h"}, {"XDG_CONFIG_HOME=/c", "HOME=/h"},
      {"XDG_CONFIG_HOME=/c", "XDG_STATE_HOME=/s"}, {"XHOME=/x", "HOMEX=/x", "HOME", "=x", "HOME=/h"}, {"HOME=/a b/\xff"}};
  int found = 0;
  for (const List& entries : environments) {
    CAPTURE(entries);
    const auto early = early_exec_path(entries);
    if (!early) continue;
    ++found;
    std::map<std::string, std::string, std::less<>> values;
    for (const auto& entry : entries) {
      const auto equals = entry.find('=');
      if (equals != std::string::npos && equals != 0) values.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    }
    const auto whole = own_exec_path(system::Environment(std::move(values)));
    REQUIRE(whole);
    CHECK(*early == *whole);
  }
  CHECK(found == 9);
  CHECK_FALSE(early_exec_path({"HOME=/h", "HOME=/i"}));  // which of them counts is the C library's matter
}

TEST_CASE("a directory that does not fit is left to the whole program") {
  const std::string whole = "/h/.local/state/pvm/git-core";
  CHECK(early_exec_path({"HOME=/h"}, whole.size() + 1) == whole);
  CHECK_FALSE(early_exec_path({"HOME=/h"}, whole.size()));
  CHECK_FALSE(early_exec_path({"HOME=/h"}, 1));
}

}  // namespace
}  // namespace pvm::wrappers::git
