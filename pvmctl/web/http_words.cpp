// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/http_words.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"

namespace pvm::pvmctl::web {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::optional<unsigned> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

// As a form writes it: '+' is a space.
std::optional<std::string> decode_value(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out.push_back(' ');
    } else if (text[i] != '%') {
      out.push_back(text[i]);
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const auto high = hex_value(text[i + 1]);
      const auto low = hex_value(text[i + 2]);
      if (!high || !low) return std::nullopt;
      out.push_back(static_cast<char>(*high * 16 + *low));
      i += 2;
    }
  }
  const bool has_control = std::ranges::any_of(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (has_control || !base::is_utf8(out)) return std::nullopt;
  return out;
}

// The part of `text` before `end`, and `text` becomes what follows it.
std::string_view cut(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

bool read_path(std::string_view path, Target& target) {
  if (path == "/") return true;
  if (path.empty() || path.front() != '/' || path.back() == '/') return false;
  path.remove_prefix(1);
  while (!path.empty()) {
    const std::string_view segment = cut(path, '/');
    if (segment.empty() || segment.front() == '.') return false;
    if (!std::ranges::all_of(segment, [](char c) { return is_word(c) || c == '.'; })) return false;
    target.path.emplace_back(segment);
  }
  return true;
}

bool read_query(std::string_view query, Target& target) {
  while (!query.empty()) {
    std::string_view pair = cut(query, '&');
    if (pair.find('=') == std::string_view::npos) return false;
    const std::string_view name = cut(pair, '=');
    const auto value = decode_value(pair);
    if (name.empty() || !std::ranges::all_of(name, is_word) || !value) return false;
    if (target.query.size() == k_query_most || !target.query.emplace(name, *value).second) return false;
  }
  return true;
}

}  // namespace

std::optional<Target> parse_target(std::string_view text) {
  if (text.size() > k_target_max_bytes) return std::nullopt;
  std::string_view query = text;
  const std::string_view path = cut(query, '?');
  Target target;
  if (!read_path(path, target) || !read_query(query, target)) return std::nullopt;
  return target;
}

std::string_view head_fault(std::string_view head) {
  for (std::size_t i = 0; i < head.size(); ++i) {
    const char c = head[i];
    const bool is_last = i + 1 == head.size();
    if (c == '\r' && !is_last && head[i + 1] != '\n') return "a carriage return stands alone";
    if (c == '\n' && (i == 0 || head[i - 1] != '\r')) return "a line feed stands alone";
    if (c == '\n' && !is_last && (head[i + 1] == ' ' || head[i + 1] == '\t')) return "a header goes on in the next line";
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\r' && c != '\n' && c != '\t') || byte > 0x7E) return "a byte is not ASCII text";
  }
  return {};
}

std::optional<std::string> find_cookie(std::string_view header, std::string_view name) {
  std::optional<std::string> found;
  while (!header.empty()) {
    std::string_view pair = cut(header, ';');
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.find('=') == std::string_view::npos) continue;
    if (cut(pair, '=') != name) continue;
    if (found) return std::nullopt;
    found = std::string(pair);
  }
  return found;
}

}  // namespace pvm::pvmctl::web
