// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/git_facts.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "libpvm/system/launch.hpp"
#include "pvmctl/approval/child.hpp"
#include "pvmctl/approval/facts.hpp"
#include "tests/unit/system/temporary_directory.hpp"

namespace {

using namespace pvm;
using pvmctl::approval::GitFacts;

std::string git_program() {
  const auto found = system::find_real_command("git", std::nullopt);
  REQUIRE(found.has_value());
  return *found;
}

/// A work tree with one commit, and the plain git that its owner would run.
class Repository {
 public:
  Repository() {
    git({"init", "-q", "-b", "main"});
    write("tracked", "1");
    write(".gitignore", "*.o\n");
    git({"add", "."});
    git({"commit", "-q", "-m", "first"});
  }
  void git(std::vector<std::string> words) const {
    words.insert(words.begin(), {"-C", path(), "-c", "user.name=a", "-c", "user.email=a@b"});
    const auto done = pvmctl::approval::run_captured(
        {git_program(), words, {"PATH=/usr/bin:/bin", "HOME=" + home_.path()}}, std::chrono::seconds(20));
    REQUIRE(done.has_value());
    REQUIRE(done->status == 0);
  }
  void write(const std::string& name, std::string_view text, mode_t mode = 0600) const {
    directory_.write(name, text, mode);
  }
  [[nodiscard]] const std::string& path() const { return directory_.path(); }
  [[nodiscard]] std::string at(const std::string& name) const { return directory_.at(name); }
  [[nodiscard]] GitFacts facts() const {
    return GitFacts(git_program(),
                    system::Environment({{"HOME", home_.path()}, {"GIT_DIR", "/nonexistent"}}));
  }

 private:
  test::TemporaryDirectory directory_;
  test::TemporaryDirectory home_;
};

}  // namespace

TEST_CASE("what a repository's configuration names is not run") {
  const Repository repository;
  const test::TemporaryDirectory elsewhere;
  const std::string marker = elsewhere.at("marker");
  const std::string trap = elsewhere.write("trap", "#!/bin/sh\necho ran >>'" + marker + "'\n", 0700);
  const std::string hooks = elsewhere.make_directory("hooks");
  for (const char* hook : {"post-index-change", "reference-transaction", "post-checkout"}) {
    std::filesystem::copy_file(trap, hooks + "/" + hook);
  }
  repository.write(".gitattributes", "* filter=trap diff=trap\n");
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"core.fsmonitor", trap},
                                                        {"core.hooksPath", hooks},
                                                        {"filter.trap.clean", trap},
                                                        {"filter.trap.smudge", trap},
                                                        {"diff.trap.textconv", trap},
                                                        {"diff.external", trap},
                                                        {"core.pager", trap},
                                                        {"core.sshCommand", trap},
                                                        {"core.alternateRefsCommand", trap},
                                                        {"gpg.program", trap},
                                                        {"core.untrackedCache", "true"}}) {
    repository.git({"config", name, value});
  }
  std::filesystem::remove(marker);

  const auto unknown = repository.facts().count_unknown_files(repository.path(), {repository.path()});
  CHECK(unknown == 1U);  // .gitattributes
  CHECK(repository.facts().count_unpushed_commits(repository.path()) == 1U);
  CHECK_FALSE(std::filesystem::exists(marker));

  // The bait is good: git by itself takes it.
  repository.git({"status"});
  CHECK(std::filesystem::exists(marker));
}

TEST_CASE("files neither tracked nor ignored are counted beneath the paths alone") {
  const Repository repository;
  std::filesystem::create_directories(repository.at("build/deep"));
  repository.write("build/a", "");
  repository.write("build/deep/b", "");
  repository.write("build/c.o", "");
  repository.write("outside", "");
  const GitFacts facts = repository.facts();
  CHECK(facts.count_unknown_files(repository.path(), {repository.at("build")}) == 2U);
  CHECK(facts.count_unknown_files(repository.path(), {repository.at("tracked")}) == 0U);
  CHECK(facts.count_unknown_files(repository.path(), {repository.path()}) == 3U);
}

TEST_CASE("a path is no pattern to git") {
  const Repository repository;
  repository.write("ab", "");
  CHECK(repository.facts().count_unknown_files(repository.path(), {repository.at("*")}) == 0U);
  CHECK(repository.facts().count_unknown_files(repository.path(), {":(top)"}) == 0U);
}

TEST_CASE("commits that a remote has are pushed") {
  const Repository repository;
  const GitFacts facts = repository.facts();
  repository.git({"update-ref", "refs/remotes/origin/main", "HEAD"});
  CHECK(facts.count_unpushed_commits(repository.path()) == 0U);
  repository.git({"commit", "-q", "--allow-empty", "-m", "second"});
  CHECK(facts.count_unpushed_commits(repository.path()) == 1U);
}

TEST_CASE("where git has nothing to say there is no number") {
  const test::TemporaryDirectory plain;
  const GitFacts facts(git_program(), system::Environment());
  CHECK_FALSE(facts.count_unpushed_commits(plain.path()).has_value());
  CHECK_FALSE(facts.count_unknown_files(plain.path(), {plain.path()}).has_value());
  CHECK_FALSE(
      GitFacts("/nonexistent/git", system::Environment()).count_unpushed_commits(plain.path()).has_value());
}

TEST_CASE("the work tree around a path is the nearest one above it") {
  const Repository repository;
  std::filesystem::create_directories(repository.at("a/b"));
  CHECK(pvmctl::approval::work_tree_around(repository.at("a/b/c")) == repository.path());
  CHECK(pvmctl::approval::work_tree_around(repository.path()) != repository.path());
}

TEST_CASE("a command that takes too long is killed") {
  const auto slow = pvmctl::approval::run_captured(
      {"/bin/sh", {"-c", "sleep 600 & wait"}, {"PATH=/usr/bin:/bin"}}, std::chrono::milliseconds(100));
  REQUIRE_FALSE(slow.has_value());
  CHECK(slow.error().code == base::Code::limit);
}
