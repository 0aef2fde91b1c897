// SPDX-License-Identifier: Apache-2.0
// From the words of a command to the gated command they stand for, by the wrapper's own parser.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/frontend/wording.hpp"
#include "libpvm/gate/gate.hpp"
#include "libpvm/model/operation.hpp"

namespace pvm::pvmctl {

/// A command that was parsed, and resolved from the working directory.
struct GatedCommand {
  frontend::Tool tool;  // with pvmctl as the program that speaks
  /// Null for --help and --version, which need no grant.
  std::unique_ptr<gate::Command> command;

  /// Whether there is anything that a grant could be about; else the command would touch nothing.
  [[nodiscard]] bool needs_grant() const { return command && !command->operation().resources.empty(); }
  /// What the command says by itself of words that it would not act on: lines, safe to show; empty where
  /// nothing.
  [[nodiscard]] std::string own_words() const;
};

/// Parses `words` (COMMAND and its arguments) and resolves what they would do for `caller`. The command is
/// known by the last component of its name and kept by that: a path would lead around the wrapper. Errors:
/// usage (no words; a command that is not gated, naming those that are; what the command's own parser
/// refuses, in its words); what resolving says.
[[nodiscard]] base::Result<GatedCommand> read_command(std::vector<std::string> words,
                                                      const gate::Caller& caller);

/// The action that `text` names, where something gates it. Errors: usage, naming those that are.
[[nodiscard]] base::Result<model::Action> gated_action(const std::string& text);

}  // namespace pvm::pvmctl
