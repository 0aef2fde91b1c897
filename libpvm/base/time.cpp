// SPDX-License-Identifier: Apache-2.0
#include "libpvm/base/time.hpp"

#include <array>
#include <cstdlib>

#include "libpvm/base/bytes.hpp"

namespace pvm::base {

UnixTime SystemClock::now() const {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::optional<Seconds> parse_duration(std::string_view text) {
  constexpr std::uint64_t longest = 100ULL * 365 * 24 * 3600;
  if (text.empty()) return std::nullopt;
  std::uint64_t unit = 1;
  switch (text.back()) {
    case 's': unit = 1; break;
    case 'm': unit = 60; break;
    case 'h': unit = 3600; break;
    case 'd': unit = 24 * 3600; break;
    case 'w': unit = 7 * 24 * 3600; break;
    default: unit = 0; break;
  }
  if (unit != 0) {
    text.remove_suffix(1);
  } else {
    unit = 1;
  }
  const auto number = parse_decimal(text, longest);
  if (!number || *number == 0 || *number > longest / unit) return std::nullopt;
  return Seconds(static_cast<std::int64_t>(*number * unit));
}

std::string human_duration(Seconds duration) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  constexpr std::array<Unit, 4> units = {{{86400, " d"}, {3600, " h"}, {60, " min"}, {1, " s"}}};
  std::int64_t left = duration.count();
  if (left <= 0) return "0 s";
  std::string out;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::int64_t n = left / units[i].seconds;
    if (n == 0) continue;
    out = std::to_string(n) + units[i].name;
    left -= n * units[i].seconds;
    if (i + 1 < units.size() && left / units[i + 1].seconds > 0) {
      out += " " + std::to_string(left / units[i + 1].seconds) + units[i + 1].name;
    }
    break;
  }
  return out;
}

namespace {

// `seconds` if it is what `parts` named: mktime and timegm turn 31 February into 3 March.
std::optional<UnixTime> if_unchanged(std::time_t seconds, const std::tm& asked, const std::tm& got) {
  const bool same = asked.tm_year == got.tm_year && asked.tm_mon == got.tm_mon && asked.tm_mday == got.tm_mday &&
                    asked.tm_hour == got.tm_hour && asked.tm_min == got.tm_min && asked.tm_sec == got.tm_sec;
  if (!same) return std::nullopt;
  return from_unix(seconds);
}

}  // namespace

std::optional<UnixTime> from_machine_time(std::tm parts) {
  const char* before = std::getenv("TZ");
  const std::optional<std::string> saved = before == nullptr ? std::nullopt : std::optional<std::string>(before);
  ::unsetenv("TZ");
  ::tzset();
  std::tm got = parts;
  got.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&got);
  if (saved) ::setenv("TZ", saved->c_str(), 1);
  ::tzset();
  return if_unchanged(seconds, parts, got);
}

std::optional<UnixTime> from_utc(std::tm parts) {
  std::tm got = parts;
  const std::time_t seconds = ::timegm(&got);
  return if_unchanged(seconds, parts, got);
}

std::string iso_time(UnixTime time) {
  const std::time_t seconds = unix_seconds(time);
  std::tm parts{};
  std::array<char, 48> text{};
  if (gmtime_r(&seconds, &parts) == nullptr) return std::to_string(seconds);
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace pvm::base
