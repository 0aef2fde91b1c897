// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/push_facts.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "libpvm/system/launch.hpp"
#include "pvmctl/approval/child.hpp"
#include "pvmctl/approval/facts.hpp"
#include "tests/unit/system/temporary_directory.hpp"

namespace {

using namespace pvm;
using model::Movement;
using pvmctl::approval::GitFacts;
using pvmctl::approval::push_facts;
using pvmctl::approval::UpdateFacts;

std::string git_program() {
  const auto found = system::find_real_command("git", std::nullopt);
  REQUIRE(found.has_value());
  return *found;
}

constexpr const char* k_empty_tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// A repository with one commit on main, and the plain git that its owner would run.
class Repository {
 public:
  Repository() {
    git({"init", "-q", "-b", "main", "--template="});
    git({"update-ref", "refs/heads/main", commit("first")});
  }
  std::string git(std::vector<std::string> words, int wanted = 0) const {
    words.insert(words.begin(), {"-C", path(), "-c", "user.name=a", "-c", "user.email=a@b"});
    const auto done = pvmctl::approval::run_captured({git_program(), words, {"PATH=/usr/bin:/bin", "HOME=" + path()}}, std::chrono::seconds(20));
    REQUIRE(done.has_value());
    if (wanted == 0) REQUIRE(done->status == 0);
    return done->output.substr(0, done->output.find('\n'));
  }
  /// The id of a new commit, without a file, upon the last one; on no branch.
  std::string commit(const std::string& message) {
    std::vector<std::string> words = {"commit-tree", "-m", message, k_empty_tree};
    if (!head_.empty()) words.insert(words.end(), {"-p", head_});
    head_ = git(words);
    return head_;
  }
  /// The next commit is upon `id`.
  void go_back_to(const std::string& id) { head_ = id; }
  [[nodiscard]] const std::string& head() const { return head_; }
  [[nodiscard]] const std::string& path() const { return directory_.path(); }
  [[nodiscard]] const test::TemporaryDirectory& directory() const { return directory_; }

  [[nodiscard]] UpdateFacts facts(const model::RefUpdate& update) const {
    const auto all = push_facts({{"file:///x", "/x", path(), model::PushKind::plain, {update}}}, tool());
    REQUIRE(all.size() == 1);
    CHECK(all[0].resource == "file:///x#" + update.ref);
    return all[0];
  }
  [[nodiscard]] GitFacts tool() const { return GitFacts(git_program(), system::Environment({{"HOME", "/nonexistent"}, {"GIT_DIR", "/nonexistent"}})); }

 private:
  test::TemporaryDirectory directory_;
  std::string head_;
};

const std::string k_unknown(40, '1');

}  // namespace

TEST_CASE("the commits that go out are those that the other side does not have") {
  Repository repository;
  const std::string first = repository.head();
  const std::string second = repository.commit("second\n\nnot this");
  const std::string third = repository.commit("third");
  const UpdateFacts forward = repository.facts({Movement::fast_forward, first, third, "refs/heads/main"});
  REQUIRE(forward.outgoing.has_value());
  CHECK(forward.outgoing->count == 2);
  CHECK(forward.outgoing->newest == std::vector<std::string>{third.substr(0, 10) + " third", second.substr(0, 10) + " second"});
  CHECK_FALSE(forward.lost.has_value());
  CHECK_FALSE(forward.is_lost_unknown);

  CHECK(repository.facts({Movement::creation, "", third, "refs/heads/new"}).outgoing->count == 3);
  repository.git({"update-ref", "refs/remotes/origin/main", second});
  CHECK(repository.facts({Movement::creation, "", third, "refs/heads/new"}).outgoing->count == 1);
  // What is there was never fetched: the rest is as far as is known here.
  CHECK(repository.facts({Movement::forced, k_unknown, third, "refs/heads/main"}).outgoing->count == 1);
}

TEST_CASE("what a forced push would lose is named") {
  Repository repository;
  const std::string first = repository.head();
  const std::string lost = repository.commit("lost");
  repository.go_back_to(first);
  const std::string instead = repository.commit("instead");
  const UpdateFacts forced = repository.facts({Movement::forced, lost, instead, "refs/heads/main"});
  REQUIRE(forced.lost.has_value());
  CHECK(forced.lost->count == 1);
  CHECK(forced.lost->newest == std::vector<std::string>{lost.substr(0, 10) + " lost"});
  CHECK(forced.outgoing->count == 1);
  // Forced by its word, yet nothing of it goes.
  CHECK(repository.facts({Movement::forced, first, instead, "refs/heads/main"}).lost->count == 0);
  const UpdateFacts unknown = repository.facts({Movement::forced, k_unknown, instead, "refs/heads/main"});
  CHECK(unknown.is_lost_unknown);
  CHECK_FALSE(unknown.lost.has_value());
}

TEST_CASE("a deletion loses what no branch of here has") {
  Repository repository;
  const std::string first = repository.head();
  const std::string loose = repository.commit("loose");
  const UpdateFacts kept = repository.facts({Movement::deletion, first, "", "refs/heads/x"});
  CHECK(kept.lost->count == 0);
  CHECK_FALSE(kept.outgoing.has_value());
  CHECK(repository.facts({Movement::deletion, loose, "", "refs/heads/x"}).lost->count == 1);
  CHECK(repository.facts({Movement::deletion, k_unknown, "", "refs/heads/x"}).is_lost_unknown);
}

TEST_CASE("ten commits are named and eight refs are looked at, however many there are") {
  Repository repository;
  std::string last;
  for (int i = 0; i < 12; ++i) last = repository.commit("commit " + std::to_string(i));
  const UpdateFacts many = repository.facts({Movement::creation, "", last, "refs/heads/main"});
  CHECK(many.outgoing->count == 13);
  CHECK(many.outgoing->newest.size() == 10);
  CHECK(many.outgoing->newest.front() == last.substr(0, 10) + " commit 11");
  model::Push push{"file:///x", "/x", "/nonexistent", model::PushKind::plain, {}};
  for (int i = 0; i < 20; ++i) push.updates.push_back({Movement::creation, "", last, "refs/heads/" + std::to_string(i)});
  CHECK(push_facts({push, push}, repository.tool()).size() == 8);
}

TEST_CASE("a replaced object shows what it is, and a tag of a tree nothing") {
  Repository repository;
  const std::string bad = repository.commit("bad news");
  const std::string good = repository.git({"commit-tree", "-m", "good news", k_empty_tree});
  repository.git({"replace", bad, good});
  const UpdateFacts facts = repository.facts({Movement::creation, "", bad, "refs/heads/main"});
  REQUIRE(facts.outgoing.has_value());
  CHECK(facts.outgoing->newest.front() == bad.substr(0, 10) + " bad news");
    CHECK(repository.facts({Movement::deletion, k_empty_tree, "", "refs/tags/t"}).is_lost_unknown);
}

TEST_CASE("where git has nothing to say nothing is said, and what would be lost counts as unknown") {
  const test::TemporaryDirectory plain;
  const GitFacts git(git_program(), system::Environment());
  for (const std::string& from : {plain.path(), std::string("/nonexistent")}) {
    const auto facts = push_facts({{"n", "u", from, model::PushKind::plain, {{Movement::forced, k_unknown, k_unknown, "refs/heads/x"}}}}, git);
    REQUIRE(facts.size() == 1);
    CHECK_FALSE(facts[0].outgoing.has_value());
    CHECK(facts[0].is_lost_unknown);
  }
  CHECK(push_facts({}, git).empty());
}

TEST_CASE("looking for a commit that is not here starts no transport that the repository names") {
  Repository repository;
  const std::string marker = repository.directory().at("marker");
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"core.repositoryFormatVersion", "1"},
                                                                                   {"extensions.partialClone", "origin"},
                                                                                   {"remote.origin.promisor", "true"},
                                                                                   {"remote.origin.url", "ext::sh -c touch% " + marker},
                                                                                   {"protocol.ext.allow", "always"}}) {
    repository.git({"config", name, value});
  }
  const UpdateFacts facts = repository.facts({Movement::forced, k_unknown, k_unknown, "refs/heads/x"});
  CHECK(facts.is_lost_unknown);
  CHECK_FALSE(std::filesystem::exists(marker));
  // The bait is good: git by itself takes it.
  repository.git({"cat-file", "-e", k_unknown + "^{commit}"}, 1);
  CHECK(std::filesystem::exists(marker));
}
