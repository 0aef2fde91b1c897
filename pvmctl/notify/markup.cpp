// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/markup.hpp"

#include <algorithm>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/code_points.hpp"
#include "libpvm/base/text.hpp"

namespace pvm::notify {
namespace {

constexpr std::string_view k_ellipsis = "…";

std::string shown(std::string_view bytes, std::size_t most) {
  // More than is kept, so that `cut` says that there was more.
  return cut(base::display(bytes.substr(0, most + 1), most + 1), most);
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) text.replace(at, what.size(), by);
}

std::string as_entities(std::string_view text, std::string_view which) {
  std::string out;
  for (const char c : text) {
    if (which.find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : "&#39;";
    }
  }
  return out;
}

std::string base64_of(std::string_view bytes) {
  const base::Bytes copy = base::as_bytes(bytes);
  return base::to_base64(copy.data(), copy.size());
}

// How many bytes of `text`, from its front, are the escape or the code point that stands there.
std::size_t piece(std::string_view text) {
  if (text.front() != '\\' || text.size() < 2) return std::max<std::size_t>(base::decode_one(text).size, 1);
  if (text[1] == 'x') return std::min<std::size_t>(4, text.size());
  const auto end = text[1] == 'u' ? text.find('}') : 1;
  return end == std::string_view::npos ? text.size() : end + 1;
}

}  // namespace

std::string cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  std::size_t kept = 0;
  for (std::size_t next = 0; kept + next + k_ellipsis.size() <= most;) {
    kept += next;
    next = piece(text.substr(kept));
  }
  return std::string(text.substr(0, kept)) + std::string(k_ellipsis);
}

std::string plain_text(std::string_view bytes, std::size_t most) {
  std::string text = shown(bytes, most);
  replace_all(text, "://", ":/ /");
  return text;
}

std::string slack_text(std::string_view bytes, std::size_t most) { return as_entities(shown(bytes, most), "&<>"); }

std::string discord_text(std::string_view bytes, std::size_t most) {
  std::string out;
  for (const char c : shown(bytes, most)) {
    if (std::string_view("\\*_~`|<>@#:[]()-+.!{}=").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string html_text(std::string_view bytes, std::size_t most) { return as_entities(shown(bytes, most), "&<>\"'"); }

std::string desktop_text(std::string_view bytes, std::size_t most) {
  std::string text = html_text(bytes, most);
  replace_all(text, "\\", "\\\\");
  return text;
}

std::string mail_header(std::string_view bytes, std::size_t most) {
  constexpr std::size_t k_word_bytes = 42;  // 56 as Base64, and 12 around them
  const std::string text = shown(bytes, most);
  const bool is_simple = text.size() <= 60 && text.find("=?") == std::string::npos &&
                         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (is_simple) return text;
  std::string header;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t size = 0;
    while (at + size < text.size()) {
      const std::size_t next = std::max<std::size_t>(base::decode_one(std::string_view(text).substr(at + size)).size, 1);
      if (size + next > k_word_bytes) break;
      size += next;
    }
    header += (header.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64_of(std::string_view(text).substr(at, size)) + "?=";
    at += size;
  }
  return header;
}

std::string mail_base64(std::string_view bytes) {
  constexpr std::size_t k_line = 57;  // 76 as Base64
  std::string lines;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(k_line, bytes.size()))) lines += base64_of(bytes.substr(0, k_line)) + "\r\n";
  return lines;
}

}  // namespace pvm::notify
