// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/url_text.hpp"

namespace pvm::model {
namespace {

constexpr std::string_view k_hex = "0123456789ABCDEF";

int hex_value(char digit) {
  if (digit >= 'a' && digit <= 'f') digit = static_cast<char>(digit - 'a' + 'A');
  const std::size_t value = k_hex.find(digit);
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

bool may_stand(char c, Escape kind) {
  if (is_unreserved(c)) return true;
  if (kind == Escape::all) return false;
  if (kind == Escape::path && (c == ':' || c == '@')) return true;
  return std::string_view("!$&'()+,;=").find(c) != std::string_view::npos;
}

}  // namespace

std::string escape(std::string_view plain, Escape kind) {
  std::string text;
  for (const char byte : plain) {
    if (may_stand(byte, kind)) {
      text += byte;
      continue;
    }
    const auto value = static_cast<unsigned char>(byte);
    text += {'%', k_hex[value >> 4U], k_hex[value & 15U]};
  }
  return text;
}

int escaped_byte(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return -1;
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

base::Result<std::string> unescape(std::string_view text) {
  for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1)) {
    if (escaped_byte(text.substr(i)) <= 0) {
      return base::fail(base::Code::malformed, "a '%' that begins no escape; the byte itself is %25");
    }
  }
  return unescape_as_git(text);
}

std::string unescape_as_git(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const int value = escaped_byte(text);
    plain += value > 0 ? static_cast<char>(value) : text.front();
    text.remove_prefix(value > 0 ? 3 : 1);
  }
  return plain;
}

}  // namespace pvm::model
