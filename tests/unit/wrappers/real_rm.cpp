// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/wrappers/real_rm.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "libpvm/base/descriptor.hpp"

namespace pvm::test {
namespace {

// Absolute, or with a component "." or "..".
bool may_reach_out(const std::string& word) {
  if (word.starts_with('/')) return true;
  const std::string bounded = '/' + word + '/';
  return bounded.find("/./") != std::string::npos || bounded.find("/../") != std::string::npos;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string contents(int fd) {
  std::string text(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
  if (::pread(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("cannot read what rm wrote");
  }
  return text;
}

}  // namespace

RmRun run_real_rm(const std::vector<std::string>& argv, const std::string& directory,
                  const std::vector<std::string>& environment) {
  for (std::size_t at = 1; at < argv.size(); ++at) {
    if (may_reach_out(argv[at])) throw std::runtime_error("not for a real rm: " + argv[at]);
  }
  std::vector<std::string> words = argv;
  std::vector<std::string> variables = environment;
  const std::vector<char*> word_pointers = pointers_to(words);
  const std::vector<char*> variable_pointers = pointers_to(variables);
  const base::Descriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const base::Descriptor output(::memfd_create("output", MFD_CLOEXEC));
  const base::Descriptor errors(::memfd_create("errors", MFD_CLOEXEC));
  if (!input || !output || !errors) throw std::runtime_error("no descriptors for rm");

  // Not by fork: a copy of a sanitized process takes a tenth of a second.
  posix_spawn_file_actions_t actions;
  bool is_ready = ::posix_spawn_file_actions_init(&actions) == 0 &&
                  ::posix_spawn_file_actions_addchdir_np(&actions, directory.c_str()) == 0 &&
                  ::posix_spawn_file_actions_adddup2(&actions, input.get(), 0) == 0 &&
                  ::posix_spawn_file_actions_adddup2(&actions, output.get(), 1) == 0 &&
                  ::posix_spawn_file_actions_adddup2(&actions, errors.get(), 2) == 0;
  pid_t child = -1;
  is_ready = is_ready && ::posix_spawn(&child, "/bin/rm", &actions, nullptr, word_pointers.data(),
                                       variable_pointers.data()) == 0;
  ::posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (!is_ready || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
    throw std::runtime_error("rm did not run");
  }
  return {WEXITSTATUS(status), contents(output.get()), contents(errors.get())};
}

}  // namespace pvm::test
