// SPDX-License-Identifier: Apache-2.0
#include "libpvm/base/text.hpp"

#include <array>
#include <cstdint>

#include "libpvm/base/bytes.hpp"

namespace pvm::base {
namespace {

constexpr std::string_view k_upper_hex = "0123456789ABCDEF";

struct CodePoint {
  char32_t value = 0;
  std::size_t size = 0;  // bytes taken; 0: not UTF-8
};

// The code point at the head of `bytes` (RFC 3629 table 3-7: no overlong forms, no surrogates).
CodePoint decode_one(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const auto follows = [&](std::size_t i) { return i < bytes.size() && (at(i) & 0xC0) == 0x80; };
  const unsigned char lead = at(0);
  if (lead < 0x80) return {lead, 1};
  std::size_t size = 0;
  char32_t value = 0;
  char32_t least = 0;
  if ((lead & 0xE0) == 0xC0) {
    size = 2, value = lead & 0x1FU, least = 0x80;
  } else if ((lead & 0xF0) == 0xE0) {
    size = 3, value = lead & 0x0FU, least = 0x800;
  } else if ((lead & 0xF8) == 0xF0) {
    size = 4, value = lead & 0x07U, least = 0x10000;
  } else {
    return {};
  }
  for (std::size_t i = 1; i < size; ++i) {
    if (!follows(i)) return {};
    value = (value << 6) | (at(i) & 0x3FU);
  }
  if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, size};
}

struct Range {
  char32_t first, last;
};

// Code points that a person cannot see, or that change how others are shown: general categories Cc, Cf, Zl, Zp,
// Co, Cn of the noncharacters, Zs but for the space, variation selectors, and the blank letters.
// Source: Unicode 15.0 UnicodeData.txt.
constexpr std::array<Range, 36> k_hidden = {{
    {0x00, 0x1F},       {0x7F, 0xA0},       {0xAD, 0xAD},       {0x34F, 0x34F},     {0x600, 0x605},
    {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},     {0x890, 0x891},     {0x8E2, 0x8E2},
    {0x115F, 0x1160},   {0x1680, 0x1680},   {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x2000, 0x200F},
    {0x2028, 0x202F},   {0x205F, 0x206F},   {0x2800, 0x2800},   {0x3000, 0x3000},   {0x3164, 0x3164},
    {0xE000, 0xF8FF},   {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1343F},
    {0x1BCA0, 0x1BCA3}, {0x1D159, 0x1D159}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF},
    {0x1FFFE, 0x1FFFF},
}};

bool is_hidden(char32_t c) {
  for (const Range& range : k_hidden) {
    if (c >= range.first && c <= range.last) return true;
  }
  return false;
}

void append_hex_byte(std::string& out, unsigned char byte) {
  out += k_upper_hex[byte >> 4];
  out += k_upper_hex[byte & 15];
}

void append_escaped(std::string& out, char32_t c) {
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c < 0x80) {
    out += "\\x";
    append_hex_byte(out, static_cast<unsigned char>(c));
  } else {
    std::string digits;
    for (char32_t rest = c; rest != 0; rest >>= 4) digits.insert(digits.begin(), k_upper_hex[rest & 15]);
    out += "\\u{" + digits + "}";
  }
}

bool is_safe_in_shell(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./,:=@%+").find(c) != std::string_view::npos;
}

std::string shell_word(std::string_view word) {
  bool safe = !word.empty();
  for (const char c : word) safe = safe && is_safe_in_shell(c);
  if (safe && word.find('=') == std::string_view::npos) return std::string(word);
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

// `text` as a format for printf(1) that prints it, without any byte that display would escape.
std::string printf_format(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = decode_one(text.substr(i));
    const std::size_t size = c.size == 0 ? 1 : c.size;
    const bool odd = c.size == 0 || is_hidden(c.value);
    for (std::size_t k = i; k < i + size; ++k) {
      const auto byte = static_cast<unsigned char>(text[k]);
      if (odd) {
        out += '\\';
        out += static_cast<char>('0' + (byte >> 6));
        out += static_cast<char>('0' + ((byte >> 3) & 7));
        out += static_cast<char>('0' + (byte & 7));
      } else {
        if (text[k] == '\\') out += '\\';
        if (text[k] == '%') out += '%';
        out += text[k];
      }
    }
    i += size;
  }
  return out;
}

bool has_odd_bytes(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = decode_one(text.substr(i));
    if (c.size == 0 || is_hidden(c.value)) return true;
    i += c.size;
  }
  return false;
}

std::string display_with(std::string_view bytes, std::size_t max_bytes, char also) {
  std::string out;
  std::size_t i = 0;
  while (i < bytes.size()) {
    const CodePoint c = decode_one(bytes.substr(i));
    const std::size_t size = c.size == 0 ? 1 : c.size;
    if (i + size > max_bytes) break;
    if (c.size == 0) {
      out += "\\x";
      append_hex_byte(out, static_cast<unsigned char>(bytes[i]));
    } else if (c.value == '\\' || (also != '\0' && c.value == static_cast<unsigned char>(also))) {
      out += '\\';
      out += bytes[i];
    } else if (is_hidden(c.value)) {
      append_escaped(out, c.value);
    } else {
      out += bytes.substr(i, size);
    }
    i += size;
  }
  if (i < bytes.size()) out += "… (" + grouped(bytes.size() - i) + " bytes more)";
  return out;
}

}  // namespace

std::string display(std::string_view bytes, std::size_t max_bytes) {
  return display_with(bytes, max_bytes, '\0');
}

std::string quoted(std::string_view bytes, std::size_t max_bytes) {
  return "'" + display_with(bytes, max_bytes, '\'') + "'";
}

bool is_plain(std::string_view bytes) {
  return !has_odd_bytes(bytes) && bytes.find('\\') == std::string_view::npos;
}

bool is_utf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t size = decode_one(bytes.substr(i)).size;
    if (size == 0) return false;
    i += size;
  }
  return true;
}

std::string percent_encode(std::string_view bytes) {
  if (bytes.empty()) return "%";
  std::string out;
  out.reserve(bytes.size());
  for (const char c : bytes) {
    if (c >= 0x21 && c <= 0x7E && c != '%') {
      out += c;
    } else {
      out += '%';
      append_hex_byte(out, static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
  if (text == "%") return std::string();
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = k_upper_hex.find(text[i + 1]);
    const auto low = k_upper_hex.find(text[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (percent_encode(out) != text) return std::nullopt;
  return out;
}

std::string shell_command(const std::vector<std::string>& words, std::size_t assignments) {
  std::string line;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) line += ' ';
    const auto equals = words[i].find('=');
    if (i < assignments && equals != std::string::npos) {
      line += words[i].substr(0, equals + 1);
      line += shell_word(std::string_view(words[i]).substr(equals + 1));
    } else {
      line += shell_word(words[i]);
    }
  }
  // A byte that must not be shown cannot stand between quotes in POSIX sh, so printf writes the whole line and
  // eval reads it; the closing quote keeps a newline at a word's end.
  if (!has_odd_bytes(line)) return line;
  return "eval \"$(printf " + shell_word(printf_format(line)) + ")\"";
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 7> units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  double value = static_cast<double>(bytes);
  while (value >= 1023.5 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  std::string text;
  if (unit > 0 && value < 9.95) {
    const auto tenths = static_cast<std::uint64_t>(value * 10 + 0.5);
    text = std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
  } else {
    text = std::to_string(static_cast<std::uint64_t>(value + 0.5));
  }
  return text + " " + std::string(units[unit]);
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return grouped(number) + " " + std::string(number == 1 ? one : many);
}

}  // namespace pvm::base
