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

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// What `url` begins with that could be a scheme or the name of a helper.
std::string_view name_in(std::string_view url) {
  if (url.empty() || !is_letter(url.front())) return {};
  const auto end = std::ranges::find_if_not(url, [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'; });
  return url.substr(0, static_cast<std::size_t>(end - url.begin()));
}

// "NAME" of "NAME::address"; empty where there is none.
std::string explicit_helper(const std::string& url) {
  const auto name = name_in(url);
  return url.compare(name.size(), 2, "::") == 0 ? std::string(name) : "";
}

// "NAME" of "NAME://…"; empty where there is none.
std::string scheme_of(const std::string& url) {
  const auto name = name_in(url);
  return url.compare(name.size(), k_after_scheme.size(), k_after_scheme) == 0 ? std::string(name) : "";
}

std::optional<char> digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<char>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<char>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<char>(c - 'A' + 10);
  return std::nullopt;
}

// As git decodes a URL: what is no escape, and %00, stays as it is.
std::string decoded(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const auto high = text.size() > 2 && text.front() == '%' ? digit(text[1]) : std::nullopt;
    const auto low = high ? digit(text[2]) : std::nullopt;
    const int value = low ? *high * 16 + *low : 0;
    plain += value != 0 ? static_cast<char>(value) : text.front();
    text.remove_prefix(value != 0 ? 3 : 1);
  }
  return plain;
}

}  // namespace

Transport transport_of(const std::string& url) {
  if (!explicit_helper(url).empty()) return Transport::helper;
  const std::string scheme = scheme_of(url);
  if (!scheme.empty()) {
    // To the letter: "SSH://" is for a helper of that name.
    const auto known = std::ranges::find(k_schemes, scheme, &Scheme::name);
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
  // git leaves out what stands for a host, and the other side expands "~"; neither is a path to look at.
  std::string path = scheme.empty() ? url : decoded(url.substr(scheme.size() + k_after_scheme.size()));
  if (path.starts_with('~') || (!scheme.empty() && !path.starts_with('/'))) return std::nullopt;
  return path;
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
