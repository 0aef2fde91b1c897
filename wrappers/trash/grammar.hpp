// SPDX-License-Identifier: Apache-2.0
// The argument grammar of trash-put (trash-cli 0.17.1.14), which is that of Python's optparse. Pure. Program: safe-trash.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pvm::wrappers::trash {

/// A parsed command line. trash-put 0.17 heeds none of the options but -v; they are handed on all the same.
struct TrashCommand {
  bool directory = false;             // -d --directory
  bool force = false;                 // -f --force
  bool interactive = false;           // -i --interactive
  bool recursive = false;             // -r -R --recursive
  bool verbose = false;               // -v --verbose
  std::vector<std::string> operands;  // as typed, at least one
  bool operator==(const TrashCommand&) const = default;
};

/// trash-put said no by itself: what it writes to standard error (every line of it). Its exit status is 2.
struct Complaint {
  std::string text;
};

/// --help or --version came first: run the real one with just that.
struct Information {
  std::string option;
};

using Parsed = std::variant<TrashCommand, Complaint, Information>;

/// What its messages call it, whatever it was called by.
inline constexpr std::string_view k_name = "trash-put";
inline constexpr int k_usage_status = 2;

/// What trash-put makes of `argv`. POSIXLY_CORRECT has no say in it. REQUIRES: argv is not empty.
[[nodiscard]] Parsed parse(const std::vector<std::string>& argv);

/// The command line that runs, from the parsed form: argv0, options in a fixed order, "--", operands.
[[nodiscard]] std::vector<std::string> rebuild(const TrashCommand& command, const std::vector<std::string>& operands);
/// The same for `gio trash`, which heeds -f alone, and takes what looks like a URI for one: so none does.
[[nodiscard]] std::vector<std::string> rebuild_for_gio(const TrashCommand& command, const std::vector<std::string>& operands);

/// `bytes` as Python writes such words to standard error in a UTF-8 locale, or the C locale: what is not UTF-8 as \udcXX.
[[nodiscard]] std::string as_python_writes(std::string_view bytes);

}  // namespace pvm::wrappers::trash
