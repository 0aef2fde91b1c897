// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/child.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "libpvm/base/descriptor.hpp"
#include "tests/unit/system/forked.hpp"
#include "tests/unit/system/temporary_directory.hpp"

namespace {

using namespace pvm;
using pvmctl::approval::Captured;
using pvmctl::approval::ChildCommand;
using pvmctl::approval::run_attached;
using pvmctl::approval::run_captured;

constexpr std::chrono::minutes k_ample{2};
constexpr std::size_t k_bound = std::size_t{64} << 20;

/// `script` run by a shell, which sees `words` as $1, $2 and so on.
ChildCommand shell(const std::string& script, const std::vector<std::string>& words = {}) {
  ChildCommand command{"/bin/sh", {"-c", script, "sh"}, {"PATH=/usr/bin:/bin"}};
  command.arguments.insert(command.arguments.end(), words.begin(), words.end());
  return command;
}

Captured capture(const ChildCommand& command) {
  auto captured = run_captured(command, k_ample);
  REQUIRE(captured.has_value());
  return std::move(*captured);
}

std::string output_of(const ChildCommand& command) {
  const Captured captured = capture(command);
  CHECK(captured.status == 0);
  return captured.output;
}

int status_attached(const ChildCommand& command) {
  const auto status = run_attached(command);
  REQUIRE(status.has_value());
  return *status;
}

base::Code code_captured(const ChildCommand& command, std::chrono::milliseconds limit = k_ample) {
  const auto captured = run_captured(command, limit);
  REQUIRE_FALSE(captured.has_value());
  return captured.error().code;
}

base::Code code_attached(const ChildCommand& command) {
  const auto status = run_attached(command);
  REQUIRE_FALSE(status.has_value());
  return status.error().code;
}

/// A named pipe that tells whether any process still holds its other end.
class Lifeline {
 public:
  Lifeline() {
    REQUIRE(::mkfifo(path().c_str(), 0600) == 0);
    end_ = base::Descriptor(::open(path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    REQUIRE(end_);
  }
  [[nodiscard]] std::string path() const { return directory_.at("lifeline"); }
  /// Whether a byte was written, by one that then holds on.
  [[nodiscard]] bool was_held() const {
    char byte = 0;
    return ::read(end_.get(), &byte, 1) == 1;
  }
  /// Waits for it.
  [[nodiscard]] bool is_let_go() const {
    pollfd end{end_.get(), 0, 0};
    return ::poll(&end, 1, 30'000) == 1 && (end.revents & POLLHUP) != 0;
  }

 private:
  test::TemporaryDirectory directory_;
  base::Descriptor end_;
};

// A grandchild holds the lifeline at $1, far longer than the test waits.
constexpr const char* k_with_grandchild = "(printf x; exec sleep 300) >\"$1\" & ";

}  // namespace

TEST_CASE("arguments arrive as they are, the empty ones too") {
  CHECK(output_of(shell("printf '[%s]' \"$@\"", {"", "two words", "'\"$x\\", ""})) ==
        "[][two words]['\"$x\\][]");
}

TEST_CASE("the first word is the program's path") {
  CHECK(output_of({"/bin/sh", {"-c", "echo \"$0\""}, {}}) == "/bin/sh\n");
}

TEST_CASE("the environment is what was given and nothing else") {
  ::setenv("PVM_TEST_OF_OURS", "1", 1);
  using namespace std::string_literals;
  CHECK(output_of({"/usr/bin/env", {"-0"}, {"B=two words", "A=", "B2=a=b"}}) == "B=two words\0A=\0B2=a=b\0"s);
  CHECK(output_of({"/usr/bin/env", {"-0"}, {}}).empty());
  const test::TemporaryDirectory directory;
  CHECK(status_attached({"/bin/sh", {"-c", "env >" + directory.at("all")}, {"PATH=/usr/bin:/bin"}}) == 0);
  CHECK(test::contents_of(directory.at("all")).find("PVM_TEST_OF_OURS") == std::string::npos);
  ::unsetenv("PVM_TEST_OF_OURS");
}

TEST_CASE("the exit status comes back") {
  CHECK(capture(shell("printf out; exit 7")).status == 7);
  CHECK(status_attached(shell("exit 7")) == 7);
  CHECK(status_attached(shell("exit 0")) == 0);
}

TEST_CASE("death by signal N is 128 + N, which no exit status N is taken for") {
  CHECK(capture(shell("kill -KILL $$")).status == 128 + SIGKILL);
  CHECK(status_attached(shell("kill -TERM $$")) == 128 + SIGTERM);
  CHECK(capture(shell("exit 9")).status == 9);
}

TEST_CASE("what was written before death by signal is kept") {
  const Captured captured = capture(shell("printf early; kill -KILL $$"));
  CHECK(captured.output == "early");
}

TEST_CASE("a program that is not there cannot be executed") {
  const test::TemporaryDirectory directory;
  const std::string plain = directory.write("plain", "#!/bin/sh\n");
  for (const std::string& program : {directory.at("none"), directory.path(), plain, std::string()}) {
    CAPTURE(program);
    CHECK(code_captured({program, {}, {}}) == base::Code::cannot_execute);
    CHECK(code_attached({program, {}, {}}) == base::Code::cannot_execute);
  }
}

TEST_CASE("a program that cannot be executed leaves no process, and runs nothing of ours a second time") {
  const test::TemporaryDirectory directory;
  static std::string marker;
  marker = directory.at("marker");
  const int status = test::exit_status_of([] {
    std::atexit([] { std::ofstream{marker}; });
    const auto ran = run_captured({"/nonexistent", {}, {}}, k_ample);
    const bool is_alone = ::waitpid(-1, nullptr, 0) < 0 && errno == ECHILD;
    return !ran && is_alone ? 0 : 1;
  });
  CHECK(status == 0);
  CHECK_FALSE(std::filesystem::exists(marker));
}

TEST_CASE("the time limit kills what the program started too") {
  const Lifeline lifeline;
  bool was_held = false;
  // However slow the machine, some limit lets the grandchild begin.
  for (std::chrono::milliseconds limit{50}; !was_held && limit < k_ample; limit *= 2) {
    CHECK(code_captured(shell(std::string(k_with_grandchild) + "wait", {lifeline.path()}), limit) ==
          base::Code::limit);
    was_held = lifeline.was_held();
  }
  CHECK(was_held);
  CHECK(lifeline.is_let_go());
}

TEST_CASE("output over the bound ends the program and what it started") {
  const Lifeline lifeline;
  const test::TemporaryDirectory directory;
  const std::string ready = directory.at("ready");
  REQUIRE(::mkfifo(ready.c_str(), 0600) == 0);
  const std::string script =
      "(printf x; echo >\"$2\"; exec sleep 300) >\"$1\" & read -r _ <\"$2\"; exec cat /dev/zero";
  CHECK(code_captured(shell(script, {lifeline.path(), ready})) == base::Code::limit);
  CHECK(lifeline.was_held());
  CHECK(lifeline.is_let_go());
}

TEST_CASE("output up to the bound is kept whole") {
  const std::string size = std::to_string(k_bound);
  CHECK(output_of(shell("exec head -c \"$1\" /dev/zero", {size})).size() == k_bound);
  CHECK(code_captured(shell("head -c \"$1\" /dev/zero; printf x", {size})) == base::Code::limit);
}

TEST_CASE("a program may close its output and go on, within the limit") {
  CHECK(capture(shell("printf out; exec >&-; exit 5")).status == 5);
  CHECK(code_captured(shell("exec >&-; exec sleep 300"), std::chrono::milliseconds(100)) ==
        base::Code::limit);
}

TEST_CASE("output may be held by another after the program's end, within the limit") {
  CHECK(code_captured(shell("sleep 300 & exit 0"), std::chrono::milliseconds(100)) == base::Code::limit);
}

TEST_CASE("a captured program has a session of its own, an attached one has ours") {
  const std::string session_of_itself = "read -r stat </proc/$$/stat; set -- $stat; ";
  CHECK(output_of(shell(session_of_itself + "test \"$6\" = $$ && echo own")) == "own\n");
  CHECK(status_attached(shell("ours=$1; " + session_of_itself + "test \"$6\" = \"$ours\"",
                              {std::to_string(::getsid(0))})) == 0);
}

TEST_CASE("a captured program has the input it is given, or none, and its errors go nowhere") {
  CHECK(output_of(shell("readlink /proc/$$/fd/2; exit")) == "/dev/null\n");
  const auto given = run_captured(shell("cat"), std::chrono::seconds(10), "a statement\n");
  REQUIRE(given.has_value());
  CHECK(given->output == "a statement\n");
  CHECK(output_of(shell("cat; echo noise >&2")).empty());
}

TEST_CASE("the input of a program cannot be written to, by itself or by another process") {
  const auto tried = run_with_input(shell("cat; (echo forged >/proc/$$/fd/0) 2>/dev/null || echo sealed"), "asked\n");
  REQUIRE(tried.has_value());
  CHECK(tried->status == 0);
  CHECK(tried->output == "asked\nsealed\n");
}

TEST_CASE("an attached program has our standard error, and no input or output") {
  const test::Pipe errors;
  const int status = test::exit_status_of([&errors] {
    ::dup2(errors.write_end(), STDERR_FILENO);
    const auto ran = run_attached(shell("cat; echo lost; echo kept >&2"));
    return ran ? *ran : 96;
  });
  CHECK(status == 0);
  CHECK(test::read_up_to(errors.read_end(), "\n") == "kept\n");
}

TEST_CASE("no descriptor but the standard three reaches a program") {
  const base::Descriptor low(::open("/", O_RDONLY | O_DIRECTORY));  // neither is close-on-exec
  const base::Descriptor high(::fcntl(low.get(), F_DUPFD, 200));
  REQUIRE(high);
  CHECK(output_of(shell("ls /proc/$$/fd; exit")) == "0\n1\n2\n");
  const test::TemporaryDirectory directory;
  CHECK(status_attached(shell("exec >\"$1\"; ls /proc/$$/fd; exit", {directory.at("list")})) == 0);
  CHECK(test::contents_of(directory.at("list")) == "0\n1\n2\n");
}

TEST_CASE("no descriptor of ours is left open, whatever came of the program") {
  const auto count = [] {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  const auto before = count();
  capture(shell("exit 1"));
  code_captured({"/nonexistent", {}, {}});
  code_captured(shell("exec sleep 300"), std::chrono::milliseconds(50));
  status_attached(shell("exit 1"));
  CHECK(count() == before);
}

TEST_CASE("the exit status is known where whoever started us ignores SIGCHLD") {
  const int status = test::exit_status_of([] {
    std::signal(SIGCHLD, SIG_IGN);
    const auto captured = run_captured(shell("exit 7"), k_ample);
    std::signal(SIGCHLD, SIG_IGN);
    const auto attached = run_attached(shell("exit 8"));
    return captured && captured->status == 7 && attached && *attached == 8 ? 0 : 1;
  });
  CHECK(status == 0);
}
