// SPDX-License-Identifier: Apache-2.0
// Which keys the parts of config.yaml have, and what takes the value of each. Whether a part is whole is configuration.cpp's.
#pragma once

#include "libpvm/base/result.hpp"
#include "pvmctl/notify/config_tree.hpp"
#include "pvmctl/notify/configuration.hpp"

namespace pvm::notify {

/// Each sets what `map` says. Errors: malformed (no map, an unknown key, a value that is not its key's).
[[nodiscard]] base::Result<void> read_channel_keys(Channel& channel, const Tree& map, const Sources& sources);
[[nodiscard]] base::Result<void> read_approver_keys(Approver& approver, const Tree& map, const Sources& sources);
[[nodiscard]] base::Result<void> read_serve_keys(Serve& serve, const Tree& map, const Sources& sources);

}  // namespace pvm::notify
