// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/repo_pattern.hpp"

#include <algorithm>
#include <deque>

#include "libpvm/model/byte_set.hpp"
#include "libpvm/model/repo_address.hpp"
#include "libpvm/model/url_authority.hpp"

namespace pvm::model {
namespace {

using base::Code;
using base::fail;
using base::Result;
constexpr auto npos = std::string_view::npos;

constexpr std::string_view k_any_names = "**";

struct Taken {
  std::string text;                   // with a NUL byte for each wildcard
  std::deque<std::string> wildcards;  // in their order
};

bool is_edge(std::string_view text, std::size_t at) {
  return at >= text.size() || text[at] == '/';
}

// The wildcard at the front of `rest`, which ends the whole of `pattern`; empty for none.
Result<std::string> wildcard_at_front(std::string_view pattern, std::string_view rest) {
  if (rest.front() == '?') return std::string("?");
  if (rest.front() == '*') {
    const std::size_t begin = pattern.size() - rest.size();
    const std::size_t size = std::min(rest.find_first_not_of('*'), rest.size());
    const bool is_whole = (begin == 0 || pattern[begin - 1] == '/' || pattern[begin - 1] == ':') && is_edge(rest, size);
    return std::string(size > 1 && is_whole ? k_any_names : "*");
  }
  if (rest.front() != '[' || bracketed_ipv6(rest) != 0) return std::string();
  std::string_view after = rest.substr(1);
  if (const auto set = read_byte_set(after); !set) return base::pass_on(set);
  return std::string(rest.substr(0, rest.size() - after.size()));
}

Result<Taken> take_wildcards(std::string_view pattern) {
  Taken taken;
  if (pattern.find('\0') != npos) return fail(Code::malformed, "a NUL byte");
  if (pattern.find('\\') != npos) return fail(Code::malformed, "a backslash, which quotes nothing here");
  for (std::string_view rest = pattern; !rest.empty();) {
    auto wildcard = wildcard_at_front(pattern, rest);
    if (!wildcard) return base::pass_on(wildcard);
    if (wildcard->find('/') != std::string::npos) return fail(Code::malformed, "a '/' in a set");
    taken.text += wildcard->empty() ? rest.front() : k_wildcard;
    const bool is_star = wildcard->starts_with('*');
    rest.remove_prefix(is_star ? std::min(rest.find_first_not_of('*'), rest.size())
                               : std::max<std::size_t>(wildcard->size(), 1));
    if (!wildcard->empty()) taken.wildcards.push_back(*std::move(wildcard));
  }
  return taken;
}

// Puts the wildcards where `stand_in` is. Several names are meant by a component of stars alone.
std::string put_wildcards(std::string_view text, std::string_view stand_in, const std::deque<std::string>& wildcards) {
  std::string out;
  auto next = wildcards.begin();
  for (std::size_t at = 0; at < text.size();) {
    if (!text.substr(at).starts_with(stand_in)) {
      out += text[at++];
      continue;
    }
    const bool is_whole = (at == 0 || text[at - 1] == '/') && is_edge(text, at + stand_in.size());
    out += *next == k_any_names && !is_whole ? "*" : *next;
    ++next;
    at += stand_in.size();
  }
  return out;
}

Result<std::string> normal_url_pattern(std::string_view pattern, std::span<const std::string> forges) {
  if (pattern.ends_with('/')) return fail(Code::malformed, "a '/' at the end of its URL; for all that is beneath it write '/**'");
  const auto taken = take_wildcards(pattern);
  if (!taken) return base::pass_on(taken);
  const auto normal = normal_address(taken->text, forges, Reading::pattern);
  if (!normal) return normal;
  return put_wildcards(*normal, "%00", taken->wildcards);
}

Result<std::string> normal_ref_pattern(std::string_view pattern) {
  const auto taken = take_wildcards(pattern);
  if (!taken) return base::pass_on(taken);
  const std::string& text = taken->text;
  const auto has_no_ref = [](char c) {
    return c != k_wildcard && (static_cast<unsigned char>(c) <= ' ' || c == '\x7F' || std::string_view("~^:[").find(c) != npos);
  };
  if (std::any_of(text.begin(), text.end(), has_no_ref)) return fail(Code::malformed, "a byte that no ref has");
  if (("/" + text + "/").find("//") != std::string::npos) return fail(Code::malformed, "an empty component in its ref");
  const std::string first = text.substr(0, text.find('/'));
  if (first != "refs" && first.find(k_wildcard) == std::string::npos) {
    return fail(Code::malformed, "its ref does not begin with 'refs/'");
  }
  std::string ref = put_wildcards(text, {&k_wildcard, 1}, taken->wildcards);
  if (first == text && ref != k_any_names) return fail(Code::malformed, "its ref has one component, and no ref has");
  return ref;
}

}  // namespace

Result<std::string> normal_repo_pattern(std::string_view pattern, std::span<const std::string> forges) {
  const std::size_t hash = pattern.find('#');
  if (hash == npos) return fail(Code::malformed, "it names no ref ('#refs/...')");
  const auto url = normal_url_pattern(pattern.substr(0, hash), forges);
  if (!url) return url;
  const auto ref = normal_ref_pattern(pattern.substr(hash + 1));
  if (!ref) return ref;
  return *url + "#" + *ref;
}

std::string path_of_repo(std::string_view text, Reading reading) {
  const std::size_t hash = text.find('#');
  std::string_view url = text.substr(0, hash);
  const std::size_t scheme = url.find(':');
  const bool is_served = url.substr(scheme).starts_with("://");
  std::string path = "/" + std::string(url.substr(0, scheme)) + (is_served ? ":" : "::");
  url.remove_prefix(scheme + (is_served ? 3 : 2));
  if (!url.starts_with('/')) path += '/';  // as of "file:///p"
  for (; !url.empty(); url.remove_prefix(1)) {
    if (reading == Reading::pattern && bracketed_ipv6(url) != 0) path += '\\';
    path += url.front();
  }
  return path + "/^/" + std::string(text.substr(hash + 1));
}

}  // namespace pvm::model
