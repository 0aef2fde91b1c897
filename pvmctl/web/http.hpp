// SPDX-License-Identifier: Apache-2.0
// A request and an answer as the front sees them, whatever carried them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pvm::pvmctl::web {

inline constexpr std::size_t k_head_max_bytes = 8 * 1024;
inline constexpr std::size_t k_body_max_bytes = 16 * 1024;

struct HttpRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, in the order they came
  std::string body;
  std::string peer;  // the address at the other end
};

struct Answer {
  unsigned status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};  // beside those that every answer has
  bool ends_connection = false;
};

/// Work that takes its time, to be done in the other thread.
struct Later {
  std::function<Answer()> work;
};

/// The events from now on, or from `after` on, for as long as session `session` is open.
struct EventStream {
  std::uint64_t session = 0;
  std::uint64_t after = 0;
};

using Outcome = std::variant<Answer, Later, EventStream>;

/// What every answer says beside its own: what a browser may do with it (nothing but show the page and its two files), and
/// that nothing is kept.
[[nodiscard]] const std::vector<std::pair<std::string_view, std::string_view>>& common_headers();

}  // namespace pvm::pvmctl::web
