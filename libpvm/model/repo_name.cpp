// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/repo_name.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"
#include "libpvm/model/redact.hpp"
#include "libpvm/model/repo_address.hpp"
#include "libpvm/model/repo_pattern.hpp"

namespace pvm::model {
namespace {

constexpr std::size_t k_max_shown_bytes = 200;  // of an address, in an error
constexpr std::string_view k_refs = "refs/";

// What a helper is given is escaped as a whole.
bool is_escaped_component(std::string_view text) {
  const auto plain = unescape(text);
  return plain && !plain->empty() && text != "." && text != ".." && escape(*plain, Escape::all) == text;
}

bool is_normal_url(std::string_view url) {
  const std::size_t colon = std::min(url.find(':'), url.size());
  if (!is_helper_scheme(url.substr(0, colon))) {
    const auto again = normal_address(url, {}, Reading::address);
    return again && *again == url;
  }
  for (const std::string_view divider : {"://", "::"}) {
    if (url.substr(colon).starts_with(divider)) return is_escaped_component(url.substr(colon + divider.size()));
  }
  return false;
}

bool is_ref_component(std::string_view component) {
  return !component.empty() && !component.starts_with('.') && !component.ends_with(".lock");
}

bool is_ref_byte(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != '\x7F' && std::string_view("~^:?*[\\").find(c) == std::string_view::npos;
}

}  // namespace

base::Result<std::string> normalised_url(std::string_view url, std::span<const std::string> forges) {
  auto normal = normal_address(url, forges, Reading::address);
  if (normal) return normal;
  const std::string shown = base::quoted(without_secrets(url), k_max_shown_bytes);
  return base::fail(base::Code::malformed, "the address " + shown + ": " + normal.error().message,
                    "write it in a plain form: https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or /PATH");
}

std::string without_secrets(std::string_view address) {
  std::string text = redact(address);
  const std::size_t begin = text.find("//");
  const std::size_t at = text.rfind('@');
  if (begin != std::string::npos && at != std::string::npos && at > begin) {
    text.replace(begin + 2, at - begin - 2, "[removed]");
  }
  return text;
}

std::string repo_resource(std::string_view normal_url, std::string_view ref) {
  return std::string(normal_url) + "#" + std::string(ref);
}

bool is_full_ref(std::string_view ref) {
  if (!ref.starts_with(k_refs) || !std::all_of(ref.begin(), ref.end(), is_ref_byte)) return false;
  if (ref.find("..") != std::string_view::npos || ref.find("@{") != std::string_view::npos || ref.ends_with('.')) {
    return false;
  }
  for (std::string_view rest = ref;;) {
    const std::size_t slash = rest.find('/');
    if (!is_ref_component(rest.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    rest.remove_prefix(slash + 1);
  }
}

bool is_repo_name(std::string_view name) {
  const std::size_t hash = name.find('#');
  return hash != std::string_view::npos && is_normal_url(name.substr(0, hash)) && is_full_ref(name.substr(hash + 1));
}

std::string path_of_repo_name(std::string_view name) {
  return is_repo_name(name) ? path_of_repo(name, Reading::address) : std::string();
}

}  // namespace pvm::model
