// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/field_values.hpp"

#include <algorithm>

#include "libpvm/base/bytes.hpp"
#include "libpvm/model/fields.hpp"

namespace pvm::model {

bool is_moment(base::UnixTime time) {
  return base::unix_seconds(time) >= 0 && base::unix_seconds(time) <= k_last_moment;
}

bool is_label(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return !text.empty() && std::none_of(text.begin(), text.end(), is_control);
}

std::string head_value(const TreeHead& head) { return std::to_string(head.size) + " " + base::to_base64(head.root); }

std::optional<base::UnixTime> parse_moment(std::string_view text) {
  const auto seconds = base::parse_decimal(text, static_cast<std::uint64_t>(k_last_moment));
  if (!seconds) return std::nullopt;
  return base::from_unix(static_cast<std::int64_t>(*seconds));
}

std::optional<std::uint64_t> parse_count(std::string_view text) { return base::parse_decimal(text, k_max_count); }

std::optional<TreeHead> parse_head(std::string_view text) {
  const auto words = split_words<2>(text);
  if (!words) return std::nullopt;
  const auto size = parse_count((*words)[0]);
  const auto root = base::digest_from_base64((*words)[1]);
  if (!size || !root) return std::nullopt;
  return TreeHead{*size, *root};
}

}  // namespace pvm::model
