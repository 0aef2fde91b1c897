// SPDX-License-Identifier: Apache-2.0
// Asks a launcher (a shell, `env -i`, any program that starts others) which programs it starts by the gated names.
//
// A wrapper that is called with the one word --pvm-identify says which file it is and does nothing else; the real
// commands refuse that word. So the answer is of what really runs, past functions, aliases and hashed names.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/system/environment.hpp"

namespace pvm::pvmctl::shim {

enum class Form {
  text,   ///< takes one text for a shell: the words end in an option such as -c or -lc
  shell,  ///< is a shell without one: -c is put there
  words,  ///< takes a program and its words
};
/// By the words alone: the last is an option cluster with a 'c' after the name of a shell (or of su, runuser, script); the last
/// but for options is the name of a shell; else words.
[[nodiscard]] Form form_of(const std::vector<std::string>& launcher);

/// What a launcher starts by a gated name.
struct Started {
  std::string name;     // "rm"
  bool is_ours = false;  // the wrapper that belongs to this pvmctl
  std::string what;     // where it is not: what it calls it ("/usr/bin/rm"); empty where it does not say
};

/// Starts `launcher` with `environment`, without a terminal; its program is looked for in the environment's PATH. Errors:
/// no_command (there is no such program), cannot_execute, limit (no answer after `limit`), missing (the wrappers).
[[nodiscard]] base::Result<std::vector<Started>> ask_launcher(const std::vector<std::string>& launcher,
                                                              const system::Environment& environment,
                                                              std::chrono::milliseconds limit);

/// The launchers that agents usually go through, of those that are installed: sh, bash, zsh and fish, each with -c, as a
/// login shell, and, but for sh, as one for people.
[[nodiscard]] std::vector<std::vector<std::string>> usual_launchers(const system::Environment& environment);

}  // namespace pvm::pvmctl::shim
