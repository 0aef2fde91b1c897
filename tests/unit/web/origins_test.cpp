// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/origins.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace pvm::pvmctl::web;

namespace {

using Header = std::optional<std::string_view>;

struct Case {
  Purpose purpose;
  std::string_view host;
  Header origin;
  Header fetch_site;
  bool is_good;
};

constexpr Header k_none = std::nullopt;
constexpr std::string_view k_ours = "http://127.0.0.1:8765";

const Case k_cases[] = {
    {Purpose::reads, "127.0.0.1:8765", k_none, k_none, true},
    {Purpose::reads, "localhost:8765", k_none, k_none, true},
    {Purpose::reads, "LOCALHOST:8765", k_none, k_none, true},
    {Purpose::reads, "127.0.0.1:8765", k_ours, "same-origin", true},
    {Purpose::reads, "127.0.0.1:8765", k_none, "none", true},
    {Purpose::changes, "127.0.0.1:8765", k_ours, k_none, true},
    {Purpose::changes, "127.0.0.1:8765", k_ours, "same-origin", true},
    {Purpose::shows, "127.0.0.1:8765", k_none, "cross-site", true},
    // a domain that was made to point here
    {Purpose::shows, "evil.example", k_none, k_none, false},
    {Purpose::reads, "evil.example:8765", k_none, k_none, false},
    {Purpose::reads, "127.0.0.1.evil.example:8765", k_none, k_none, false},
    {Purpose::reads, "127.0.0.1", k_none, k_none, false},
    {Purpose::reads, "127.0.0.1:8766", k_none, k_none, false},
    {Purpose::reads, "", k_none, k_none, false},
    {Purpose::reads, "127.0.0.1:8765,evil.example", k_none, k_none, false},
    {Purpose::reads, "user@127.0.0.1:8765", k_none, k_none, false},
    // another page; the same host on another port; another name of ours
    {Purpose::changes, "127.0.0.1:8765", "https://evil.example", k_none, false},
    {Purpose::changes, "127.0.0.1:8765", "http://127.0.0.1:9999", k_none, false},
    {Purpose::changes, "127.0.0.1:8765", "http://localhost:8765", k_none, false},
    {Purpose::changes, "127.0.0.1:8765", "https://127.0.0.1:8765", k_none, false},
    {Purpose::changes, "127.0.0.1:8765", "null", k_none, false},
    {Purpose::changes, "127.0.0.1:8765", "", k_none, false},
    {Purpose::changes, "127.0.0.1:8765", k_none, k_none, false},
    {Purpose::changes, "127.0.0.1:8765", "http://127.0.0.1:8765/", k_none, false},
    {Purpose::reads, "127.0.0.1:8765", "http://evil.example", k_none, false},
    {Purpose::reads, "127.0.0.1:8765", k_none, "cross-site", false},
    {Purpose::reads, "127.0.0.1:8765", k_none, "same-site", false},
    {Purpose::changes, "127.0.0.1:8765", k_ours, "same-site", false},
    {Purpose::changes, "127.0.0.1:8765", k_ours, "none", false},
};

}  // namespace

TEST_CASE("only our own names are answered, and only our own page changes anything") {
  const Origins origins({std::string(k_ours), "http://localhost:8765"});
  for (const Case& one : k_cases) {
    INFO(one.host << " " << one.origin.value_or("-") << " " << one.fetch_site.value_or("-"));
    CHECK(origins.check({one.purpose, one.host, one.origin, one.fetch_site}).has_value() == one.is_good);
  }
}

TEST_CASE("an origin is scheme, host and port, in one form") {
  CHECK(parse_origin("http://127.0.0.1:8765") == "http://127.0.0.1:8765");
  CHECK(parse_origin("HTTPS://PVM.Example.org/") == "https://pvm.example.org");
  CHECK(parse_origin("https://pvm.example.org:443") == "https://pvm.example.org");
  CHECK(parse_origin("http://h:80") == "http://h");
  CHECK(parse_origin("http://h:443") == "http://h:443");
  CHECK(parse_origin("http://[::1]:8765") == "http://[::1]:8765");
  CHECK(parse_origin("http://[::1]") == "http://[::1]");
  for (const char* text : {"", "h", "ftp://h", "http://", "http:///", "http://h/x", "http://u@h", "http://h:0", "http://h:65536", "http://h:08",
                           "http://h:", "http://h?x", "http://h#x", "http://h h", "http://[::1", "http://::1", "javascript:alert(1)", "http://a:b:1"}) {
    CHECK_MESSAGE(!parse_origin(text), text);
  }
}
