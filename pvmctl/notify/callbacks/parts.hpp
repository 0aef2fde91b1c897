// SPDX-License-Identifier: Apache-2.0
// What the callbacks have in common: headers, times, JSON, and how a decision is written.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "pvmctl/notify/callbacks/callback.hpp"

namespace pvm::notify::callbacks {

using Json = nlohmann::json;

[[nodiscard]] base::Failure untrusted(const char* why);
[[nodiscard]] base::Failure malformed(const char* why);

/// The value of the one header `name` (in lower case); its view lives as long as `incoming`. Errors: untrusted (absent, there
/// more than once, longer than 4 KiB).
[[nodiscard]] base::Result<std::string_view> only_header(const Incoming& incoming, std::string_view name);
/// Errors: limit.
[[nodiscard]] base::Result<void> check_size(std::string_view body);
/// Seconds since 1970, near `now`. Errors: untrusted.
[[nodiscard]] base::Result<void> check_time(std::string_view timestamp, base::UnixTime now);
/// Whether `given` is one of `secrets`; takes the same time whichever it is.
[[nodiscard]] bool is_one_of(std::string_view given, const std::vector<Secret>& secrets);

/// An object without a key twice, nested at most 32 deep. Errors: malformed.
[[nodiscard]] base::Result<Json> parse_object(std::string_view text);
/// A member that is a text of at most `most` bytes; empty where there is none.
[[nodiscard]] std::string text_of(const Json& object, const char* name, std::size_t most = 4096);
/// The member `name`, where it is an object; else an empty object. It lives as long as `object`.
[[nodiscard]] const Json& object_of(const Json& object, const char* name);
/// A member that is a whole number, as its decimal digits; empty where there is none.
[[nodiscard]] std::string number_of(const Json& object, const char* name);

/// "once", "30m" or "deny", and a secret; nullopt where they are not.
[[nodiscard]] std::optional<Answered> from_parts(std::string_view decision, std::string_view secret);
/// Decision and secret of a button's data (service.hpp).
[[nodiscard]] std::optional<Answered> from_button(std::string_view data);
/// The same of a line that a person wrote: "approve SECRET", "30m SECRET", "deny SECRET", "deny SECRET NOTE".
[[nodiscard]] std::optional<Answered> from_words(std::string_view line);
[[nodiscard]] bool is_button_secret(std::string_view text);
/// An id of a person: 1 to 254 bytes that need no escape.
[[nodiscard]] bool is_person(std::string_view text);

}  // namespace pvm::notify::callbacks
