// SPDX-License-Identifier: Apache-2.0
// What is counted while serving, and how Prometheus reads it (its text format 0.0.4). Nothing in it names an agent, a
// path or a person. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "pvmctl/web/desk.hpp"

namespace pvm::pvmctl::web {

struct Metrics {
  std::array<std::uint64_t, 6> answers{};  // by the first digit of the status
  std::uint64_t refused_provenance = 0;
  std::uint64_t limited = 0;
  std::uint64_t logins = 0;
  std::uint64_t failed_logins = 0;
  std::uint64_t connections = 0;   // now
  std::uint64_t accepted = 0;
  std::uint64_t evicted = 0;       // closed so that another could be taken
  std::uint64_t timed_out = 0;
  std::uint64_t streams = 0;       // now
  std::uint64_t events_sent = 0;
  std::uint64_t sessions = 0;      // now
};

[[nodiscard]] std::string metrics_text(const Metrics& metrics, const Desk::Counts& counts);

}  // namespace pvm::pvmctl::web
