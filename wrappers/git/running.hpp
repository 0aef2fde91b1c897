// SPDX-License-Identifier: Apache-2.0
// Running git for its answer. Program: safe-git-push. It runs with the caller's rights and environment: what its configuration
// makes it start is the caller's own.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/system/environment.hpp"

namespace pvm::wrappers::git {

/// A file in memory, close-on-exec, that programs write to and we read. It only grows.
class MemoryFile {
 public:
  /// Errors: as errno says.
  [[nodiscard]] static base::Result<MemoryFile> make(const char* name);
  [[nodiscard]] int get() const { return descriptor_.get(); }
  /// Errors: limit (over 64 MiB), io.
  [[nodiscard]] base::Result<std::string> text() const;
  /// Errors: io.
  [[nodiscard]] base::Result<void> write(std::string_view text) const;
  /// From now on nobody can write to it, whoever has it. Errors: as errno says.
  [[nodiscard]] base::Result<void> seal() const;

 private:
  explicit MemoryFile(base::Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  base::Descriptor descriptor_;
};

/// The same of a descriptor that was inherited.
[[nodiscard]] base::Result<std::string> text_of(int descriptor);
[[nodiscard]] base::Result<void> write_all(int descriptor, std::string_view text);

/// The caller's environment for git: all but LD_*, what is the hook's alone
/// (PVM_PUSH_*) and GIT_CONFIG, which only `git config` would heed; with `set` in place of variables of the same name (NAME=value).
[[nodiscard]] std::vector<std::string> git_environment(const system::Environment& environment,
                                                       const std::vector<std::string>& set = {});

/// Refuses git's --config-env where it names a variable that we set ourselves, since its value differs from one run of git to
/// the next: GIT_*, PVM_*, LC_ALL, LANGUAGE. Errors: usage.
[[nodiscard]] base::Result<void> check_config_env(const std::vector<std::string>& globals);

/// A git program and what it is run with.
struct Git {
  std::string program;                   // absolute path
  std::vector<std::string> globals;      // git's own options, as typed
  std::vector<std::string> environment;  // NAME=value
};

struct Answer {
  int status = 0;  // of a signal, 128 and its number
  std::string output;
  std::string errors;
};

/// Runs `git GLOBALS WORDS` with standard output and standard error into memory, and `kept` descriptors. Errors: as
/// system::launch; limit; io.
[[nodiscard]] base::Result<Answer> ask(const Git& git, const std::vector<std::string>& words, const std::vector<int>& kept = {});
/// The same, with standard output into `output`, whose text is not part of the answer.
[[nodiscard]] base::Result<Answer> ask_into(const MemoryFile& output, const Git& git, const std::vector<std::string>& words,
                                            const std::vector<int>& kept);

}  // namespace pvm::wrappers::git
