// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/running.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "tests/unit/system/temporary_directory.hpp"
#include "wrappers/git/exec_path.hpp"

namespace pvm::wrappers::git {
namespace {

using List = std::vector<std::string>;

system::Environment environment(std::map<std::string, std::string, std::less<>> values) { return system::Environment(std::move(values)); }

// A program that stands in for git.
Git script(const test::TemporaryDirectory& box, const std::string& text) {
  return {box.write("git", "#!/bin/sh\n" + text, 0700), {"-c", "a b"}, {"X=y"}};
}

TEST_CASE("git is run with its own options first, and answers with both outputs and its status") {
  const test::TemporaryDirectory box;
  const auto answer = ask(script(box, "echo \"$X\"; printf '%s|' \"$@\"; echo wrong >&2; exit 3\n"), {"config", "--list"});
  REQUIRE(answer.has_value());
  CHECK(answer->status == 3);
  CHECK(answer->output == "y\n-c|a b|config|--list|");
  CHECK(answer->errors == "wrong\n");
}

TEST_CASE("a git that a signal ended, and one that is not there") {
  const test::TemporaryDirectory box;
  CHECK(ask(script(box, "kill -9 $$\n"), {})->status == 137);
  CHECK_FALSE(ask({box.at("none"), {}, {}}, {}).has_value());
}

TEST_CASE("what is written into memory stays in order, and only what is kept is inherited") {
  const test::TemporaryDirectory box;
  const auto output = MemoryFile::make("out");
  const auto record = MemoryFile::make("record");
  REQUIRE((output.has_value() && record.has_value()));
  CHECK((::fcntl(record->get(), F_GETFD) & FD_CLOEXEC) != 0);
  REQUIRE(record->write("before ").has_value());
  const std::string number = std::to_string(record->get());
  const Git git = script(box, "echo said; echo kept >&" + number + "\n");
  const auto with = ask_into(*output, git, {}, {record->get()});
  REQUIRE(with.has_value());
  CHECK(with->output.empty());
  CHECK(*output->text() == "said\n");
  CHECK(*record->text() == "before kept\n");
  REQUIRE(ask_into(*output, git, {}, {}).has_value());
  CHECK(*record->text() == "before kept\n");
  CHECK(*output->text() == "said\nsaid\n");
}

TEST_CASE("more than 64 MiB is refused unread") {
  const auto file = MemoryFile::make("huge");
  REQUIRE(file.has_value());
  REQUIRE(::ftruncate(file->get(), (off_t{64} << 20) + 1) == 0);
  const auto text = file->text();
  REQUIRE_FALSE(text.has_value());
  CHECK(text.error().code == base::Code::limit);
  CHECK_FALSE(text_of(-1).has_value());
  CHECK_FALSE(write_all(-1, "x").has_value());
}

TEST_CASE("git gets the caller's environment without what leads the loader or our hook astray") {
  const List entries = git_environment(environment({{"LD_PRELOAD", "/x.so"}, {"LD_LIBRARY_PATH", "/x"}, {"PVM_PUSH_EXPECT", "3:4"}, {"PVM_PUSH_RECORD", "3:4"},
                                                    {"PVM_PUSH_HOOKS", "/x"}, {"PVM_PUSH_CHAIN", "1"}, {"PVM_PUSH_EXEC_PATH", "/x"}, {"PVM_AGENT", "a"},
                                                    {"GIT_SSH", "s"}, {"GIT_EXEC_PATH", "/theirs"}, {"GIT_EXEC_PATHS", "1"}, {"E", ""}}),
                                       {"GIT_EXEC_PATH=/ours", "PVM_PUSH_RECORD=5:6"});
  List sorted = entries;
  std::ranges::sort(sorted);
  CHECK(sorted == List{"E=", "GIT_EXEC_PATH=/ours", "GIT_EXEC_PATHS=1", "GIT_SSH=s", "PVM_AGENT=a", "PVM_PUSH_RECORD=5:6"});
}

// --- git's private exec-path

void make_exec_path(const test::TemporaryDirectory& box, const std::string& program, const std::string& stamp) {
  std::filesystem::create_directories(box.at("git-core"));
  for (const auto& [mark, target] : {std::pair<const char*, std::string>{k_program_mark, program}, {k_stamp_mark, stamp}, {k_exec_path_mark, "/usr/lib/git-core"}}) {
    std::filesystem::remove(box.at("git-core/") + mark);
    std::filesystem::create_symlink(target, box.at("git-core/") + mark);
  }
}

TEST_CASE("the private exec-path is found where it fits the git that is there") {
  const test::TemporaryDirectory box;
  const auto here = environment({{"PVM_HOME", box.path()}, {"HOME", box.path()}});
  const auto own = own_exec_path(here);
  REQUIRE(own.has_value());
  CHECK(*own == box.at("git-core"));
  const auto none = find_exec_path(here);
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code == base::Code::usage);

  const std::string program = box.write("git", "one", 0700);
  make_exec_path(box, program, *stamp_of(program));
  const auto found = find_exec_path(here);
  REQUIRE_MESSAGE(found.has_value(), found.error().message);
  CHECK(found->directory == *own);
  CHECK(found->program == program);
  CHECK(found->real == "/usr/lib/git-core");
}

TEST_CASE("a git that was upgraded, or is gone, is refused with what the user does") {
  const test::TemporaryDirectory box;
  const auto here = environment({{"PVM_HOME", box.path()}, {"HOME", box.path()}});
  const std::string program = box.write("git", "one", 0700);
  make_exec_path(box, program, *stamp_of(program));
  box.write("git", "three", 0700);
  for (int round = 0; round < 2; ++round) {
    const auto refused = find_exec_path(here);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == base::Code::usage);
    CHECK(refused.error().message.find("upgraded") != std::string::npos);
    CHECK(refused.error().hint.find("pvmctl shim install") != std::string::npos);
    std::filesystem::remove(program);
  }
  CHECK_FALSE(stamp_of(program).has_value());
  box.write("git", "one", 0700);
  make_exec_path(box, "git", *stamp_of(program));
  CHECK_FALSE(find_exec_path(here).has_value());  // relative: no exec-path at all
}

TEST_CASE("only what a wrapper of ours started, that said that its push runs, is a part of a push") {
  const ExecPath path{"/x/git-core", "/usr/bin/git", "/usr/lib/git-core"};
  CHECK_FALSE(is_part_of_a_push(path));
  const auto child_says = [&path] {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(is_part_of_a_push(path) ? 7 : 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
  };
  CHECK(child_says() == 0);
  std::array<char, 16> name{};
  REQUIRE(::prctl(PR_GET_NAME, name.data()) == 0);
  say_that_a_push_runs();
  CHECK(child_says() == 7);
  REQUIRE(::prctl(PR_SET_NAME, name.data()) == 0);
  CHECK(child_says() == 0);
}

}  // namespace
}  // namespace pvm::wrappers::git
