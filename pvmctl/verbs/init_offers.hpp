// SPDX-License-Identifier: Apache-2.0
// The end of init: two standing grants that keep ordinary clean-up quiet.
#pragma once

#include "pvmctl/context.hpp"
#include "pvmctl/reply.hpp"

namespace pvm::pvmctl {

/// Asks, where standard input and error are a terminal, and adds to `reply` what was granted. Each grant is shown before it is
/// signed. What is not granted, or fails, is no failure of init: it is said with how to do it later.
void offer_allowances(Context& context, Reply& reply);

}  // namespace pvm::pvmctl
