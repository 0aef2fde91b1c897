// SPDX-License-Identifier: Apache-2.0
// pvm-serve notify test: one message through every channel, at once, and what became of it.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "pvmctl/context.hpp"
#include "pvmctl/notify/configuration.hpp"
#include "pvmctl/reply.hpp"

namespace pvm::pvmctl::serve {

/// The channels, approvers and page of the site's config.yaml. Errors: as parse_configuration; missing, unsafe, io.
[[nodiscard]] base::Result<notify::Configuration> read_configuration(Context& context);

/// Sends to `channels` (none: all) and waits for all of them. The status is 1 where one could not be told. Errors: as
/// read_configuration; usage (no such channel); missing (there is no channel).
[[nodiscard]] base::Result<Reply> test_channels(Context& context, const std::vector<std::string>& channels);

}  // namespace pvm::pvmctl::serve
