// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/url.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace pvm::wrappers::git {
namespace {

constexpr std::string_view k_after_scheme = "://";

struct Scheme {
  std::string_view name;
  Transport transport;
};
constexpr std::array<Scheme, 9> k_schemes = {{{"file", Transport::local},
                                              {"ssh", Transport::ssh},
                                              {"git+ssh", Transport::ssh},
                                              {"ssh+git", Transport::ssh},
                                              {"git", Transport::git},
                                              {"http", Transport::http},
                                              {"https", Transport::http},
                                              {"ftp", Transport::http},
                                              {"ftps", Transport::http}}};

bool is_scheme_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

// "NAME" of "NAME::address"; empty where there is none.
std::string explicit_helper(const std::string& url) {
  const auto end = std::find_if_not(url.begin(), url.end(), is_scheme_character) - url.begin();
  const auto size = static_cast<std::size_t>(end);
  return size > 0 && url.compare(size, 2, "::") == 0 ? url.substr(0, size) : "";
}

// "NAME" of "NAME://…"; empty where there is none.
std::string scheme_of(const std::string& url) {
  const auto at = url.find(k_after_scheme);
  if (at == std::string::npos || at == 0) return {};
  const std::string name = url.substr(0, at);
  return std::ranges::all_of(name, is_scheme_character) ? name : std::string();
}

}  // namespace

Transport transport_of(const std::string& url) {
  if (!explicit_helper(url).empty()) return Transport::helper;
  const std::string scheme = scheme_of(url);
  if (!scheme.empty()) {
    std::string lower = scheme;
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const auto known = std::ranges::find(k_schemes, lower, &Scheme::name);
    return known == k_schemes.end() ? Transport::helper : known->transport;
  }
  const auto colon = url.find(':');
  const auto slash = url.find('/');
  const bool is_local = colon == std::string::npos || (slash != std::string::npos && slash < colon);
  return is_local ? Transport::local : Transport::ssh;
}

std::string helper_of(const std::string& url) {
  std::string name = explicit_helper(url);
  return name.empty() ? scheme_of(url) : name;
}

std::optional<std::string> local_path(const std::string& url) {
  if (transport_of(url) != Transport::local) return std::nullopt;
  const std::string scheme = scheme_of(url);
  if (scheme.empty()) return url.starts_with('~') ? std::nullopt : std::optional(url);
  const std::string path = url.substr(scheme.size() + k_after_scheme.size());
  const bool is_plain = path.starts_with('/') && !path.starts_with("/~") && path.find('%') == std::string::npos;
  return is_plain ? std::optional(path) : std::nullopt;
}

std::string without_password(std::string url) {
  const auto scheme = url.find(k_after_scheme);
  if (scheme == std::string::npos) return url;
  const auto host = scheme + k_after_scheme.size();
  const auto end = std::min(url.find('/', host), url.size());
  const auto at = url.rfind('@', end);
  if (at == std::string::npos || at < host || at >= end) return url;
  const auto colon = url.find(':', host);
  if (colon == std::string::npos || colon > at) return url;
  return url.erase(colon, at - colon);
}

}  // namespace pvm::wrappers::git
