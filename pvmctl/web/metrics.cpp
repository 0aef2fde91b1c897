// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/metrics.hpp"

namespace pvm::pvmctl::web {
namespace {

enum class Kind { counter, gauge };

void add(std::string& text, Kind kind, std::string_view name, std::string_view help, std::uint64_t value) {
  const std::string full = "pvm_" + std::string(name);
  text += "# HELP " + full + " " + std::string(help) + "\n# TYPE " + full;
  text += kind == Kind::counter ? " counter\n" : " gauge\n";
  text += full + " " + std::to_string(value) + "\n";
}

}  // namespace

std::string metrics_text(const Metrics& metrics, const Desk::Counts& counts) {
  std::string text = "# HELP pvm_http_answers_total Answers, by the class of their status.\n# TYPE pvm_http_answers_total counter\n";
  for (std::size_t digit = 2; digit < metrics.answers.size(); ++digit) {
    text += "pvm_http_answers_total{class=\"" + std::to_string(digit) + "xx\"} " + std::to_string(metrics.answers[digit]) + "\n";
  }
  add(text, Kind::counter, "http_foreign_total", "Requests refused for their Host, Origin or Sec-Fetch-Site.", metrics.refused_provenance);
  add(text, Kind::counter, "http_limited_total", "Requests refused for their rate.", metrics.limited);
  add(text, Kind::counter, "logins_total", "Sessions opened.", metrics.logins);
  add(text, Kind::counter, "logins_failed_total", "Links that opened nothing.", metrics.failed_logins);
  add(text, Kind::gauge, "sessions", "Sessions that were open at the last login or logout.", metrics.sessions);
  add(text, Kind::gauge, "connections", "Connections now.", metrics.connections);
  add(text, Kind::counter, "connections_total", "Connections accepted.", metrics.accepted);
  add(text, Kind::counter, "connections_evicted_total", "Connections closed to make room.", metrics.evicted);
  add(text, Kind::counter, "connections_timed_out_total", "Connections that took too long.", metrics.timed_out);
  add(text, Kind::gauge, "event_streams", "Listeners now.", metrics.streams);
  add(text, Kind::counter, "event_bytes_total", "Bytes of events sent.", metrics.events_sent);
  add(text, Kind::gauge, "requests_pending", "Requests that wait for an answer.", counts.pending);
  add(text, Kind::gauge, "grants_live", "Grants that are not over, used up or revoked.", counts.live);
  add(text, Kind::gauge, "locked", "1 while the stop switch is on.", counts.is_locked ? 1 : 0);
  return text;
}

}  // namespace pvm::pvmctl::web
