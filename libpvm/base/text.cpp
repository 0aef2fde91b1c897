// SPDX-License-Identifier: Apache-2.0
#include "libpvm/base/text.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/code_points.hpp"

namespace pvm::base {
namespace {

constexpr std::string_view k_upper_hex = "0123456789ABCDEF";

// As many marks may stand on one letter; more of them would be drawn over the lines around it.
constexpr std::size_t k_most_marks = 4;

// Tells, code point by code point, what cannot be shown as it is.
class Eye {
 public:
  // Also a mark is odd where it would stand on a blank, on what is not its own text, or on a heap of others.
  bool is_odd(const CodePoint& c) {
    if (c.size == 0 || is_hidden(c.value)) {
      marks_ = k_most_marks;
      return true;
    }
    if (!is_mark(c.value)) {
      marks_ = c.value == ' ' ? k_most_marks : 0;
      return false;
    }
    return marks_++ >= k_most_marks;
  }

 private:
  std::size_t marks_ = k_most_marks;
};

// In a percent-encoded text.
constexpr bool stands_for_itself(char c) { return c >= 0x21 && c <= 0x7E && c != '%'; }

constexpr std::size_t k_escape = 3;  // "%XX"

// How many bytes at the front of `text` stand for themselves. Eight at a time: a log has gigabytes of them.
std::size_t plain_run(std::string_view text) {
  constexpr std::uint64_t each = 0x0101010101010101;
  std::size_t run = 0;
  for (; text.size() - run >= sizeof each; run += sizeof each) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + run, sizeof eight);
    const std::uint64_t low = eight & (each * 0x7F);
    // The upper bit of each byte: below 0x80, at least 0x21, not 0x7F, no percent sign. No sum goes beyond its byte.
    const std::uint64_t good = ~eight & (low + each * (0x80 - 0x21)) & ~(low + each) & ((low ^ (each * '%')) + each * 0x7F);
    if ((good & (each * 0x80)) != each * 0x80) break;
  }
  while (run < text.size() && stands_for_itself(text[run])) ++run;
  return run;
}

int upper_hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The byte that "%XX" at `at` stands for; nullopt where there is no such thing, or the byte would stand for itself.
std::optional<char> escaped_at(std::string_view text, std::size_t at) {
  if (text.size() - at < 3 || text[at] != '%') return std::nullopt;
  const int high = upper_hex_value(text[at + 1]);
  const int low = upper_hex_value(text[at + 2]);
  if (high < 0 || low < 0) return std::nullopt;
  const auto byte = static_cast<char>(high * 16 + low);
  if (stands_for_itself(byte)) return std::nullopt;
  return byte;
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

std::string in_apostrophes(std::string_view word) {
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

std::string shell_word(std::string_view word) {
  bool safe = !word.empty();
  for (const char c : word) safe = safe && is_safe_in_shell(c);
  return safe && word.find('=') == std::string_view::npos ? std::string(word) : in_apostrophes(word);
}

// `text` as a format for printf(1) that prints it, without any byte that display would escape.
std::string printf_format(std::string_view text) {
  std::string out;
  Eye eye;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = decode_one(text.substr(i));
    const std::size_t size = c.size == 0 ? 1 : c.size;
    const bool odd = eye.is_odd(c);
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
  Eye eye;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = decode_one(text.substr(i));
    if (eye.is_odd(c)) return true;
    i += c.size;
  }
  return false;
}

std::string display_with(std::string_view bytes, std::size_t max_bytes, char also) {
  std::string out;
  Eye eye;
  std::size_t i = 0;
  while (i < bytes.size()) {
    const CodePoint c = decode_one(bytes.substr(i));
    const std::size_t size = c.size == 0 ? 1 : c.size;
    if (i + size > max_bytes) break;
    const bool odd = eye.is_odd(c);
    if (c.size == 0) {
      out += "\\x";
      append_hex_byte(out, static_cast<unsigned char>(bytes[i]));
    } else if (c.value == '\\' || (also != '\0' && c.value == static_cast<unsigned char>(also))) {
      out += '\\';
      out += bytes[i];
    } else if (odd) {
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
    if (stands_for_itself(c)) {
      out += c;
    } else {
      out += '%';
      append_hex_byte(out, static_cast<unsigned char>(c));
    }
  }
  return out;
}

bool is_percent_encoded(std::string_view text) {
  if (text.empty() || text == "%") return !text.empty();
  for (std::size_t at = 0;; at += k_escape) {
    at += plain_run(text.substr(at));
    if (at == text.size()) return true;
    if (!escaped_at(text, at)) return false;
  }
}

bool is_encoded_as(std::string_view bytes, std::string_view encoded) {
  if (bytes.empty()) return encoded == "%";
  for (std::size_t at = 0;; at += k_escape) {
    const std::size_t run = plain_run(encoded.substr(at));
    if (bytes.substr(0, run) != encoded.substr(at, run)) return false;
    bytes.remove_prefix(run);
    at += run;
    if (bytes.empty() || at == encoded.size()) return bytes.empty() && at == encoded.size();
    if (escaped_at(encoded, at) != bytes.front()) return false;
    bytes.remove_prefix(1);
  }
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  if (text == "%") return out;
  if (text.empty()) return std::nullopt;
  out.reserve(text.size());
  for (std::size_t at = 0;; at += k_escape) {
    const std::size_t run = plain_run(text.substr(at));
    out += text.substr(at, run);
    at += run;
    if (at == text.size()) return out;
    const auto byte = escaped_at(text, at);
    if (!byte) return std::nullopt;
    out += *byte;
  }
}

std::string shell_command(const std::vector<std::string>& words, std::size_t assignments) {
  std::string line;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) line += ' ';
    const auto equals = words[i].find('=');
    if (i < assignments && equals != std::string::npos) {
      line += words[i].substr(0, equals + 1);
      line += shell_word(std::string_view(words[i]).substr(equals + 1));
    } else if (i == 0 && words[i].starts_with('-')) {
      line += in_apostrophes(words[i]);  // bare, it were an option of sh -c, of printf and of eval
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
