// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/serve/listening.hpp"

#include <doctest/doctest.h>

using namespace pvm::pvmctl::serve;

namespace {

using Names = std::vector<std::string>;

Names names(const Options& options) {
  const auto listening = listening_of(options);
  REQUIRE_MESSAGE(listening.has_value(), listening.error().message);
  return origins_of(options, *listening, listening->port);
}

Options at(const std::string& listen) {
  Options options;
  options.listen = listen;
  return options;
}

}  // namespace

TEST_CASE("on loopback the page has the names of loopback") {
  CHECK(names(at("127.0.0.1:8765")) == Names{"http://127.0.0.1:8765"});
  CHECK(names(at("[::1]:8765")) == Names{"http://[::1]:8765"});
  CHECK(names(at("localhost:8765")) == Names{"http://127.0.0.1:8765"});
}

TEST_CASE("where other machines reach it, it wants TLS or a proxy that speaks it") {
  for (const char* listen : {"0.0.0.0:8765", "[::]:8765", "192.168.1.2:8765", "127.0.0.2:8765", "[::ffff:127.0.0.1]:8765"}) {
    CHECK_MESSAGE(!listening_of(at(listen)), listen);
    Options tls = at(listen);
    tls.tls_certificate = "c.pem";
    tls.tls_key = "k.pem";
    CHECK_MESSAGE(listening_of(tls).has_value(), listen);
    Options proxy = at(listen);
    proxy.is_behind_proxy = true;
    CHECK_FALSE(listening_of(proxy));
    proxy.public_url = "http://pvm.example.org";
    CHECK_FALSE(listening_of(proxy));
    proxy.public_url = "https://pvm.example.org";
    CHECK(listening_of(proxy));
    CHECK(names(proxy) == Names{"https://pvm.example.org"});
    CHECK(transport_of(proxy) == pvm::pvmctl::web::Transport::secure);
  }
}

TEST_CASE("words that are no address, no URL or half of TLS are refused") {
  for (const char* listen : {"", "8765", ":8765", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"}) CHECK_FALSE(listening_of(at(listen)));
  Options half = at("127.0.0.1:1");
  half.tls_key = "k.pem";
  CHECK_FALSE(listening_of(half));
  Options url = at("127.0.0.1:1");
  url.public_url = "javascript:alert(1)";
  CHECK_FALSE(listening_of(url));
}
