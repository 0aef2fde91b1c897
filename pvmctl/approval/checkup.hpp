// SPDX-License-Identifier: Apache-2.0
// What is set up here, and what of it is unsafe: the checks of `doctor`.
#pragma once

#include <string>
#include <vector>

#include "pvmctl/context.hpp"

namespace pvm::pvmctl::approval {

enum class Health {
  good,
  note,    ///< works, but a person may want to know
  unsafe,  ///< broken, or weaker than it looks
};
/// "ok", "note", "unsafe"
[[nodiscard]] std::string_view to_text(Health health);

struct Finding {
  std::string check;  // "vault", "key", …
  Health health = Health::good;
  std::string message;  // fit for display
  std::string hint;
};

/// Looks at everything; one check that fails does not keep the others from being made.
[[nodiscard]] std::vector<Finding> check_up(Context& context);

}  // namespace pvm::pvmctl::approval
