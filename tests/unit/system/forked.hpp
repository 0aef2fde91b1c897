// SPDX-License-Identifier: Apache-2.0
// Work done in a process of its own, for what would change or end the test's own process. Floor: tests.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pvm::test {

/// Runs `work` in a child, which ends with what it returns, or with 96 where it throws; the child's PID.
template <class Work>
pid_t fork_and(const Work& work) {
  std::cout.flush();  // or the child would print it again
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child != 0) return child;
  try {
    ::_exit(work());
  } catch (...) {
    ::_exit(96);  // never back into the test runner
  }
}

/// The wait status of `child` when it next ends (or with WUNTRACED in `options`, stops).
inline int wait_status(pid_t child, int options = 0) {
  int status = -1;
  while (::waitpid(child, &status, options) < 0) {
    if (errno != EINTR) throw std::runtime_error("waitpid");
  }
  return status;
}

/// The exit status of `work` done in a child; -1 where a signal killed it.
template <class Work>
int exit_status_of(const Work& work) {
  const int status = wait_status(fork_and(work));
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Pipe {
 public:
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    read_end_ = above_standard(ends[0]);
    write_end_ = above_standard(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(read_end_);
    close_write_end();
  }
  [[nodiscard]] int read_end() const { return read_end_; }
  [[nodiscard]] int write_end() const { return write_end_; }
  void close_write_end() {
    if (write_end_ >= 0) ::close(write_end_);
    write_end_ = -1;
  }

 private:
  // Tests may be started with standard descriptors closed.
  static int above_standard(int fd) {
    const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    ::close(fd);
    return moved;
  }

  int read_end_ = -1;
  int write_end_ = -1;
};

/// What comes out of `fd` up to and with the first `mark`, or the end.
inline std::string read_up_to(int fd, std::string_view mark) {
  std::string text;
  char c = 0;
  while (text.find(mark) == std::string::npos && ::read(fd, &c, 1) == 1) text += c;
  return text;
}

/// All that comes out of `fd`.
inline std::string read_all(int fd) {
  std::string text;
  char c = 0;
  while (::read(fd, &c, 1) == 1) text += c;
  return text;
}

}  // namespace pvm::test
