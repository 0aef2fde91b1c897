// SPDX-License-Identifier: Apache-2.0
// A wrapper as a program: standard error, exit status, and the one catch. Shared by all wrappers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libpvm/frontend/wording.hpp"
#include "libpvm/gate/gate.hpp"

namespace pvm::wrappers {

/// The command said no to its words by itself.
struct OwnComplaint {
  std::string text;  // for standard error, as it is
  int status = 1;
};
/// A call to be gated, and what it is called in messages.
struct Gated {
  std::unique_ptr<gate::Command> command;
  frontend::Tool tool;
};
/// The real command is run with just this option (--help, --version): it needs no grant.
struct Information {
  std::string option;
  std::string name;  // argv[0] of it
};
/// The command becomes what `plan` gives: it does nothing that is gated. `words` go to standard error before.
struct Straight {
  std::function<base::Result<system::LaunchPlan>()> plan;
  std::string words = {};
};
using ParsedCommand = std::variant<Gated, OwnComplaint, Information, Straight>;

/// One wrapper: its words and its parser.
struct Wrapper {
  frontend::Tool tool;
  std::vector<std::string> real_names;  // as gate::Command::real_names
  std::function<ParsedCommand(std::vector<std::string> argv, const system::Environment&)> parse;
};

/// With this as its last word, and options before it at most, a wrapper prints identity_line("/proc/self/exe", tool.program), and ends with 0. It asks for
/// nothing and does nothing; the real commands refuse it as an unknown option.
inline constexpr std::string_view k_identify = "--pvm-identify";
/// "pvm-wrapper PROGRAM DEVICE:INODE" of the file at `path`. Errors: as errno says.
[[nodiscard]] base::Result<std::string> identity_line(const std::string& path, std::string_view program);

/// Runs the wrapper and returns the exit status; where the command died by a signal, so does this process.
/// Whatever is thrown refuses.
[[nodiscard]] int run_program(const Wrapper& wrapper, int argc, char** argv);

}  // namespace pvm::wrappers
