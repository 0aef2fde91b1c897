// SPDX-License-Identifier: Apache-2.0
// Every exit status of ours, in one place. Floor: frontend.
#pragma once

#include "libpvm/base/result.hpp"

namespace pvm::frontend {

/// Wrappers end with the command's own status, or one of these; pvmctl with one of these.
enum ExitStatus : int {
  k_exit_done = 0,
  k_exit_refused = 1,          ///< no grant, denied, not granted
  k_exit_usage = 2,            ///< pvmctl: the words are off
  k_exit_pending = 75,         ///< asked, no answer yet (EX_TEMPFAIL: trying again later may work)
  k_exit_undecided = 125,      ///< PVM could not decide
  k_exit_not_executable = 126, ///< the real command is there and cannot be run
  k_exit_not_found = 127,      ///< the real command is not there
};

/// usage -> 2; refused, conflict, exists, limit -> 1; no_command -> 127; cannot_execute -> 126; everything else -> 125.
[[nodiscard]] ExitStatus exit_status_of(base::Code code);

}  // namespace pvm::frontend
