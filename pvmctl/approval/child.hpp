// SPDX-License-Identifier: Apache-2.0
// Programs that the approver's side starts: ssh-keygen and git. Each gets the environment it is given and no
// more.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/system/environment.hpp"

namespace pvm::pvmctl::approval {

struct ChildCommand {
  std::string program;  // absolute path
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  // NAME=value
};

/// HOME, TERM, LANG and LC_* of `environment`, and PATH=/usr/bin:/bin.
[[nodiscard]] std::vector<std::string> bare_environment(const system::Environment& environment);

/// Runs with our terminal and standard error; input and output are /dev/null. Returns the exit status, 128 +
/// N for death by signal N. Errors: cannot_execute.
[[nodiscard]] base::Result<int> run_attached(const ChildCommand& command);

/// Starts it in a session of its own, all its standard descriptors /dev/null, and does not wait: it may outlive us. Errors:
/// cannot_execute.
[[nodiscard]] base::Result<void> start_alone(const ChildCommand& command);

struct Captured {
  int status = 0;
  std::string output;
};

/// Runs with our terminal and standard error; `input` is its standard input, from memory that nobody else can write
/// to. Returns its output. Errors: cannot_execute; io.
[[nodiscard]] base::Result<Captured> run_with_input(const ChildCommand& command, std::string_view input);

struct Overheard {
  int status = 0;
  std::string output;
  std::string errors;
  bool is_cut = false;  // it wrote more than `most` to one of them, and was killed
};

/// As run_with_input, but what it writes to its standard error is taken in as well: it may be from elsewhere. Our
/// terminal it has by /dev/tty. Errors: cannot_execute; io.
[[nodiscard]] base::Result<Overheard> run_overheard(const ChildCommand& command, std::string_view input,
                                                    std::size_t most);

/// Runs in a session of its own, so without a terminal to ask anybody at; its standard error goes nowhere.
/// Returns its output. Errors: cannot_execute; limit, where it took longer than `limit` or wrote over 64 MiB:
/// then it was killed with all it started in its process group.
[[nodiscard]] base::Result<Captured> run_captured(const ChildCommand& command, std::chrono::milliseconds limit,
                                                  std::string_view input = {});

/// As run_captured, but it is over when the program ends, although others that it started may hold its output open. Standard
/// input is empty; what is written past 1 MiB is lost.
[[nodiscard]] base::Result<Captured> run_to_its_end(const ChildCommand& command, std::chrono::milliseconds limit);

}  // namespace pvm::pvmctl::approval
