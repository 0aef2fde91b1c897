// SPDX-License-Identifier: Apache-2.0
#include "libpvm/base/time.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace pvm::base;

TEST_CASE("durations are a whole number and one unit") {
  CHECK(parse_duration("90") == Seconds(90));
  CHECK(parse_duration("90s") == Seconds(90));
  CHECK(parse_duration("30m") == Seconds(1800));
  CHECK(parse_duration("4h") == Seconds(14400));
  CHECK(parse_duration("30d") == Seconds(2592000));
  CHECK(parse_duration("2w") == Seconds(1209600));
  for (const char* bad : {"", "0", "0s", "-1", "+1", "1.5h", "h", "1 h", "01h", "1hh", "1y", "1H", "٣", "99999999999999999999",
                          "36501d", "18446744073709551615w"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration(bad).has_value());
  }
  CHECK(parse_duration("36500d").has_value());
}

TEST_CASE("durations as people say them") {
  CHECK(human_duration(Seconds(-5)) == "0 s");
  CHECK(human_duration(Seconds(12)) == "12 s");
  CHECK(human_duration(Seconds(60)) == "1 min");
  CHECK(human_duration(Seconds(15'000)) == "4 h 10 min");
  CHECK(human_duration(Seconds(2'592'000)) == "30 d");
  CHECK(human_duration(Seconds(86'400 + 60)) == "1 d");
}

TEST_CASE("times are written in UTC") {
  CHECK(iso_time(from_unix(0)) == "1970-01-01T00:00:00Z");
  CHECK(iso_time(from_unix(1'790'000'000)) == "2026-09-21T14:13:20Z");
}

TEST_CASE("a date that does not exist is no time") {
  std::tm parts{};
  parts.tm_year = 126;
  parts.tm_mon = 1;
  parts.tm_mday = 28;
  CHECK(from_utc(parts) == from_unix(1'772'236'800));
  parts.tm_mday = 30;
  CHECK_FALSE(from_utc(parts).has_value());
  parts.tm_mday = 1;
  parts.tm_hour = 24;
  CHECK_FALSE(from_utc(parts).has_value());
}

TEST_CASE("the variable TZ does not move a machine time, and is put back") {
  std::tm parts{};
  parts.tm_year = 126;
  parts.tm_mon = 5;
  parts.tm_mday = 15;
  ::unsetenv("TZ");
  const auto plain = from_machine_time(parts);
  ::setenv("TZ", "Pacific/Kiritimati", 1);
  CHECK(from_machine_time(parts) == plain);
  CHECK(std::string(std::getenv("TZ")) == "Pacific/Kiritimati");
  ::unsetenv("TZ");
}
