// SPDX-License-Identifier: Apache-2.0
// Signals and job control while a command runs: a test plays the shell, a forked wrapper calls launch.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "libpvm/system/launch.hpp"
#include "tests/unit/system/forked.hpp"
#include "tests/unit/system/temporary_directory.hpp"

using namespace pvm::system;
using pvm::test::contents_of;
using pvm::test::exit_status_of;
using pvm::test::fork_and;
using pvm::test::Pipe;
using pvm::test::read_all;
using pvm::test::read_up_to;
using pvm::test::wait_status;

namespace {

LaunchPlan shell(const std::string& script) {
  LaunchPlan plan;
  plan.program = "/bin/sh";
  plan.argv = {"sh", "-c", script};
  plan.environment = {"PATH=/usr/bin:/bin"};
  return plan;
}

// A command that says "ready", and then waits until a trap of its own or `read` ends it.
constexpr const char* k_wait = "echo ready; while :; do read -r line && exit 9; done";

void set_default_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number) std::signal(number, SIG_DFL);
}

// A process that launches a script as a wrapper would and ends as it ended; we hold both ends of its talk.
class Wrapper {
 public:
  explicit Wrapper(const std::string& script, int ignored = 0) {
    pid_ = fork_and([&]() -> int {
      ::setpgid(0, 0);  // a job of its own: not orphaned, so that it can be stopped
      set_default_signals();
      if (ignored != 0) std::signal(ignored, SIG_IGN);
      ::dup2(in_.read_end(), STDIN_FILENO);
      ::dup2(out_.write_end(), STDOUT_FILENO);
      const auto ended = launch(shell(script));
      if (!ended) return 99;
      end_as(*ended);
    });
    out_.close_write_end();
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  void say(std::string_view text) const {
    REQUIRE(::write(in_.write_end(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] std::string hear(std::string_view mark) const { return read_up_to(out_.read_end(), mark); }
  [[nodiscard]] std::string hear_all() const { return read_all(out_.read_end()); }
  void send(int number) const { REQUIRE(::kill(pid_, number) == 0); }
  [[nodiscard]] int status(int options = 0) const { return wait_status(pid_, options); }

 private:
  Pipe in_;
  Pipe out_;
  pid_t pid_ = -1;
};

// Whether the process is in `state` ("T (stopped)"); `pid` as it was heard, with a newline.
bool is_in_state(const std::string& pid, const std::string& state) {
  const std::string status = contents_of("/proc/" + pid.substr(0, pid.size() - 1) + "/status");
  return status.find("\nState:\t" + state + "\n") != std::string::npos;
}

// Runs `work` as the leader of a session, so that its children's process groups are not orphaned ones.
template <class Work>
int in_session(const Work& work) {
  return exit_status_of([&] { return ::setsid() < 0 ? 98 : work(); });
}

}  // namespace

TEST_CASE("a signal sent to us alone goes on to the command, whose end is ours") {
  struct Row {
    int number;
    const char* name;
  };
  for (const Row& row : {Row{SIGTERM, "TERM"}, Row{SIGINT, "INT"}, Row{SIGQUIT, "QUIT"}, Row{SIGHUP, "HUP"},
                         Row{SIGUSR1, "USR1"}, Row{SIGUSR2, "USR2"}}) {
    CAPTURE(row.name);
    const Wrapper trapping(std::string("trap 'echo got; exit 7' ") + row.name + "; " + k_wait);
    REQUIRE(trapping.hear("ready\n") == "ready\n");
    trapping.send(row.number);
    CHECK(trapping.hear_all() == "got\n");
    const int exited = trapping.status();
    CHECK(WIFEXITED(exited));
    CHECK(WEXITSTATUS(exited) == 7);

    const Wrapper dying(std::string("ulimit -c 0; ") + k_wait);
    REQUIRE(dying.hear("ready\n") == "ready\n");
    dying.send(row.number);
    const int died = dying.status();
    CHECK(WIFSIGNALED(died));
    CHECK(WTERMSIG(died) == row.number);
  }
}

TEST_CASE("a command that takes a signal and goes on is waited for") {
  const Wrapper wrapper(std::string("trap 'echo got' TERM INT; ") + k_wait);
  REQUIRE(wrapper.hear("ready\n") == "ready\n");
  wrapper.send(SIGTERM);
  CHECK(wrapper.hear("got\n") == "got\n");
  wrapper.send(SIGINT);
  CHECK(wrapper.hear("got\n") == "got\n");
  wrapper.say("end\n");
  CHECK(WEXITSTATUS(wrapper.status()) == 9);
}

TEST_CASE("a signal that we ignore is ignored by the command, too") {
  const Wrapper wrapper("kill -HUP $$; echo ready; read -r line; kill -HUP $$; exit 5", SIGHUP);
  REQUIRE(wrapper.hear("ready\n") == "ready\n");
  wrapper.send(SIGHUP);
  wrapper.say("go\n");
  CHECK(WEXITSTATUS(wrapper.status()) == 5);
}

// Of several signals the one with the lowest number is dealt with first, so USR1 or USR2 shows that another
// was.
TEST_CASE("a signal that we ignore is not sent on to a command that takes it up again") {
  const Wrapper wrapper(
      "exec env --default-signal=HUP sh -c "
      "'trap \"echo got\" HUP; trap \"echo later; exit 5\" USR1; echo ready; while :; do read -r line; done'",
      SIGHUP);
  REQUIRE(wrapper.hear("ready\n") == "ready\n");
  wrapper.send(SIGHUP);
  wrapper.send(SIGUSR1);
  CHECK(wrapper.hear_all() == "later\n");
  CHECK(WEXITSTATUS(wrapper.status()) == 5);
}

TEST_CASE("what the command sends to us is not sent back to it") {
  const Wrapper wrapper(
      "trap 'echo got' USR1; trap 'echo later; exit 5' USR2; kill -USR1 $PPID; echo ready; "
      "while :; do read -r line; done");
  REQUIRE(wrapper.hear("ready\n") == "ready\n");
  wrapper.send(SIGUSR2);
  CHECK(wrapper.hear_all() == "later\n");
  CHECK(WEXITSTATUS(wrapper.status()) == 5);
}

TEST_CASE("when the command stops we stop, and when we go on it goes on") {
  CHECK(in_session([] {
          const Wrapper wrapper("kill -STOP $$; exit 6");
          const int stopped = wrapper.status(WUNTRACED);
          if (!WIFSTOPPED(stopped)) return 1;
          wrapper.send(SIGCONT);
          const int ended = wrapper.status();
          return WIFEXITED(ended) && WEXITSTATUS(ended) == 6 ? 0 : 2;
        }) == 0);
}

TEST_CASE("a stop that somebody sends to us alone stops the command and then us, again and again") {
  CHECK(in_session([] {
          const Wrapper wrapper(std::string("echo $$; ") + k_wait);
          const std::string command = wrapper.hear("\n");
          if (wrapper.hear("ready\n") != "ready\n") return 1;
          for (const int number : {SIGTTIN, SIGTTOU, SIGTSTP, SIGTSTP}) {
            wrapper.send(number);
            if (!WIFSTOPPED(wrapper.status(WUNTRACED))) return 2;
            if (!is_in_state(command, "T (stopped)")) return 3;
            wrapper.send(SIGCONT);
          }
          wrapper.say("end\n");
          return WEXITSTATUS(wrapper.status()) == 9 ? 0 : 4;
        }) == 0);
}

TEST_CASE("a command that does not stop for SIGTSTP does not stop us") {
  CHECK(in_session([] {
          const Wrapper wrapper(std::string("trap 'echo got' TSTP; ") + k_wait);
          if (wrapper.hear("ready\n") != "ready\n") return 1;
          wrapper.send(SIGTSTP);
          if (wrapper.hear("got\n") != "got\n") return 2;
          wrapper.say("end\n");
          const int status = wrapper.status(WUNTRACED);
          return WIFEXITED(status) && WEXITSTATUS(status) == 9 ? 0 : 3;
        }) == 0);
}

TEST_CASE("signals that come when the command has ended do not hide how it ended") {
  const Wrapper wrapper(std::string("echo $$; ") + k_wait);
  const std::string command = wrapper.hear("\n");
  REQUIRE(wrapper.hear("ready\n") == "ready\n");
  wrapper.send(SIGSTOP);
  REQUIRE(WIFSTOPPED(wrapper.status(WUNTRACED)));
  wrapper.say("end\n");
  while (!is_in_state(command, "Z (zombie)")) ::usleep(1000);
  for (const int number : {SIGHUP, SIGUSR1, SIGTERM, SIGCONT}) wrapper.send(number);
  const int status = wrapper.status();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 9);
}

TEST_CASE("the command dies with us when we are killed") {
  // Orphans of this process become the children of the one that asks for them, so that their end can be seen.
  CHECK(exit_status_of([] {
          if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return 1;
          const Wrapper wrapper(std::string("echo $$; ") + k_wait);
          const pid_t command = std::atoi(wrapper.hear("\n").c_str());
          if (command <= 1 || wrapper.hear("ready\n") != "ready\n") return 2;
          wrapper.send(SIGKILL);
          if (!WIFSIGNALED(wrapper.status())) return 3;
          const int status = wait_status(command);
          return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : 4;
        }) == 0);
}

// ---- a terminal ---------------------------------------------------------------------------------

namespace {

// Runs `script` by launch, in the foreground of a terminal of its own; the terminal's master side.
struct OnTerminal {
  pvm::base::Descriptor master;
  pid_t wrapper = -1;
};

OnTerminal run_on_terminal(const std::string& script) {
  OnTerminal on;
  on.master = pvm::base::Descriptor(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(on.master);
  REQUIRE(::grantpt(on.master.get()) == 0);
  REQUIRE(::unlockpt(on.master.get()) == 0);
  const std::string name = ::ptsname(on.master.get());
  on.wrapper = fork_and([&]() -> int {
    ::setsid();
    const int terminal = ::open(name.c_str(), O_RDWR);
    if (terminal < 0 || ::ioctl(terminal, TIOCSCTTY, 0) != 0) return 97;
    termios settings{};
    ::tcgetattr(terminal, &settings);
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    ::tcsetattr(terminal, TCSANOW, &settings);
    for (int fd = 0; fd < 3; ++fd) ::dup2(terminal, fd);
    ::close(terminal);
    set_default_signals();
    const auto ended = launch(shell(script));
    if (!ended) return 99;
    end_as(*ended);
  });
  return on;
}

}  // namespace

TEST_CASE("what the terminal sends reaches the command once, and does not end us before it") {
  const auto on = run_on_terminal(std::string("trap 'echo got' INT QUIT; ") + k_wait);
  const int master = on.master.get();
  REQUIRE(read_up_to(master, "ready\n") == "ready\n");
  for (const char* key : {"\x03", "\x1C", "\x03"}) {  // ^C and ^backslash
    REQUIRE(::write(master, key, 1) == 1);
    REQUIRE(read_up_to(master, "got\n") == "got\n");
  }
  REQUIRE(::write(master, "end\n", 4) == 4);
  CHECK(read_all(master).empty());
  CHECK(WEXITSTATUS(wait_status(on.wrapper)) == 9);
}

TEST_CASE("a command ended by the terminal's interrupt ends us by the same signal") {
  const auto on = run_on_terminal(k_wait);
  REQUIRE(read_up_to(on.master.get(), "ready\n") == "ready\n");
  REQUIRE(::write(on.master.get(), "\x03", 1) == 1);
  const int status = wait_status(on.wrapper);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGINT);
}
