// SPDX-License-Identifier: Apache-2.0
// Waiting for a human. Floor: gate.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/system/environment.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::gate {

/// Called once, when the answer is there; any may be empty.
struct DecisionCallbacks {
  std::function<void(const vault::Request&)> approved;
  std::function<void(const vault::Request&)> denied;
  /// Called once too, when somebody was told of the request while it waits.
  std::function<void(const vault::Request&)> told;
};

/// Waits until the request is not pending any more or `timeout` is over, and returns it as it is then (pending:
/// the time was over). Looks at the vault at once, then as soon as somebody writes to it, and again in ever longer steps up to 10 s;
/// every 100 ms where it cannot be watched. A signal ends the process as ever; the request stays. Errors: as the vault's.
[[nodiscard]] base::Result<vault::Request> wait_for_decision(vault::Vault& vault, const base::RequestId& request,
                                                             base::Seconds timeout, const base::Clock& clock,
                                                             const DecisionCallbacks& callbacks = {});

/// PVM_WAIT and PVM_REASON.
struct Asking {
  base::Seconds wait{0};  // 0: ask, do not wait
  std::string reason;
};
/// nullopt where PVM_WAIT is not set. Errors: usage, for a PVM_WAIT that is not 0 to 24 h, and what check_reason says.
[[nodiscard]] base::Result<std::optional<Asking>> read_asking(const system::Environment& environment);

/// Errors: usage, for a reason that is empty, a filler ("<why>", "...", "todo") or over k_reason_max_bytes.
[[nodiscard]] base::Result<void> check_reason(std::string_view reason);

}  // namespace pvm::gate
