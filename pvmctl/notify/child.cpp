// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"

namespace pvm::notify {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr off_t k_most_output = 64 << 10;
constexpr int k_signal_status = 128;

std::string child_trouble(const std::string& program, int number) {
  return "cannot run " + base::quoted(program, 200) + ": " + std::strerror(number);
}

base::Descriptor memory_with(std::string_view text) {
  base::Descriptor memory(::memfd_create("pvm-input", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const bool is_whole = memory && ::write(memory.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                        ::lseek(memory.get(), 0, SEEK_SET) == 0 &&
                        ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0;
  return is_whole ? std::move(memory) : base::Descriptor();
}

/// Room for so much output and no more.
base::Descriptor bounded_memory() {
  base::Descriptor memory(::memfd_create("pvm-output", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const bool is_good = memory && ::ftruncate(memory.get(), k_most_output) == 0 &&
                       ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) == 0;
  return is_good ? std::move(memory) : base::Descriptor();
}

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// 0, or the errno value; the process is in `pid`.
int spawn(const Job& job, const std::vector<std::string>& environment, int input, int output, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t signals;
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&attributes, &signals);
  for (const int number : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGXFSZ}) ::sigaddset(&signals, number);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const auto arguments = pointers_to(job.command);
  const auto variables = pointers_to(environment);
  const int failed = ::posix_spawn(&pid, arguments.front(), &actions, &attributes, arguments.data(), variables.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return failed;
}

/// One program while it runs. It keeps itself alive by its handlers.
class Running : public std::enable_shared_from_this<Running> {
 public:
  Running(asio::io_context& context, pid_t pid, base::Descriptor process, base::Descriptor output, std::function<void(Answer)> done)
      : pid_(pid), output_(std::move(output)), process_(context), limit_(context), done_(std::move(done)) {
    process_.assign(::fcntl(process.get(), F_DUPFD_CLOEXEC, 0));
  }

  void wait(const std::string& program, std::chrono::milliseconds limit) {
    limit_.expires_after(limit);
    limit_.async_wait([self = shared_from_this(), program](const error_code& why) {
      if (!why) self->end(base::quoted(program, 200) + " took too long");
    });
    process_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](const error_code& why) {
      if (!why) self->end({});
    });
  }

 private:
  // Killed before it is reaped, so that the number is still its own.
  void end(const std::string& trouble) {
    if (!done_) return;
    if (!trouble.empty()) ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    limit_.cancel();
    process_.close();
    Answer answer;
    answer.trouble = trouble;
    answer.status = WIFSIGNALED(status) ? k_signal_status + WTERMSIG(status) : WEXITSTATUS(status);
    answer.body.resize(static_cast<std::size_t>(k_most_output));
    const ssize_t size = ::pread(output_.get(), answer.body.data(), answer.body.size(), 0);
    answer.body.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    answer.body.resize(answer.body.find_last_not_of('\0') + 1);
    std::exchange(done_, nullptr)(std::move(answer));
  }

  pid_t pid_;
  base::Descriptor output_;
  asio::posix::stream_descriptor process_;
  asio::steady_timer limit_;
  std::function<void(Answer)> done_;
};

}  // namespace

std::vector<std::string> environment_for_children(const system::Environment& environment) {
  constexpr std::array<std::string_view, 10> k_kept = {
      "HOME",    "LANG",            "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR",    "DISPLAY",
      "WAYLAND_DISPLAY", "XAUTHORITY", "GNUPGHOME",            "PASSWORD_STORE_DIR", "USER"};
  std::vector<std::string> kept = {"PATH=/usr/bin:/bin"};
  for (const auto& [name, value] : environment.all()) {
    const bool is_kept = name.starts_with("LC_") || std::find(k_kept.begin(), k_kept.end(), name) != k_kept.end();
    if (is_kept) kept.push_back(name + "=" + value);
  }
  return kept;
}

void run_job(asio::io_context& context, const Job& job, const std::vector<std::string>& environment,
             std::chrono::milliseconds limit, std::function<void(Answer)> done) {
  std::signal(SIGCHLD, SIG_DFL);  // where it is ignored, as may be inherited, no exit status is kept
  base::Descriptor input = memory_with(job.input);
  base::Descriptor output = bounded_memory();
  pid_t pid = -1;
  int failed = input && output ? spawn(job, environment, input.get(), output.get(), pid) : errno;
  base::Descriptor process;
  if (failed == 0) {
    process = base::Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process) {
      failed = errno;
      ::kill(-pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }
  if (failed != 0) {
    Answer answer;
    answer.trouble = child_trouble(job.command.front(), failed);
    asio::post(context, [answer, done = std::move(done)] { done(answer); });
    return;
  }
  std::make_shared<Running>(context, pid, std::move(process), std::move(output), std::move(done))->wait(job.command.front(), limit);
}

base::Result<std::string> run_for_secret(const std::string& command, const std::vector<std::string>& environment) {
  asio::io_context context;
  Answer answer;
  run_job(context, {{"/bin/sh", "-c", command}, {}}, environment, std::chrono::seconds(15), [&answer](Answer given) { answer = std::move(given); });
  context.run();
  if (!answer.trouble.empty()) return base::fail(base::Code::limit, answer.trouble);
  if (answer.status != 0) {
    return base::fail(base::Code::cannot_execute, "its command ended with status " + std::to_string(answer.status));
  }
  return std::move(answer.body);
}

}  // namespace pvm::notify
