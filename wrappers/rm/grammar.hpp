// SPDX-License-Identifier: Apache-2.0
// The argument grammar of GNU rm (coreutils 9.1), in glibc's own getopt_long. Program: safe-rm.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace pvm::wrappers::rm {

enum class Interactive { unsaid, never, once, always };

/// A parsed command line. Only what was said is in it, so that the rebuilt command says the same.
struct RmCommand {
  bool recursive = false;                         // -r -R --recursive
  bool remove_empty_dirs = false;                 // -d --dir
  bool force = false;                             // -f --force, where it has the last word against -i and -I
  Interactive interactive = Interactive::unsaid;  // -i -I --interactive[=WHEN], likewise; unsaid with force
  bool one_file_system = false;                   // --one-file-system
  bool preserve_root_all = false;                 // --preserve-root=all
  bool no_preserve_root = false;                  // --no-preserve-root: parsed, never handed on
  bool verbose = false;                           // -v --verbose
  bool presume_input_tty = false;                 // ---presume-input-tty
  std::vector<std::string> operands;              // as typed, at least one
  bool operator==(const RmCommand&) const = default;
};

/// rm said no by itself: what it writes to standard error (every line of it), and its exit status. `rm -f`
/// without an operand is one too, with no text and status 0.
struct Complaint {
  std::string text;
  int status = 1;
};

/// --help or --version came first: run the real one with just that.
struct Information {
  std::string option;
};

using Parsed = std::variant<RmCommand, Complaint, Information>;

enum class Order { permute, posix };  // posix (POSIXLY_CORRECT): options end at the first operand

/// Whether a file of this name is there. rm asks it of words like "-x" after an unknown option, for a hint.
using Exists = bool (*)(const std::string& name);
[[nodiscard]] inline bool nothing_exists(const std::string&) {
  return false;
}

/// What rm makes of `argv`; its messages call it argv[0]. The environment has no say in it.
/// REQUIRES: argv is not empty, and no other thread runs.
/// Touches getopt's globals and, for the length of the call, `stderr`; prints nothing.
[[nodiscard]] Parsed parse(const std::vector<std::string>& argv, Order order, Exists exists = nothing_exists);

/// The command line that runs, from the parsed form: argv0, options in a fixed order, "--", operands.
[[nodiscard]] std::vector<std::string> rebuild(const RmCommand& command, const std::string& argv0,
                                               const std::vector<std::string>& operands);

}  // namespace pvm::wrappers::rm
