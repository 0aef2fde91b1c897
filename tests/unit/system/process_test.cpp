// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/process.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "tests/unit/system/forked.hpp"
#include "tests/unit/system/temporary_directory.hpp"

using pvm::system::ancestry;
using pvm::system::host_name;
using pvm::system::outlive;
using pvm::system::working_directory;
using pvm::test::exit_status_of;
using pvm::test::TemporaryDirectory;

namespace {

// ancestry() as seen by a child of a process called `name`, and that process's PID.
struct Seen {
  std::string text;
  pid_t parent;
};

Seen ancestry_beneath(const char* name) {
  pvm::test::Pipe pipe;
  const pid_t parent = pvm::test::fork_and([&] {
    ::prctl(PR_SET_NAME, name);
    return exit_status_of([&] {
      const std::string text = ancestry();
      return ::write(pipe.write_end(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1;
    });
  });
  pipe.close_write_end();
  std::string text = pvm::test::read_all(pipe.read_end());
  CHECK(WEXITSTATUS(pvm::test::wait_status(parent)) == 0);
  return {std::move(text), parent};
}

}  // namespace

TEST_CASE("the ancestry begins with the parent and ends with a PID") {
  const Seen seen = ancestry_beneath("an agent");
  CHECK(seen.text.starts_with("an agent"));
  CHECK(seen.text.ends_with(")"));
}

TEST_CASE("a parent's name cannot forge a line of its status") {
  const Seen seen = ancestry_beneath("x\nPPid:\t1\n");
  CHECK(
      seen.text.starts_with("x\nPPid:\t1\n < "));  // the parent's own parent is there, so 1 was not believed
}

TEST_CASE("at most four ancestors are named, nearest first, with the last one's PID") {
  pvm::test::Pipe pipe;
  const auto named = [](const char* name, const auto& work) {
    ::prctl(PR_SET_NAME, name);
    return exit_status_of(work);
  };
  const pid_t outermost = pvm::test::fork_and([&] {
    return named("one", [&] {
      const std::string expected = "five < four < three < two (" + std::to_string(::getpid()) + ")";
      return named("two", [&] {
        return named("three", [&] {
          return named("four", [&] { return named("five", [&] { return ancestry() == expected ? 0 : 1; }); });
        });
      });
    });
  });
  const int status = pvm::test::wait_status(outermost);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("the host has a name") {
  CHECK_FALSE(host_name().empty());
  CHECK(host_name() == host_name());
}

TEST_CASE("the working directory is the real one, and none where it was removed") {
  const TemporaryDirectory scratch;
  const std::string real = scratch.make_directory("real");
  std::filesystem::create_symlink(real, scratch.at("link"));
  CHECK(exit_status_of([&] {
          if (::chdir(scratch.at("link").c_str()) != 0) return 2;
          return working_directory() == real ? 0 : 1;
        }) == 0);
  CHECK(exit_status_of([&] {
          if (::chdir(real.c_str()) != 0 || ::rmdir(real.c_str()) != 0) return 2;
          return working_directory().empty() ? 0 : 1;
        }) == 0);
}

TEST_CASE("a signal that is outlived ends nothing, and the call that raised it fails") {
  const TemporaryDirectory scratch;
  const std::string path = scratch.at("file");
  const auto write_past_limit = [&path] {
    constexpr rlimit k_none{};
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ::setrlimit(RLIMIT_FSIZE, &k_none) != 0) return 2;
    return ::write(file, "x", 1) < 0 && errno == EFBIG ? 0 : 1;
  };
  CHECK(exit_status_of(write_past_limit) == -1);  // by itself it would be the end
  CHECK(exit_status_of([&] {
          outlive(SIGXFSZ);
          return write_past_limit();
        }) == 0);
}

TEST_CASE("a signal that is ignored or handled already is left so") {
  CHECK(exit_status_of([] {
          ::signal(SIGPIPE, SIG_IGN);
          outlive(SIGPIPE);
          struct sigaction action {};
          return ::sigaction(SIGPIPE, nullptr, &action) == 0 && action.sa_handler == SIG_IGN ? 0 : 1;
        }) == 0);
}
