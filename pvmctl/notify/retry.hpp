// SPDX-License-Identifier: Apache-2.0
// When a channel that could not be told is tried again. Pure.
#pragma once

#include <optional>

#include "libpvm/base/time.hpp"

namespace pvm::notify {

inline constexpr int k_most_attempts = 4;

/// How long to wait after attempt number `attempt` (from 1) failed: 1, 2 and 4 s, or `retry_after` where that is longer.
/// nullopt: no more, since that was the last, or since the next would not come before `end`.
[[nodiscard]] std::optional<base::Seconds> wait_after(int attempt, std::optional<base::Seconds> retry_after, base::UnixTime now,
                                                      base::UnixTime end);

}  // namespace pvm::notify
