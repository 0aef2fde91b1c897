// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/launch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "libpvm/base/step.hpp"
#include "libpvm/base/text.hpp"

namespace pvm::system {
namespace {

using base::Code;

constexpr int k_not_started = 127;  // what the child ends with where it does not become the program
constexpr std::array<int, 9> k_forwarded = {SIGINT,  SIGQUIT, SIGTERM, SIGHUP, SIGUSR1,
                                            SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU};

// ---- becoming the program -----------------------------------------------------------------------

// A plan in the form that execve takes, made beforehand: a child made by vfork must not allocate.
struct Prepared {
  const char* program;
  std::vector<char*> argv;
  std::vector<char*> environment;
  const LaunchPlan& plan;    // for its descriptors
  base::Descriptor ruleset;  // none: not confined
};

enum class Step { none, tie, descriptors, working_directory, confinement, execution };

struct StepFailure {
  Step step = Step::none;
  int error = 0;
};

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

base::Result<Prepared> prepare(const LaunchPlan& plan) {
  if (!plan.program.starts_with('/') || plan.argv.empty()) {
    return base::fail(Code::unsafe, "not an absolute path with a name: " + base::quoted(plan.program));
  }
  Prepared prepared{plan.program.c_str(), pointers_to(plan.argv), pointers_to(plan.environment),
                    plan, base::Descriptor()};
  if (!plan.removal_roots.empty()) {
    auto ruleset = removal_ruleset(plan.removal_roots, plan.moves);
    if (!ruleset) return base::pass_on(ruleset);
    prepared.ruleset = std::move(*ruleset);
  }
  return prepared;
}

// 0, or errno.
int arrange_descriptors(const LaunchPlan& plan) {
  if (plan.standard_output >= 0 && ::dup2(plan.standard_output, STDOUT_FILENO) < 0) return errno;
  if (plan.standard_error >= 0 && ::dup2(plan.standard_error, STDERR_FILENO) < 0) return errno;
  for (const int descriptor : plan.kept) {
    if (::fcntl(descriptor, F_SETFD, 0) != 0) return errno;
  }
  return 0;
}

// Becomes the program, with `mask` as the last thing set. Returns only on failure. Safe in a child made by
// vfork.
StepFailure enter(const Prepared& prepared, const sigset_t* mask) {
  if (const int error = arrange_descriptors(prepared.plan); error != 0) return {Step::descriptors, error};
  if (prepared.plan.working_directory >= 0 && ::fchdir(prepared.plan.working_directory) != 0) {
    return {Step::working_directory, errno};
  }
  if (prepared.ruleset) {
    if (const int error = confine_to(prepared.ruleset.get()); error != 0) return {Step::confinement, error};
  }
  if (mask != nullptr) ::sigprocmask(SIG_SETMASK, mask, nullptr);
  ::execve(prepared.program, prepared.argv.data(), prepared.environment.data());
  return {Step::execution, errno};
}

base::Failure not_started(const LaunchPlan& plan, StepFailure failure) {
  const std::string reason = std::string(": ") + std::strerror(failure.error);
  if (failure.step == Step::execution) {
    const bool is_missing = failure.error == ENOENT || failure.error == ENOTDIR;
    return base::fail(is_missing ? Code::missing : Code::unsafe,
                      "cannot run " + base::quoted(plan.program) + reason);
  }
  const char* what = failure.step == Step::tie ? "cannot make the command end with us"
                     : failure.step == Step::descriptors ? "cannot arrange the descriptors of the command"
                     : failure.step == Step::confinement
                         ? "cannot confine the command (Landlock)"
                         : "cannot enter the working directory of the command";
  return base::fail(Code::io, what + reason);
}

// ---- signals ------------------------------------------------------------------------------------

// Holds all signals back while the child is made; then those only that we take one by one as we wait, so that
// no handler is needed. SIGCHLD has its default action meanwhile: where it is ignored, there is nothing to
// wait for.
class SignalScope {
 public:
  SignalScope() {
    sigset_t everything;
    ::sigfillset(&everything);
    ::sigprocmask(SIG_SETMASK, &everything, &mask_before_);
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &standard, &child_action_before_);
    ::sigemptyset(&taken_);
    ::sigaddset(&taken_, SIGCHLD);
    for (const int number : k_forwarded) {
      if (!is_ignored(number)) ::sigaddset(&taken_, number);
    }
  }
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;
  ~SignalScope() {
    ::sigaction(SIGCHLD, &child_action_before_, nullptr);
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  }

  [[nodiscard]] const sigset_t& mask_before() const { return mask_before_; }

  // From here on, whatever is not taken one by one acts on us as it always would.
  void release_others() const {
    sigset_t held;
    ::sigorset(&held, &mask_before_, &taken_);
    ::sigprocmask(SIG_SETMASK, &held, nullptr);
  }

  [[nodiscard]] siginfo_t take_next() const {
    siginfo_t info{};
    if (::sigwaitinfo(&taken_, &info) < 0) info.si_signo = 0;  // EINTR: we were stopped and went on
    return info;
  }

  void drop_pending() const {
    constexpr timespec k_no_time{};
    while (::sigtimedwait(&taken_, nullptr, &k_no_time) > 0) {
    }
  }

  // In the child: no handler of ours may run in the memory that it shares with us.
  void undo_in_child() const {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) {
      struct sigaction action {};
      if (::sigaction(number, nullptr, &action) != 0) continue;
      if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)
        ::sigaction(number, &standard, nullptr);
    }
    if (child_action_before_.sa_handler == SIG_IGN) ::sigaction(SIGCHLD, &child_action_before_, nullptr);
  }

 private:
  static bool is_ignored(int number) {
    struct sigaction action {};
    return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
  }

  sigset_t mask_before_{};
  sigset_t taken_{};
  struct sigaction child_action_before_ {};
};

// Whether a process other than `child` sent this, and not the terminal, which sends to all of its group.
bool is_sent_to_us(const siginfo_t& info, pid_t child) {
  const bool is_sent = info.si_code == SI_USER || info.si_code == SI_TKILL || info.si_code == SI_QUEUE;
  return info.si_signo != 0 && info.si_signo != SIGCHLD && is_sent && info.si_pid != child;
}

// ---- the child ----------------------------------------------------------------------------------

[[noreturn, gnu::noinline]] void run_child(const Prepared& prepared, const SignalScope& signals, pid_t parent,
                                           volatile StepFailure& failure) {
  signals.undo_in_child();
  const bool is_tied = ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
  const int error = errno;
  if (::getppid() != parent) ::_exit(k_not_started);  // the parent was killed before that took hold
  const StepFailure failed =
      is_tied ? enter(prepared, &signals.mask_before()) : StepFailure{Step::tie, error};
  failure.error = failed.error;
  failure.step = failed.step;
  ::_exit(k_not_started);
}

// The child's PID, or -1. vfork: the child runs in our memory, and we wait, until it has become the program
// or ended; so it costs no copy of our pages, and tells us through `failure` what went wrong.
[[gnu::noinline]] pid_t start_child(const Prepared& prepared, const SignalScope& signals,
                                    volatile StepFailure& failure) {
  const pid_t us = ::getpid();
  // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork)
  const pid_t child = ::vfork();
  // NOLINTNEXTLINE(clang-analyzer-unix.Vfork)
  if (child == 0) run_child(prepared, signals, us, failure);
  return child;
}

void stop_with(pid_t child) {
  static_cast<void>(::raise(SIGSTOP));
  ::kill(child, SIGCONT);
}

Ended ended_from(int status) {
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status), {}};
  return {WEXITSTATUS(status), 0, {}};
}

Ended lost_sight(int error) {
  return {0, 0, std::string("how the command ended cannot be told: ") + std::strerror(error)};
}

// Until the child is waited for its PID cannot be another process's, so whatever is sent reaches it or
// nobody.
Ended wait_for(pid_t child, const SignalScope& signals) {
  for (;;) {
    int status = 0;
    const pid_t changed = ::waitpid(child, &status, WUNTRACED | WNOHANG);
    if (changed < 0 && errno == EINTR) continue;
    if (changed < 0) return lost_sight(errno);
    if (changed == child && !WIFSTOPPED(status)) return ended_from(status);
    if (changed == child) {
      stop_with(child);
      continue;
    }
    const siginfo_t info = signals.take_next();
    if (is_sent_to_us(info, child)) ::kill(child, info.si_signo);
  }
}

}  // namespace

base::Result<Ended> launch(const LaunchPlan& plan, const std::function<void()>& meanwhile) {
  const auto prepared = prepare(plan);
  if (!prepared) return base::pass_on(prepared);
  const SignalScope signals;
  volatile StepFailure failure;
  const pid_t child = start_child(*prepared, signals, failure);
  if (child < 0) return base::fail(Code::io, std::string("cannot start a process: ") + std::strerror(errno));
  if (failure.step != Step::none) {
    const StepFailure failed{failure.step, failure.error};
    ::waitpid(child, nullptr, 0);
    return not_started(plan, failed);
  }
  base::end_of(base::Step::spawn);
  signals.release_others();
  if (meanwhile) meanwhile();
  const Ended ended = wait_for(child, signals);
  base::end_of(base::Step::wait);
  signals.drop_pending();
  return ended;
}

void end_as(const Ended& ended) {
  if (ended.signal == 0) std::exit(ended.exit_status);
  static_cast<void>(std::fflush(nullptr));
  constexpr rlimit k_no_core{};
  ::setrlimit(RLIMIT_CORE, &k_no_core);
  ::prctl(PR_SET_DUMPABLE, 0);  // a core_pattern with a pipe does not ask for the limit
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  ::sigaction(ended.signal, &standard, nullptr);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, ended.signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  static_cast<void>(::raise(ended.signal));
  std::exit(128 + ended.signal);
}

base::Error become(const LaunchPlan& plan) {
  const auto prepared = prepare(plan);
  if (!prepared) return prepared.error();
  return not_started(plan, enter(*prepared, nullptr)).value();
}

base::Result<void> guard_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    const int error = errno;
    const std::string which = "descriptor " + std::to_string(fd);
    if (error != EBADF) return base::fail_errno("cannot look at " + which, error);
    const int opened = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (opened < 0) {
      return base::fail_errno(which + " is closed, and /dev/null cannot be opened on it", errno);
    }
    if (opened != fd) return base::fail(Code::io, which + " is closed, and something else was opened on it");
  }
  return {};
}

}  // namespace pvm::system
