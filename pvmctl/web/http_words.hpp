// SPDX-License-Identifier: Apache-2.0
// The words of an HTTP request that a stranger chooses, taken apart: target, cookies. Pure and strict: one written form
// of each thing, and anything else is refused (RFC 9110, RFC 3986, RFC 6265).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pvm::pvmctl::web {

inline constexpr std::size_t k_target_max_bytes = 2048;
inline constexpr std::size_t k_query_most = 16;

/// "/api/v1/requests?q=build" as {"api", "v1", "requests"} and {q: build}.
struct Target {
  std::vector<std::string> path;
  std::map<std::string, std::string, std::less<>> query;
};

/// nullopt for what does not start with '/', is longer than k_target_max_bytes, has a segment that is empty or holds
/// anything but letters, digits, '-', '_' and '.' (no escapes: nothing of ours needs one) or starts with '.', or a query
/// that is not name=value&…, with each name once, escapes that are whole, and values of plain UTF-8.
[[nodiscard]] std::optional<Target> parse_target(std::string_view target);

/// Why the head of a request, or what has come of it so far, is not read: empty where nothing is wrong with it. Lines end
/// in CR LF alone, none but the first begins with a space or a tab (a header that goes on in the next line), and no byte
/// is a control byte (but a tab) or above 0x7E. Parsers differ in what they make of those, and a proxy has another one.
[[nodiscard]] std::string_view head_fault(std::string_view head);

/// The value of the cookie `name` in a Cookie header. nullopt: it is not there, or oftener than once.
[[nodiscard]] std::optional<std::string> find_cookie(std::string_view header, std::string_view name);

}  // namespace pvm::pvmctl::web
