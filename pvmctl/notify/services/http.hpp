// SPDX-License-Identifier: Apache-2.0
// What the services that speak JSON over HTTP have in common.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "pvmctl/notify/configuration.hpp"
#include "pvmctl/notify/errand.hpp"

namespace pvm::notify::forms {

using Json = nlohmann::ordered_json;

/// A call that sends `body` to `url`.
[[nodiscard]] Transfer json_call(const Channel& channel, Secret url, const Json& body);
/// "NAME: VALUE"
[[nodiscard]] Secret header(std::string_view name, const std::string& value);
/// The body as JSON; null where it is none.
[[nodiscard]] Json json_of(const Answer& answer);
/// A member that is a text, or a number as its text; empty where there is none.
[[nodiscard]] std::string member(const Json& object, const char* name);
/// Of a status alone: 2xx is sent; 429 and 5xx are worth another try; anything else failed, with `complaint` behind it.
[[nodiscard]] Reading read_status(const Answer& answer, const std::string& complaint);

}  // namespace pvm::notify::forms
