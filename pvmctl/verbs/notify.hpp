// SPDX-License-Identifier: Apache-2.0
// The words of `notify`, for pvmctl, which hands them on, and for pvm-serve, which does what they say.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pvmctl/cli.hpp"

namespace pvm::pvmctl {

/// notify test, of these channels; none: of all.
using NotifyWork = std::function<base::Result<Reply>(const std::vector<std::string>& channels)>;

void add_notify_verbs(CLI::App& app, Program& program, NotifyWork work);

}  // namespace pvm::pvmctl
