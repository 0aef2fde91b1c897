// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/unit/system/temporary_directory.hpp"
#include "wrappers/git/hook.hpp"

namespace pvm::wrappers::git {
namespace {

const std::string k_a(40, 'a');
const std::string k_b(40, 'b');
const std::string k_none(40, '0');

Account sample() {
  return {12, 345, "origin", "ssh://h/a b", "", "/w/re po", "", "", {{"refs/heads/main", k_a, "refs/heads/main", k_none}, {"(delete)", k_none, "refs/heads/x", k_b}}};
}

bool is_malformed(const std::string& text) {
  const auto read = accounts_from_text(text);
  return !read && read.error().code == base::Code::malformed;
}

std::string one(const std::string& line) { return "push 0 0 % % % % % % 1\n" + line + "\n"; }

TEST_CASE("accounts are read as they were written") {
  CHECK(to_text(sample()) == "push 12 345 origin ssh://h/a%20b % /w/re%20po % % 2\nrefs/heads/main " + k_a + " refs/heads/main " + k_none +
                                 "\n(delete) " + k_none + " refs/heads/x " + k_b + "\n");
  Account odd = sample();
  odd.url = "a\nb\x01 %";
  odd.remote = "";
  odd.place = "/p";
  odd.hook = "/h\n";
  odd.hook_digest = "d";
  odd.refs.clear();
  const auto read = accounts_from_text(to_text(sample()) + to_text(odd) + to_text(sample()));
  REQUIRE(read.has_value());
  CHECK(*read == std::vector<Account>{sample(), odd, sample()});
  CHECK(accounts_from_text("")->empty());
}

TEST_CASE("a local ref is whatever the caller said, spaces and colons too") {
  for (const char* local : {"HEAD@{1 day ago}", "HEAD^{/a: text}", ":/mend", "  two", "a b refs/heads/x c"}) {
    CAPTURE(local);
    Account account = sample();
    account.refs = {{local, k_a, "refs/heads/y", k_b}};
    const auto read = accounts_from_text(to_text(account));
    REQUIRE(read.has_value());
    CHECK(read->front() == account);
  }
}

TEST_CASE("a local ref cannot bring a line of its own") {
  // "HEAD^{/x|…}" with a line feed in it makes two lines of one; the count follows, so each has to be whole by itself.
  CHECK(is_malformed("push 0 0 % % % % % % 2\nHEAD^{/x|\n}: " + k_a + " refs/heads/y " + k_b + "\n"));
  CHECK(is_malformed("push 0 0 % % % % % % 2\nHEAD^{/x| " + k_a + " refs/heads/q " + k_none + "\n \tx:refs/heads/y\tq} " + k_a + " refs/heads/y " + k_b + "\n"));
  for (const char* byte : {"\t", "\r", "\x01", "\x1b", "\x7f"}) {
    CHECK(is_malformed(one("a" + std::string(byte) + " " + k_a + " refs/heads/y " + k_b)));
    CHECK(is_malformed(one("a " + k_a + " refs/heads/y" + byte + " " + k_b)));
  }
}

TEST_CASE("what is no account is refused") {
  const std::string good = to_text(sample());
  for (const std::string& text : {std::string("\n"), std::string("x"), std::string("push\n"), std::string("push 0 0 % % % % % 0\n"), std::string("push 0 0 % % % % % % % 0\n"),
                                  std::string("push 0 0 a%2 % % % % % 0\n"), std::string("push -1 0 % % % % % % 0\n"), std::string("push 0 01 % % % % % % 0\n"),
                                  std::string("pull 0 0 % % % % % % 0\n"), std::string("push 0 0  % % % % % 0\n"), good + "\n", good + good.substr(1)}) {
    CAPTURE(text);
    CHECK(is_malformed(text));
  }
  for (const std::string& line : {std::string(), k_a, "a " + k_a + " refs/heads/y", "a " + k_a + " refs/heads/y " + k_b.substr(1), "a " + k_a + " refs/heads/y  " + k_b,
                                  "a x refs/heads/y " + k_b, "a " + std::string(40, 'A') + " refs/heads/y " + k_b, " " + k_a + " refs/heads/y " + k_b,
                                  "a " + k_a + "  " + k_b}) {
    CAPTURE(line);
    CHECK(is_malformed(one(line)));
  }
}

TEST_CASE("a count that is not of what follows is refused, however large") {
  for (const char* count : {"1", "18446744073709551615", "18446744073709551616", "99999999999999999999", "-1", "x", "00"}) {
    CAPTURE(count);
    CHECK(is_malformed(std::string("push 0 0 % % % % % % ") + count + "\n"));
  }
  const std::string line = "a " + k_a + " refs/heads/y " + k_b + "\n";
  CHECK(is_malformed("push 0 0 % % % % % % 3\n" + line + line));
  CHECK(is_malformed("push 0 0 % % % % % % 1\n" + line + line));
}

TEST_CASE("the hook knows itself by its name alone") {
  for (const char* name : {"pre-push", "/x/pre-push", ".pvm/git-hooks/pre-push"}) CHECK(is_hook(name));
  for (const char* name : {"", "pre-pus", "pre-push2", "xpre-push", "pre-push/", "safe-git-push", "pre-push/git"}) CHECK_FALSE(is_hook(name));
}

TEST_CASE("the directory for hooks holds one link to the wrapper, made anew where it leads elsewhere") {
  const test::TemporaryDirectory box;
  const std::string program = box.write("safe-git-push", "", 0700);
  const std::string other = box.write("other", "", 0700);
  const std::string state = box.at("state/pvm");
  const auto made = hooks_directory(state, program);
  REQUIRE_MESSAGE(made.has_value(), made.error().message);
  CHECK(*made == state + "/git-hooks");
  const std::string link = *made + "/pre-push";
  CHECK(std::filesystem::read_symlink(link) == program);
  CHECK((std::filesystem::status(state).permissions() & std::filesystem::perms::mask) == std::filesystem::perms::owner_all);
  std::filesystem::remove(link);
  std::filesystem::create_symlink(other, link);
  REQUIRE(hooks_directory(state, program).has_value());
  CHECK(std::filesystem::read_symlink(link) == program);
  std::filesystem::remove(link);
  std::filesystem::create_symlink(box.at("gone"), link);
  REQUIRE(hooks_directory(state, program).has_value());
  CHECK(std::filesystem::read_symlink(link) == program);
  CHECK(std::distance(std::filesystem::directory_iterator(*made), {}) == 1);
}

TEST_CASE("where the directory for hooks cannot be made there is none") {
  const test::TemporaryDirectory box;
  const std::string program = box.write("safe-git-push", "", 0700);
  const std::string file = box.write("file", "");
  CHECK_FALSE(hooks_directory(file, program).has_value());
  box.make_directory("state");
  box.make_directory("state/git-hooks");
  box.make_directory("state/git-hooks/pre-push");
  CHECK_FALSE(hooks_directory(box.at("state"), program).has_value());
}

}  // namespace
}  // namespace pvm::wrappers::git
