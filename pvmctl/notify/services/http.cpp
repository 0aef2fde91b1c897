// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/services/http.hpp"

#include "pvmctl/notify/services/forms.hpp"

namespace pvm::notify::forms {

Transfer json_call(const Channel& channel, Secret url, const Json& body) {
  Transfer transfer;
  transfer.url = std::move(url);
  transfer.ca_file = channel.ca_file;
  transfer.headers.emplace_back("Content-Type: application/json; charset=utf-8");
  transfer.body = body.dump();  // whatever is in it went through base::display, and so is UTF-8
  return transfer;
}

Secret header(std::string_view name, const std::string& value) { return Secret(std::string(name) + ": " + value); }

Json json_of(const Answer& answer) {
  Json parsed = Json::parse(answer.body, nullptr, false);
  return parsed.is_discarded() ? Json() : parsed;
}

std::string member(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || found == object.end()) return {};
  if (found->is_string()) return found->get<std::string>();
  return found->is_number_integer() ? found->dump() : std::string();
}

Reading read_status(const Answer& answer, const std::string& complaint) {
  Reading reading;
  if (answer.status >= 200 && answer.status < 300) {
    reading.outcome = Outcome::sent;
    return reading;
  }
  const bool is_passing = answer.status == 429 || answer.status >= 500;
  reading.outcome = is_passing ? Outcome::will_retry : Outcome::failed;
  reading.why = "status " + std::to_string(answer.status) + (complaint.empty() ? "" : ": " + complaint);
  return reading;
}

Reading read_plain(const Answer& answer) { return read_status(answer, {}); }

}  // namespace pvm::notify::forms
