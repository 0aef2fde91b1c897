// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/origins.hpp"

#include <algorithm>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"

namespace pvm::pvmctl::web {
namespace {

using base::Code;
using base::fail;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view authority_of(std::string_view origin) { return origin.substr(origin.find("//") + 2); }

bool is_host(std::string_view host) {
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string_view inner = is_bracketed ? host.substr(1, host.size() - 2) : host;
  const std::string_view others = is_bracketed ? ":." : ".-";
  return !inner.empty() && std::ranges::all_of(inner, [others](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::optional<std::string> parse_origin(std::string_view url) {
  std::string text(url);
  std::ranges::transform(text, text.begin(), lower);
  std::string_view rest = text;
  const bool is_https = rest.starts_with("https://");
  if (!is_https && !rest.starts_with("http://")) return std::nullopt;
  rest.remove_prefix(is_https ? 8 : 7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const std::size_t colon = rest.find(':', rest.find(']') == std::string_view::npos ? 0 : rest.find(']'));
  const std::string_view host = rest.substr(0, colon);
  if (!is_host(host)) return std::nullopt;
  std::string origin = std::string(is_https ? "https://" : "http://") + std::string(host);
  if (colon == std::string_view::npos) return origin;
  const auto port = base::parse_decimal(rest.substr(colon + 1), 65535);
  if (!port || *port == 0) return std::nullopt;
  const bool is_default = *port == (is_https ? 443U : 80U);
  return is_default ? origin : origin + ":" + std::to_string(*port);
}

base::Result<void> Origins::check(const Provenance& from) const {
  std::string host(from.host);
  std::ranges::transform(host, host.begin(), lower);
  const auto is_called = [&host](const std::string& origin) { return authority_of(origin) == host; };
  const auto ours = std::ranges::find_if(origins_, is_called);
  if (ours == origins_.end()) {
    return fail(Code::refused, "this page is not called " + base::quoted(from.host, 128), "it is at " + first());
  }
  if (from.origin && *from.origin != *ours) return fail(Code::refused, "sent from another page");
  if (from.purpose == Purpose::changes && !from.origin) return fail(Code::refused, "no Origin is given");
  if (from.purpose == Purpose::shows || !from.fetch_site || *from.fetch_site == "same-origin") return {};
  if (from.purpose == Purpose::reads && *from.fetch_site == "none") return {};
  return fail(Code::refused, "sent from another site");
}

}  // namespace pvm::pvmctl::web
