// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/url_authority.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "libpvm/base/bytes.hpp"

namespace pvm::model {
namespace {

using base::Code;
using base::fail;
using base::Result;
constexpr auto npos = std::string_view::npos;

std::optional<std::string> canonical_ipv6(std::string_view inside) {
  if (inside.find('\0') != npos) return std::nullopt;
  in6_addr address{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_pton(AF_INET6, std::string(inside).c_str(), &address) != 1) return std::nullopt;
  if (inet_ntop(AF_INET6, &address, text.data(), text.size()) == nullptr) return std::nullopt;
  return std::string(text.data());
}

bool is_host_byte(char c, Reading reading) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
         (c == k_wildcard && reading == Reading::pattern);
}

Result<std::string> host_name(std::string_view text, Reading reading) {
  if (text.empty()) return fail(Code::malformed, "it names no host");
  if (text.front() == '.' || text.back() == '.' || text.find("..") != npos) {
    return fail(Code::malformed, "a dot at the wrong place in its host");
  }
  if (text.front() == '-') return fail(Code::malformed, "a host that begins with '-'");
  std::string host(text);
  for (char& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (!is_host_byte(c, reading)) return fail(Code::malformed, "a byte in its host that no host name has");
  }
  return escape(host, Escape::user);
}

// ":22", ":" or nothing.
Result<std::string> port_number(std::string_view text, std::string_view by_default) {
  if (text.empty() || text == ":") return std::string();
  if (text.front() != ':') return fail(Code::malformed, "something between its host and its path");
  text.remove_prefix(1);
  while (text.size() > 1 && text.starts_with('0')) text.remove_prefix(1);
  const auto number = base::parse_decimal(text, 65535);
  if (!number || *number == 0) return fail(Code::malformed, "a port that is no number from 1 to 65535");
  return text == by_default ? std::string() : std::string(text);
}

// HOST[:PORT] beside a user name in its escaped form.
Result<Authority> with_host(std::string user, std::string_view text, const AuthorityRules& rules) {
  Authority authority{std::move(user), {}, {}};
  std::size_t size = bracketed_ipv6(text);
  if (size != 0) {
    authority.host = "[" + canonical_ipv6(text.substr(1, size - 2)).value() + "]";
  } else {
    size = std::min(text.find(':'), text.size());
    auto host = host_name(text.substr(0, size), rules.reading);
    if (!host) return base::pass_on(host);
    authority.host = *std::move(host);
  }
  auto port = port_number(text.substr(size), rules.default_port);
  if (!port) return base::pass_on(port);
  authority.port = *std::move(port);
  return authority;
}

}  // namespace

std::string Authority::text() const {
  return (user.empty() ? "" : user + "@") + host + (port.empty() ? "" : ":" + port);
}

// What hands it on takes the last '@' for the end of the user name.
Result<Authority> git_authority(std::string_view text, const AuthorityRules& rules) {
  const std::size_t at = text.rfind('@');
  if (at == npos) return with_host({}, text, rules);
  const std::string_view user = text.substr(0, at);
  if (user.empty()) return fail(Code::malformed, "an empty user name");
  if (user.find(':') != npos) return fail(Code::malformed, "a password, which ssh does not take");
  return with_host(escape(user, Escape::user), text.substr(at + 1), rules);
}

Result<Authority> ssh_authority(std::string_view text, const AuthorityRules& rules) {
  const std::size_t open = text.find('[');
  const std::size_t close = text.find(']');
  const bool holds_more = open != npos && close != npos && bracketed_ipv6(text.substr(open)) == 0;
  if (!holds_more) return git_authority(text, rules);

  const std::string before(text.substr(0, open));
  const std::string_view after = text.substr(close + 1);
  if (close < open || !(before.empty() || before.ends_with('@')) || !(after.empty() || after.starts_with(':'))) {
    return fail(Code::malformed, "brackets at the wrong place");
  }
  const std::string_view inside = text.substr(open + 1, close - open - 1);
  const std::size_t user_size = inside.rfind('@') + 1;  // 0 for none
  if (user_size != 0 && !before.empty()) return fail(Code::malformed, "two user names");
  const std::string user = before + std::string(inside.substr(0, user_size));
  const std::string host(inside.substr(user_size));
  if (canonical_ipv6(host)) return git_authority(user + "[" + host + "]" + std::string(after), rules);
  if (host.find(':') != npos && !after.empty()) return fail(Code::malformed, "two ports");
  return git_authority(user + host + std::string(after), rules);
}

Result<Authority> web_authority(std::string_view text, const AuthorityRules& rules) {
  const std::size_t at = text.find('@');
  if (at == npos) return with_host({}, text, rules);
  if (text.rfind('@') != at) return fail(Code::malformed, "two '@' before the path");
  const std::size_t colon = text.substr(0, at).find(':');
  if (colon != npos && rules.reading == Reading::pattern) return fail(Code::malformed, "a password");
  const auto user = unescape(text.substr(0, std::min(at, colon)));
  if (!user) return base::pass_on(user);
  return with_host(escape(*user, Escape::user), text.substr(at + 1), rules);
}

std::size_t bracketed_ipv6(std::string_view text) {
  const std::size_t close = text.find(']');
  if (!text.starts_with('[') || close == npos) return 0;
  return canonical_ipv6(text.substr(1, close - 1)) ? close + 1 : 0;
}

}  // namespace pvm::model
