// SPDX-License-Identifier: Apache-2.0
#include "wrappers/rm/quoting.hpp"

#include <langinfo.h>

#include <cwchar>
#include <cwctype>

namespace pvm::wrappers::rm {
namespace {

// One character as the locale sees it, or a run of bytes that are none.
struct Glyph {
  std::string_view bytes;
  bool printable;
};

// REQUIRES: text is not empty.
Glyph first_glyph(std::string_view text) {
  if (text[0] >= ' ' && text[0] <= '~') return {text.substr(0, 1), true};
  std::mbstate_t state{};
  wchar_t wide = 0;
  const std::size_t size = std::mbrtowc(&wide, text.data(), text.size(), &state);
  if (size == static_cast<std::size_t>(-2)) return {text, false};
  if (size == static_cast<std::size_t>(-1) || size == 0) return {text.substr(0, 1), false};
  return {text.substr(0, size), std::iswprint(static_cast<std::wint_t>(wide)) != 0};
}

std::string octal(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  std::string text = "\\";
  for (const int shift : {6, 3, 0}) text += static_cast<char>('0' + ((value >> shift) & 7));
  return text;
}

// As C writes it: \n or \ooo for each byte.
std::string escaped(std::string_view bytes) {
  constexpr std::string_view k_controls = "\a\b\f\n\r\t\v";
  constexpr std::string_view k_letters = "abfnrtv";
  std::string text;
  for (const char byte : bytes) {
    const std::size_t found = k_controls.find(byte);
    text += found == std::string_view::npos ? octal(byte) : std::string{'\\', k_letters[found]};
  }
  return text;
}

bool is_printable(std::string_view name) {
  while (!name.empty()) {
    const Glyph glyph = first_glyph(name);
    if (!glyph.printable) return false;
    name.remove_prefix(glyph.bytes.size());
  }
  return true;
}

bool ends_unprintable(std::string_view name) {
  Glyph last{{}, true};
  for (; !name.empty(); name.remove_prefix(last.bytes.size())) last = first_glyph(name);
  return !last.printable;
}

constexpr std::string_view k_special_to_shells = "!\"$&()*;<=>?[\\^`|";

// Whether the shell and C read `name` alike between double quotes, as gnulib sees it.
bool fits_double_quotes(std::string_view name) {
  return is_printable(name) && name.find_first_of(k_special_to_shells) == std::string_view::npos &&
         name.find_first_of("{}") == std::string_view::npos &&
         name.find_first_of("#~", 1) == std::string_view::npos;
}

}  // namespace

std::string quote(const std::string& name) {
  const bool has_quote = name.find('\'') != std::string::npos;
  if (has_quote && fits_double_quotes(name)) return '"' + name + '"';
  std::string text = "'";
  // A name with an apostrophe is gone through twice, and gnulib carries this state over from the first time.
  bool is_escaping = has_quote && ends_unprintable(name);
  for (std::string_view rest = name; !rest.empty();) {
    const Glyph glyph = first_glyph(rest);
    rest.remove_prefix(glyph.bytes.size());
    if (glyph.bytes == "'") {
      text += R"('\'')";
      is_escaping = false;
      continue;
    }
    if (glyph.printable == is_escaping) text += is_escaping ? "''" : "'$'";
    is_escaping = !glyph.printable;
    text += is_escaping ? escaped(glyph.bytes) : std::string(glyph.bytes);
  }
  return text + '\'';
}

std::string quote_if_needed(const std::string& name) {
  const bool is_safe = is_printable(name) && name.find_first_of(k_special_to_shells) == std::string::npos &&
                       name.find_first_of(" '") == std::string::npos;
  return is_safe ? name : quote(name);
}

std::string quote_for_reading(std::string_view value) {
  const bool is_utf8 = std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
  const std::string_view left = is_utf8 ? "\u2018" : "'";
  const std::string_view right = is_utf8 ? "\u2019" : "'";
  std::string text(left);
  while (!value.empty()) {
    const Glyph glyph = first_glyph(value);
    value.remove_prefix(glyph.bytes.size());
    if (glyph.bytes == right || glyph.bytes == "\\") text += '\\';
    text += glyph.printable ? std::string(glyph.bytes) : escaped(glyph.bytes);
  }
  return text.append(right);
}

}  // namespace pvm::wrappers::rm
