// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/retry.hpp"

#include <algorithm>

namespace pvm::notify {

std::optional<base::Seconds> wait_after(int attempt, std::optional<base::Seconds> retry_after, base::UnixTime now,
                                        base::UnixTime end) {
  if (attempt < 1 || attempt >= k_most_attempts) return std::nullopt;
  const base::Seconds wait = std::max(base::Seconds(std::int64_t{1} << (attempt - 1)), retry_after.value_or(base::Seconds(0)));
  if (end <= now || wait >= end - now) return std::nullopt;
  return wait;
}

}  // namespace pvm::notify
