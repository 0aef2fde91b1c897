// SPDX-License-Identifier: Apache-2.0
// The steps of a granted call, for whoever measures where its time goes (packaging/bench --profile). Floor: base.
// Nobody listens in a program that is installed; then a step costs a load and a branch.
#pragma once

namespace pvm::base {

/// In the order in which a granted call takes them.
enum class Step {
  words,    // argv, environment, places, configuration
  resolve,  // what the operands lead to
  open,     // the vault
  trust,    // allowed_signers read, the effect's digest made
  lookup,   // candidates out of the vault
  verify,   // their signatures
  commit,   // the transaction that decides, uses and records
  sync,     // until that is on the disk
  spawn,    // until the child has become the command
  wait,     // until the command has ended
  outcome,  // recorded
};
inline constexpr int k_steps = static_cast<int>(Step::outcome) + 1;

/// Called at the end of each step that is taken; a step may be taken more than once.
using StepListener = void (*)(Step);
inline constinit StepListener g_step_listener = nullptr;

inline void end_of(Step step) {
  if (g_step_listener != nullptr) g_step_listener(step);
}

}  // namespace pvm::base
