// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/child.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/process/v2/environment.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>
#include <cerrno>
#include <csignal>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"

namespace pvm::pvmctl::approval {
namespace {

namespace asio = boost::asio;
namespace process = boost::process::v2;

using base::Code;
using base::fail;
using base::Failure;
using base::Result;
using boost::system::error_code;
using Launcher = process::posix::default_launcher;
using Process = process::basic_process<asio::io_context::executor_type>;

constexpr std::size_t k_most_output = std::size_t{64} << 20;
constexpr int k_signal_status = 128;
constexpr int k_not_started = 127;

enum class Session { ours, own };

error_code last_error() {
  return {errno, boost::system::system_category()};
}

/// What a child does between fork and exec, besides its standard descriptors.
struct Departure {
  Session session;
  pid_t parent = ::getpid();

  // A child that an exception brings back from the launcher must not go on as a second one of us.
  ~Departure() {
    if (::getpid() != parent) ::_exit(k_not_started);
  }
  [[nodiscard]] error_code on_exec_setup(Launcher&, const process::filesystem::path&,
                                         const char* const*) const {
    if (session == Session::own && ::setsid() < 0) return last_error();
    // The launcher of Boost 1.81 closes only what is numbered above its own pipe.
    if (::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return last_error();
    return {};
  }
  // Where the launcher would call exit, and so run what our own program left for its end. It looks for other
  // parameters than it passes: take any.
  template <class... Ignored>
  void on_exec_error(const Ignored&...) const {
    ::_exit(k_not_started);
  }
};

Failure cannot_run(const ChildCommand& command, const error_code& why) {
  return fail(Code::cannot_execute, "cannot run " + base::quoted(command.program) + ": " + why.message());
}

Result<Process> start(asio::io_context& context, const ChildCommand& command, process::process_stdio&& stdio,
                      Session session) {
  if (stdio.out.ec) return cannot_run(command, stdio.out.ec);  // its pipe; the launcher does not look
  if (stdio.err.ec) return cannot_run(command, stdio.err.ec);
  std::signal(SIGCHLD, SIG_DFL);  // where it is ignored, as may be inherited, no exit status is kept
  const process::process_environment environment(command.environment);
  Launcher launcher;
  launcher.env = environment.env.data();  // by hand: as an initializer it does not link in Boost 1.81
  error_code failed;
  Process child = launcher(context.get_executor(), failed, command.program, command.arguments,
                           std::move(stdio), Departure{session});
  if (!failed) return child;
  if (launcher.pid > 0) ::waitpid(launcher.pid, nullptr, 0);  // which the launcher leaves to us
  return cannot_run(command, failed);
}

/// `text` in a file without a name, sealed against every change, to be read from its start.
Result<base::Descriptor> sealed_memory(std::string_view text) {
  constexpr int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  base::Descriptor memory(::memfd_create("pvm-statement", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const bool is_there = memory && ::write(memory.get(), text.data(), text.size()) ==
                                      static_cast<ssize_t>(text.size()) &&
                        ::fcntl(memory.get(), F_ADD_SEALS, seals) == 0 && ::lseek(memory.get(), 0, SEEK_SET) == 0;
  if (!is_there) return base::fail_errno("cannot keep the statement in memory", errno);
  return memory;
}

int exit_status(const Process& child) {
  const int status = child.native_exit_code();
  return WIFSIGNALED(status) ? k_signal_status + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

std::vector<std::string> bare_environment(const system::Environment& environment) {
  std::vector<std::string> bare = {"PATH=/usr/bin:/bin"};
  for (const auto& [name, value] : environment.all()) {
    const bool is_kept = name == "HOME" || name == "TERM" || name == "LANG" || name.starts_with("LC_");
    if (is_kept) bare.push_back(name + "=" + value);
  }
  return bare;
}

Result<int> run_attached(const ChildCommand& command) {
  asio::io_context context;
  auto child = start(context, command, {.in = nullptr, .out = nullptr, .err = {}}, Session::ours);
  if (!child) return base::pass_on(child);
  error_code failed;
  child->wait(failed);
  if (failed) return cannot_run(command, failed);
  return exit_status(*child);
}

Result<void> start_alone(const ChildCommand& command) {
  asio::io_context context;
  auto child = start(context, command, {.in = nullptr, .out = nullptr, .err = nullptr}, Session::own);
  if (!child) return base::pass_on(child);
  child->detach();
  return {};
}

Result<Captured> run_with_input(const ChildCommand& command, std::string_view input) {
  const auto memory = sealed_memory(input);
  if (!memory) return base::pass_on(memory);
  asio::io_context context;
  asio::readable_pipe source(context);
  auto child = start(context, command, {.in = memory->get(), .out = source, .err = {}}, Session::ours);
  if (!child) return base::pass_on(child);
  Captured captured;
  error_code ended;
  asio::read(source, asio::dynamic_buffer(captured.output, k_most_output), ended);
  error_code failed;
  child->wait(failed);
  if (failed) return cannot_run(command, failed);
  captured.status = exit_status(*child);
  return captured;
}

Result<Overheard> run_overheard(const ChildCommand& command, std::string_view input, std::size_t most) {
  const auto memory = sealed_memory(input);
  if (!memory) return base::pass_on(memory);
  asio::io_context context;
  asio::readable_pipe output(context);
  asio::readable_pipe errors(context);
  auto child = start(context, command, {.in = memory->get(), .out = output, .err = errors}, Session::ours);
  if (!child) return base::pass_on(child);

  Overheard heard;
  const auto then_stop = [&](const error_code& why, std::size_t) {
    if (why == asio::error::eof) return;
    heard.is_cut = true;  // full: what else it says is for nobody
    output.close();
    errors.close();
    ::kill(child->id(), SIGKILL);
  };
  asio::async_read(output, asio::dynamic_buffer(heard.output, most + 1), then_stop);
  asio::async_read(errors, asio::dynamic_buffer(heard.errors, most + 1), then_stop);
  context.run();
  error_code failed;
  child->wait(failed);
  if (failed) return cannot_run(command, failed);
  heard.status = exit_status(*child);
  return heard;
}

Result<Captured> run_captured(const ChildCommand& command, std::chrono::milliseconds limit,
                              std::string_view input) {
  const auto end = std::chrono::steady_clock::now() + limit;
  const auto memory = sealed_memory(input);
  if (!memory) return base::pass_on(memory);
  asio::io_context context;
  asio::readable_pipe source(context);
  auto child = start(context, command, {.in = memory->get(), .out = source, .err = nullptr}, Session::own);
  if (!child) return base::pass_on(child);

  Captured captured;
  const auto then_wait = [&child](const error_code& why, std::size_t) {
    if (why == asio::error::eof) child->async_wait([](const error_code&, int) {});
  };
  asio::async_read(source, asio::dynamic_buffer(captured.output, k_most_output + 1), then_wait);
  context.run_until(end);
  context.poll();  // so that a child that was reaped is known to be, and its number not used below
  if (!process::process_is_running(child->native_exit_code())) {
    captured.status = exit_status(*child);
    return captured;
  }
  ::kill(-child->id(), SIGKILL);  // it leads a session, and so a process group
  error_code ignored;
  child->wait(ignored);
  return fail(Code::limit, base::quoted(command.program) + " took too long or wrote too much");
}

Result<Captured> run_to_its_end(const ChildCommand& command, std::chrono::milliseconds limit) {
  constexpr off_t most = 1 << 20;
  base::Descriptor memory(::memfd_create("pvm-output", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory || ::ftruncate(memory.get(), most) != 0 || ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) != 0) {
    return base::fail_errno("cannot keep an output in memory", errno);
  }
  asio::io_context context;
  auto child = start(context, command, {.in = nullptr, .out = memory.get(), .err = nullptr}, Session::own);
  if (!child) return base::pass_on(child);
  child->async_wait([](const error_code&, int) {});
  context.run_until(std::chrono::steady_clock::now() + limit);
  context.poll();
  const bool is_over = !process::process_is_running(child->native_exit_code());
  ::kill(-child->id(), SIGKILL);  // what it left running in its process group goes too
  if (!is_over) {
    error_code ignored;
    child->wait(ignored);
    return fail(Code::limit, base::quoted(command.program) + " took too long");
  }
  Captured captured{exit_status(*child), std::string(static_cast<std::size_t>(most), '\0')};
  if (::pread(memory.get(), captured.output.data(), captured.output.size(), 0) != most) {
    return fail(Code::io, "cannot read what " + base::quoted(command.program) + " wrote");
  }
  captured.output.resize(captured.output.find_last_not_of('\0') + 1);
  return captured;
}

}  // namespace pvm::pvmctl::approval
