// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/ui/local_time.hpp"

#include <cstdlib>
#include <ctime>

namespace pvm::pvmctl::ui {

base::Seconds local_offset(base::UnixTime time) {
  const std::time_t seconds = base::unix_seconds(time);
  std::tm parts{};
  ::tzset();
  if (::localtime_r(&seconds, &parts) == nullptr) return base::Seconds(0);
  return base::Seconds(parts.tm_gmtoff);
}

std::string offset_text(base::Seconds offset) {
  const auto minutes = std::abs(offset.count()) / 60;
  if (minutes == 0) return "UTC";
  const auto two = [](long long number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return std::string("UTC") + (offset.count() < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60);
}

std::string wall_time(base::UnixTime time, base::Seconds offset) {
  std::string text = base::iso_time(time + offset);
  if (text.ends_with('Z')) text.pop_back();
  if (const auto t = text.find('T'); t != std::string::npos) text[t] = ' ';
  return text;
}

std::string wall_span(base::UnixTime from, base::UnixTime until, base::Seconds offset) {
  constexpr std::size_t k_year = 5;      // "2026-"
  constexpr std::size_t k_day = 11;      // "2026-11-21 "
  constexpr std::size_t k_minute = 16;   // "2026-11-21 13:40"
  const std::string first = wall_time(from, offset);
  const std::string last = wall_time(until, offset);
  const auto is_same = [&first, &last](std::size_t size) { return first.compare(0, size, last, 0, size) == 0; };
  if (is_same(k_minute) || first.size() < k_minute || last.size() < k_minute) return first;
  const std::size_t known = is_same(k_day) ? k_day : is_same(k_year) ? k_year : 0;
  return first.substr(0, k_minute) + "–" + last.substr(known, k_minute - known);
}

}  // namespace pvm::pvmctl::ui
