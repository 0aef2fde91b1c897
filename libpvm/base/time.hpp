// SPDX-License-Identifier: Apache-2.0
// Time in whole seconds, and how people write it. Floor: base.
#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace pvm::base {

using UnixTime = std::chrono::sys_seconds;
using Seconds = std::chrono::seconds;

/// Passed in wherever a decision depends on the time, so that tests decide what time it is.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  [[nodiscard]] virtual UnixTime now() const = 0;
};

/// CLOCK_REALTIME.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] UnixTime now() const override;
};

[[nodiscard]] constexpr std::int64_t unix_seconds(UnixTime time) { return time.time_since_epoch().count(); }
[[nodiscard]] constexpr UnixTime from_unix(std::int64_t seconds) { return UnixTime(Seconds(seconds)); }

/// "90", "90s", "30m", "4h", "30d", "2w": a whole number and one unit (none: seconds), at least 1 s and at most
/// 100 years; nullopt for anything else.
[[nodiscard]] std::optional<Seconds> parse_duration(std::string_view text);
/// The two largest units: "30 d", "4 h 10 min", "12 s"; "0 s" for what is not positive.
[[nodiscard]] std::string human_duration(Seconds duration);
/// The moment that `parts` (tm_year to tm_sec) names in the machine's own zone (/etc/localtime, else UTC), whatever
/// the variable TZ says. Touches the process's TZ for the length of the call. nullopt for a date that does not exist.
[[nodiscard]] std::optional<UnixTime> from_machine_time(std::tm parts);
/// The same for UTC.
[[nodiscard]] std::optional<UnixTime> from_utc(std::tm parts);
/// "2026-11-21T09:30:00Z"
[[nodiscard]] std::string iso_time(UnixTime time);

}  // namespace pvm::base
