// SPDX-License-Identifier: Apache-2.0
// Times as the clock on the wall shows them. What programs read stays in UTC.
#pragma once

#include <string>

#include "libpvm/base/time.hpp"

namespace pvm::pvmctl::ui {

/// How far the local time (TZ, else /etc/localtime) is ahead of UTC at `time`.
[[nodiscard]] base::Seconds local_offset(base::UnixTime time);
/// "UTC", "UTC+01:00", "UTC-03:30"
[[nodiscard]] std::string offset_text(base::Seconds offset);
/// "2026-11-21 13:40:28", so far ahead of UTC.
[[nodiscard]] std::string wall_time(base::UnixTime time, base::Seconds offset);
/// "2026-11-21 13:40–13:52", "2026-11-21 23:40–11-22 00:10"; within a minute as wall_time of `from`.
[[nodiscard]] std::string wall_span(base::UnixTime from, base::UnixTime until, base::Seconds offset);

}  // namespace pvm::pvmctl::ui
