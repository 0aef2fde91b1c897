// SPDX-License-Identifier: Apache-2.0
// Values that more than one statement carries: moments, counts, tree heads, labels, and "-" for none. Floor: model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "libpvm/base/time.hpp"
#include "libpvm/model/grant.hpp"

namespace pvm::model {

inline constexpr std::string_view k_none = "-";

/// Whether the formats can carry it: from 1970 to k_last_moment.
[[nodiscard]] bool is_moment(base::UnixTime time);
/// What names a person or a door: never empty, and no control byte.
[[nodiscard]] bool is_label(std::string_view text);

/// "SIZE BASE64", as a statement writes a tree head.
[[nodiscard]] std::string head_value(const TreeHead& head);

[[nodiscard]] std::optional<base::UnixTime> parse_moment(std::string_view text);
/// At most k_max_count.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view text);
[[nodiscard]] std::optional<TreeHead> parse_head(std::string_view text);

/// A parser that takes `word` as an empty value, and anything else as `parse` does.
template <class Parse>
[[nodiscard]] auto empty_for(std::string_view word, Parse parse) {
  using Value = std::invoke_result_t<Parse, std::string_view>;
  return [word, parse](std::string_view text) -> std::optional<Value> {
    std::optional<Value> value(std::in_place);
    if (text == word) return value;
    *value = parse(text);
    if (!value->has_value()) return std::nullopt;
    return value;
  };
}

}  // namespace pvm::model
