// SPDX-License-Identifier: Apache-2.0
// What a stranger writes into an HTTP request: a head, a target, a Cookie header, an origin. What is taken must be what
// the headers of those functions promise.
#include <algorithm>
#include <cstdlib>

#include "libpvm/base/text.hpp"
#include "pvmctl/web/http_words.hpp"
#include "pvmctl/web/origins.hpp"

using namespace pvm::pvmctl::web;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_target(std::string_view text) {
  const auto target = parse_target(text);
  if (!target) return;
  require(text.size() <= k_target_max_bytes && text.front() == '/');
  std::string path;
  for (const std::string& segment : target->path) {
    require(!segment.empty() && segment.front() != '.' && segment.find_first_of("/%\\\0", 0, 4) == std::string::npos);
    path += "/" + segment;
  }
  require((path.empty() ? "/" : path) == text.substr(0, text.find('?')));
  require(target->query.size() <= k_query_most);
  for (const auto& [name, value] : target->query) {
    require(!name.empty() && pvm::base::is_utf8(value));
    require(std::none_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
  }
}

void check_head(std::string_view text) {
  if (!head_fault(text).empty()) return;
  for (std::size_t i = 0; i < text.size(); ++i) {
    require(static_cast<unsigned char>(text[i]) < 0x7F);
    if (text[i] == '\n') require(i > 0 && text[i - 1] == '\r');
    if (text[i] == '\n' && i + 1 < text.size()) require(text[i + 1] != ' ' && text[i + 1] != '\t');
  }
}

void check_origin(std::string_view text) {
  const auto origin = parse_origin(text);
  if (!origin) return;
  require(parse_origin(*origin) == origin);  // it is its own form
  require(origin->find_first_of("@?# \t\r\n") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_target(text);
  check_head(text);
  check_origin(text);
  const auto cookie = find_cookie(text, "pvm-8765");
  if (cookie) require(cookie->find(';') == std::string::npos && text.find("pvm-8765=" + *cookie) != std::string_view::npos);
  return 0;
}
