// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/launch.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/unit/system/forked.hpp"
#include "tests/unit/system/temporary_directory.hpp"

using namespace pvm::system;
using pvm::base::Code;
using pvm::base::Descriptor;
using pvm::test::contents_of;
using pvm::test::exit_status_of;
using pvm::test::fork_and;
using pvm::test::TemporaryDirectory;
using pvm::test::wait_status;

namespace {

// sh -c `script`, whose $1, $2… are `words`.
LaunchPlan shell(const std::string& script, const std::vector<std::string>& words = {}) {
  LaunchPlan plan;
  plan.program = "/bin/sh";
  plan.argv = {"sh", "-c", script, "sh"};
  plan.argv.insert(plan.argv.end(), words.begin(), words.end());
  plan.environment = {"PATH=/usr/bin:/bin", "LC_ALL=C"};
  return plan;
}

Ended run(const LaunchPlan& plan) {
  const auto ended = launch(plan);
  if (!ended) FAIL(ended.error().message);
  return *ended;
}

Descriptor open_directory(const std::string& path) {
  Descriptor directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(directory);
  return directory;
}

// The line of /proc/self/status that begins with `label`, as a launched command sees it. Takes our standard
// output.
std::string status_line_of_command(const TemporaryDirectory& scratch, const std::string& label) {
  LaunchPlan plan;
  plan.program = "/bin/grep";
  plan.argv = {"grep", label, "/proc/self/status"};
  const Descriptor out(::open(scratch.at("out").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  ::dup2(out.get(), STDOUT_FILENO);
  return launch(plan) == Ended{} ? contents_of(scratch.at("out")) : "not run";
}

std::string mask_line(const std::string& label, std::initializer_list<int> signals) {
  std::uint64_t bits = 0;
  for (const int number : signals) bits |= std::uint64_t{1} << (number - 1);
  char text[64];
  std::snprintf(text, sizeof text, "%s:\t%016llx\n", label.c_str(), static_cast<unsigned long long>(bits));
  return text;
}

// Every signal as a process that was just started has it, but for those in `ignored`.
void set_plain_signals(std::initializer_list<int> ignored) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);
  for (const int number : ignored) std::signal(number, SIG_IGN);
}

}  // namespace

// ---- how it ends --------------------------------------------------------------------------------

TEST_CASE("the command's exit status comes back") {
  for (const int status : {0, 1, 7, 125, 126, 127, 255}) {
    CHECK(run(shell("exit " + std::to_string(status))) == Ended{status, 0});
  }
}

TEST_CASE("death by a signal comes back as that signal") {
  for (const int number : {SIGKILL, SIGTERM, SIGSEGV, SIGHUP, SIGPIPE}) {
    CAPTURE(number);
    const auto plan = shell("ulimit -c 0; kill -" + std::to_string(number) + " $$");
    CHECK(exit_status_of([&] {
            set_plain_signals({});  // the tests may have been started by nohup
            return launch(plan) == Ended{0, number} ? 0 : 1;
          }) == 0);
  }
}

TEST_CASE("a process ends as the command ended, by status or by signal, and writes no core file") {
  for (const int exit_code : {0, 3, 255}) {
    const int status = wait_status(fork_and([&]() -> int { end_as({exit_code, 0}); }));
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == exit_code);
  }
  for (const int number : {SIGTERM, SIGINT, SIGSEGV, SIGABRT, SIGQUIT, SIGKILL, SIGHUP}) {
    const int status = wait_status(fork_and([&]() -> int {
      const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
      ::setrlimit(RLIMIT_CORE, &unlimited);
      std::signal(number, SIG_IGN);  // as for nohup
      sigset_t all;
      ::sigfillset(&all);
      ::sigprocmask(SIG_SETMASK, &all, nullptr);
      end_as({0, number});
    }));
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == number);
    CHECK_FALSE(WCOREDUMP(status));
  }
}

TEST_CASE("a signal that ends nobody becomes 128 and its number") {
  CHECK(exit_status_of([]() -> int { end_as({0, SIGCHLD}); }) == 128 + SIGCHLD);
}

// ---- what it is given ---------------------------------------------------------------------------

TEST_CASE("the command gets exactly the words and the environment of the plan") {
  const TemporaryDirectory scratch;
  REQUIRE(::setenv("PVM_TEST_SECRET", "x", 1) == 0);
  auto plan = shell("cat /proc/$$/environ >\"$1\"; cat /proc/$$/cmdline >\"$2\"",
                    {scratch.at("environment"), scratch.at("words"), "", "a b", "-rf", "\xFF\n"});
  plan.argv[0] = "rm";
  plan.environment = {"B=2", "A=", "B=3", "odd"};
  CHECK(run(plan) == Ended{});
  ::unsetenv("PVM_TEST_SECRET");
  std::string words;
  for (const std::string& word : plan.argv) words += word + '\0';
  CHECK(contents_of(scratch.at("environment")) == std::string("B=2\0A=\0B=3\0odd\0", 15));
  CHECK(contents_of(scratch.at("words")) == words);
}

TEST_CASE("the command starts in the directory of the descriptor, and we stay where we are") {
  const TemporaryDirectory scratch;
  const auto before = std::filesystem::current_path();
  const Descriptor directory = open_directory(scratch.make_directory("here"));
  auto plan = shell("pwd -P >\"$1\"", {scratch.at("out")});
  plan.working_directory = directory.get();
  std::filesystem::rename(scratch.at("here"), scratch.at("moved"));
  CHECK(run(plan) == Ended{});
  CHECK(contents_of(scratch.at("out")) == scratch.at("moved") + "\n");
  CHECK(std::filesystem::current_path() == before);
}

TEST_CASE("the command is in our process group and is our child") {
  const TemporaryDirectory scratch;
  CHECK(run(shell("read -r stat </proc/$$/stat; set -- \"$1\" $stat; echo \"$5 $6\" >\"$1\"",
                  {scratch.at("out")})) == Ended{});
  CHECK(contents_of(scratch.at("out")) ==
        std::to_string(::getpid()) + " " + std::to_string(::getpgrp()) + "\n");
}

TEST_CASE("the directories that the plan borrows, and the ruleset, do not reach the command") {
  const TemporaryDirectory scratch;
  const Descriptor root = open_directory(scratch.path());
  auto plan = shell("for fd in /proc/$$/fd/*; do readlink \"$fd\"; done >\"$1\"; true", {scratch.at("out")});
  if (available_confinement() == Confinement::landlock) plan.removal_roots = {root.get()};
  plan.working_directory = root.get();
  CHECK(run(plan) == Ended{});
  const std::string open_files = contents_of(scratch.at("out"));
  CHECK(open_files.find(scratch.at("out") + "\n") != std::string::npos);
  CHECK(open_files.find(scratch.path() + "\n") == std::string::npos);
  CHECK(open_files.find("landlock") == std::string::npos);
}

// ---- what keeps it from starting ----------------------------------------------------------------

TEST_CASE("a program that is not there is 'missing'") {
  const TemporaryDirectory scratch;
  LaunchPlan plan = shell("");
  plan.program = scratch.at("none");
  CHECK(launch(plan).error().code == Code::missing);
  plan.program = scratch.write("script", "#!/nonexistent/interpreter\n", 0755);
  CHECK(launch(plan).error().code == Code::missing);
  CHECK(launch(plan).error().message.find("script") != std::string::npos);
}

TEST_CASE("a program that cannot be executed is 'unsafe', and is never handed to a shell") {
  const TemporaryDirectory scratch;
  LaunchPlan plan = shell("");
  plan.program = scratch.write("file", "#!/bin/sh\ntouch " + scratch.at("ran") + "\n", 0644);
  CHECK(launch(plan).error().code == Code::unsafe);
  plan.program = scratch.write("text", "touch " + scratch.at("ran") + "\n", 0755);
  CHECK(launch(plan).error().code == Code::unsafe);
  plan.program = scratch.make_directory("directory");
  CHECK(launch(plan).error().code == Code::unsafe);
  CHECK_FALSE(std::filesystem::exists(scratch.at("ran")));
}

TEST_CASE("a program without an absolute path, or without a name to be called by, is refused") {
  LaunchPlan plan = shell("exit 0");
  plan.program = "sh";
  CHECK(launch(plan).error().code == Code::unsafe);
  plan.program = "";
  CHECK(launch(plan).error().code == Code::unsafe);
  plan = shell("exit 0");
  plan.argv.clear();
  CHECK(launch(plan).error().code == Code::unsafe);
}

TEST_CASE("a working directory or a removal root that is none keeps the command from running") {
  const TemporaryDirectory scratch;
  const Descriptor file(::open(scratch.write("file", "").c_str(), O_RDONLY | O_CLOEXEC));
  for (const int bad : {file.get(), 9999}) {
    LaunchPlan plan = shell("touch \"$1\"", {scratch.at("ran")});
    plan.working_directory = bad;
    CHECK(launch(plan).error().code == Code::io);
  }
  LaunchPlan plan = shell("touch \"$1\"", {scratch.at("ran")});
  plan.removal_roots = {9999};
  CHECK(launch(plan).error().code == Code::io);
  plan.removal_roots = {-1};
  CHECK(launch(plan).error().code == Code::io);
  CHECK_FALSE(std::filesystem::exists(scratch.at("ran")));
}

TEST_CASE("a failed start leaves no child, no descriptor and no changed signal behind") {
  const TemporaryDirectory scratch;
  const Descriptor root = open_directory(scratch.path());
  LaunchPlan plan = shell("");
  plan.program = scratch.at("none");
  if (available_confinement() == Confinement::landlock) plan.removal_roots = {root.get()};
  CHECK(exit_status_of([&] {
          const std::string before = contents_of("/proc/self/status");
          const Descriptor lowest(::dup(0));
          for (int i = 0; i < 3; ++i) {
            if (launch(plan)) return 1;
          }
          const Descriptor next(::dup(0));
          if (next.get() != lowest.get() + 1) return 2;
          if (::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD) return 3;
          const auto from_mask = [](const std::string& status) {
            const auto at = status.find("SigBlk");
            return status.substr(at, status.find("CapInh") - at);
          };
          return from_mask(before) == from_mask(contents_of("/proc/self/status")) ? 0 : 4;
        }) == 0);
}

// ---- signals it starts with ---------------------------------------------------------------------

TEST_CASE("the command ignores what we were started to ignore, and nothing else") {
  const TemporaryDirectory scratch;
  CHECK(exit_status_of([&] {
          set_plain_signals({SIGHUP, SIGCHLD, SIGPIPE, SIGTSTP});
          return status_line_of_command(scratch, "SigIgn") ==
                         mask_line("SigIgn", {SIGHUP, SIGCHLD, SIGPIPE, SIGTSTP})
                     ? 0
                     : 1;
        }) == 0);
  CHECK(exit_status_of([&] {
          set_plain_signals({});
          return status_line_of_command(scratch, "SigIgn") == mask_line("SigIgn", {}) ? 0 : 1;
        }) == 0);
}

TEST_CASE("the command has the signal mask that we had, and what we handle is as before afterwards") {
  const TemporaryDirectory scratch;
  CHECK(exit_status_of([&] {
          set_plain_signals({});
          for (const int number : {SIGTERM, SIGALRM, SIGCHLD}) std::signal(number, [](int) {});
          sigset_t blocked;
          ::sigemptyset(&blocked);
          ::sigaddset(&blocked, SIGWINCH);
          ::sigaddset(&blocked, SIGUSR1);
          ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
          if (status_line_of_command(scratch, "SigBlk") != mask_line("SigBlk", {SIGWINCH, SIGUSR1})) return 1;
          sigset_t now;
          ::sigprocmask(SIG_SETMASK, nullptr, &now);
          struct sigaction action {};
          ::sigaction(SIGCHLD, nullptr, &action);
          const bool is_as_before = ::sigismember(&now, SIGUSR1) == 1 && ::sigismember(&now, SIGTERM) == 0 &&
                                    ::sigismember(&now, SIGCHLD) == 0 && action.sa_handler != SIG_DFL;
          return is_as_before ? 0 : 2;
        }) == 0);
}

TEST_CASE("a caller that ignores SIGCHLD still learns how the command ended") {
  CHECK(exit_status_of([] {
          set_plain_signals({SIGCHLD});
          if (launch(shell("exit 3")) != Ended{3, 0}) return 1;
          if (launch(shell("kill -TERM $$")) != Ended{0, SIGTERM}) return 2;
          struct sigaction action {};
          ::sigaction(SIGCHLD, nullptr, &action);
          return action.sa_handler == SIG_IGN ? 0 : 3;
        }) == 0);
}

// ---- the rest -----------------------------------------------------------------------------------

TEST_CASE("a process becomes the program, or is told why not and goes on") {
  CHECK(exit_status_of([] { return become(shell("exit 42")).code == Code::io ? 1 : 2; }) == 42);
  LaunchPlan plan = shell("");
  plan.program = "/nonexistent/program";
  CHECK(become(plan).code == Code::missing);
  plan.program = "relative";
  CHECK(become(plan).code == Code::unsafe);
}

TEST_CASE("closed standard descriptors are held by /dev/null, and the command finds them closed") {
  const TemporaryDirectory scratch;
  const int status = exit_status_of([&] {
    ::close(STDIN_FILENO);
    ::close(STDERR_FILENO);
    if (!guard_standard_descriptors()) return 3;
    const Descriptor file(::open(scratch.write("file", "").c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() <= STDERR_FILENO) return 1;
    const auto ended = launch(
        shell("test ! -e /proc/$$/fd/0 && test -e /proc/$$/fd/1 && test ! -e /proc/$$/fd/2 && exit 5"));
    return ended == Ended{5, 0} ? 0 : 2;
  });
  CHECK(status == 0);
}

TEST_CASE("open standard descriptors stay as they are") {
  struct stat before {
  }, after{};
  REQUIRE(::fstat(STDOUT_FILENO, &before) == 0);
  REQUIRE(guard_standard_descriptors());
  REQUIRE(::fstat(STDOUT_FILENO, &after) == 0);
  CHECK(before.st_ino == after.st_ino);
  CHECK((::fcntl(STDOUT_FILENO, F_GETFD) & FD_CLOEXEC) == 0);
}

TEST_CASE("a closed standard descriptor that nothing can be opened on is an error that names it") {
  const int status = exit_status_of([] {
    ::close(STDIN_FILENO);
    constexpr rlimit k_none{};
    if (::setrlimit(RLIMIT_NOFILE, &k_none) != 0) return 1;
    const auto guarded = guard_standard_descriptors();
    return !guarded && guarded.error().message.starts_with("descriptor 0 is closed") ? 0 : 2;
  });
  CHECK(status == 0);
}
