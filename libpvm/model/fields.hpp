// SPDX-License-Identifier: Apache-2.0
// Texts made of lines "name value" in a fixed order: how operations, invocations, effects and grants are
// written and read. Floor: model.
//
// A line ends in LF and nothing else; one space parts a name from its value, and the words of a value. A
// reader takes the lines one after the other; each value goes through a strict parser, so that a text that is
// read to its end has exactly one meaning, and a value exactly one text.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "libpvm/base/result.hpp"

namespace pvm::model {

/// Appends "name value" LF. REQUIRES: neither holds a LF.
void append_field(std::string& out, std::string_view name, std::string_view value);

/// The `N` words of `text`, parted by one space each, none of them empty; nullopt for any other text.
/// The views live as long as what `text` points to.
template <std::size_t N>
[[nodiscard]] std::optional<std::array<std::string_view, N>> split_words(std::string_view text) {
  std::array<std::string_view, N> words;
  for (std::size_t i = 0; i < N; ++i) {
    const bool is_last = i + 1 == N;
    const std::size_t end = is_last ? text.size() : text.find(' ');
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    words[i] = text.substr(0, end);
    text.remove_prefix(is_last ? end : end + 1);
  }
  if (words[N - 1].find(' ') != std::string_view::npos) return std::nullopt;
  return words;
}

/// Reads such a text. The first fault is kept and ends the reading: from then on every call gives nullopt or
/// false, so a decoder asks for all its fields and looks once, at the end, whether it has them.
class FieldReader {
 public:
  /// `what` is what messages call the text ("grant"). Both must outlive the reader.
  FieldReader(std::string_view what, std::string_view text) : what_(what), rest_(text) {}

  /// Takes the line "magic/1". A later version ("magic/2") is the fault Code::newer.
  void header(std::string_view magic);

  /// Takes the next line, whatever its name, and gives parse(line), a std::optional.
  template <class Parse>
  [[nodiscard]] auto line(const Parse& parse) -> std::invoke_result_t<Parse, std::string_view> {
    return parsed(next_line(), parse, "line");
  }

  /// Takes the line "name value" and gives parse(value), a std::optional.
  template <class Parse>
  [[nodiscard]] auto field(std::string_view name, const Parse& parse)
      -> std::invoke_result_t<Parse, std::string_view> {
    return parsed(next_value(name), parse, name);
  }

  [[nodiscard]] bool has_more() const { return !fault_ && !rest_.empty(); }
  /// Whether the next line is a field of that name.
  [[nodiscard]] bool is_next(std::string_view name) const;

  /// The first fault; else a fault where something is left to read; else nothing: every field was given.
  /// The fault is malformed (naming the line by its number) or newer.
  [[nodiscard]] std::optional<base::Failure> finish();

 private:
  [[nodiscard]] std::optional<std::string_view> next_line();
  [[nodiscard]] std::optional<std::string_view> next_value(std::string_view name);
  void refuse(const std::string& why);

  template <class Parse>
  [[nodiscard]] auto parsed(std::optional<std::string_view> text, const Parse& parse, std::string_view name)
      -> std::invoke_result_t<Parse, std::string_view> {
    if (!text) return std::nullopt;
    auto value = std::invoke(parse, *text);
    if (!value) refuse("not a valid '" + std::string(name) + "'");
    return value;
  }

  std::string_view what_;
  std::string_view rest_;
  std::size_t number_ = 0;  // of the line last taken, from 1
  std::optional<base::Error> fault_;
};

}  // namespace pvm::model
