// SPDX-License-Identifier: Apache-2.0
// Options as git's commands read them (Documentation/gitcli.txt, "parse-options"): after operands too, bundled, by any clear
// beginning of a long name, and negated by "no-". Program: safe-git-push.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pvm::wrappers::git {

enum class Argument { none, optional, required };
enum class Negation { allowed, none };

struct Option {
  char short_name = 0;         // 0: none
  std::string_view long_name;  // empty: none
  Argument argument = Argument::none;
  Negation negation = Negation::allowed;
};

/// An option as it was said.
struct Said {
  std::string name;  // the long name, as in the table, or its opposite ("no-tags" of "tags", "verify" of "no-verify"); the
                     // letter of an option without a long name
  std::optional<std::string> value;
  bool operator==(const Said&) const = default;
};

struct Line {
  std::vector<Said> options;  // in the order said
  std::vector<std::string> operands;
  bool operator==(const Line&) const = default;
};

/// Where git writes its usage.
enum class Usage { nowhere, to_output, to_errors };

/// What git says of a line that it does not understand ("error: unknown option `x'"), and whether its usage follows. Its
/// status is 129. No words: the usage was asked for. As git has it, the words have no control bytes and end after 4 KiB.
struct Misuse {
  std::string words;
  Usage usage = Usage::nowhere;
  bool operator==(const Misuse&) const = default;
};

[[nodiscard]] std::variant<Line, Misuse> read_options(std::span<const Option> table, const std::vector<std::string>& words);

/// "--NAME", "--NAME=VALUE" or "-LETTER": how `said` is handed on.
[[nodiscard]] std::string as_word(const Said& said);

}  // namespace pvm::wrappers::git
