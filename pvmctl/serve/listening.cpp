// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/serve/listening.hpp"

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/web/origins.hpp"

namespace pvm::pvmctl::serve {
namespace {

using base::Code;
using base::fail;
using base::Result;

bool is_loopback(const std::string& address) { return address == "127.0.0.1" || address == "::1"; }

std::string bracketed(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

}  // namespace

Result<web::Listening> listening_of(const Options& options) {
  const std::string& text = options.listen;
  const std::size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : base::parse_decimal(text.substr(colon + 1), 65535);
  if (!port || colon == 0) return fail(Code::usage, base::quoted(text, 128) + " is no address:port", "such as 127.0.0.1:8765");
  web::Listening listening;
  listening.address = text.substr(0, colon);
  if (listening.address == "localhost") listening.address = "127.0.0.1";
  const bool is_bracketed = listening.address.starts_with('[') && listening.address.ends_with(']');
  if (is_bracketed) listening.address = listening.address.substr(1, listening.address.size() - 2);
  listening.port = static_cast<std::uint16_t>(*port);
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return fail(Code::usage, "TLS takes a certificate and its key", "give both: --tls-certificate and --tls-key");
  }
  if (!options.tls_certificate.empty()) listening.tls = web::Tls{options.tls_certificate, options.tls_key};
  if (!options.public_url.empty() && !web::parse_origin(options.public_url)) {
    return fail(Code::usage, base::quoted(options.public_url, 256) + " is no URL of a page", "such as https://pvm.example.org");
  }
  if (options.is_behind_proxy && options.public_url.empty()) {
    return fail(Code::usage, "behind a proxy the page is called by another name", "give it: --public-url https://pvm.example.org");
  }
  if (options.is_behind_proxy && !web::parse_origin(options.public_url)->starts_with("https://")) {
    return fail(Code::usage, "the proxy is to speak TLS", "give its URL: --public-url https://pvm.example.org");
  }
  if (!is_loopback(listening.address) && !listening.tls && !options.is_behind_proxy) {
    return fail(Code::usage, "other machines reach " + base::quoted(listening.address, 128) + ", and would send all of it in the clear",
                "give --tls-certificate and --tls-key, or put a proxy before it: --behind-proxy --public-url URL");
  }
  return listening;
}

std::vector<std::string> origins_of(const Options& options, const web::Listening& listening, std::uint16_t port) {
  std::vector<std::string> origins;
  if (const auto given = web::parse_origin(options.public_url)) origins.push_back(*given);
  if (options.is_behind_proxy) return origins;
  const std::string scheme = listening.tls ? "https://" : "http://";
  const std::string at = ":" + std::to_string(port);
  const auto add = [&](const std::string& host) {
    if (const auto origin = web::parse_origin(scheme + host + at)) origins.push_back(*origin);
  };
  const bool is_any = listening.address == "0.0.0.0" || listening.address == "::";
  if (!is_any) add(bracketed(listening.address));
  // Of another's server at the other loopback address a browser might get "localhost", with our origin.
  if (is_any) add("localhost");
  return origins;
}

web::Transport transport_of(const Options& options) {
  return options.is_behind_proxy || !options.tls_certificate.empty() ? web::Transport::secure : web::Transport::plain;
}

}  // namespace pvm::pvmctl::serve
