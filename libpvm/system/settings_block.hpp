// SPDX-License-Identifier: Apache-2.0
// The parts of config.yaml that are for others: what stands beneath `channels:`, `approvers:` and `serve:`. Floor: system.
//
// A wrapper passes over them without a YAML library, so it must know where one ends: at the next line that is not
// indented. That is so for a YAML library as well only while no line leaves anything open behind it, so these are the
// forms there are, two spaces a level, and no others:
//
//   name:            what it holds stands beneath it
//   name: value      a plain scalar, or one in 'quotes' or "quotes" that end on the same line
//   - value          one of a list
//
// No flow ({, [), block scalar (|, >), anchor, alias, tag, escape, document mark or scalar of several lines.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace pvm::system {

/// Whether `name` is a key that such a part stands beneath.
[[nodiscard]] bool is_block_of_others(std::string_view name);

/// The lines beneath one such key, from the first to the last.
class BlockOfOthers {
 public:
  /// What is wrong with `line`, which is indented, has no line end, and which base::is_plain calls plain; empty: nothing.
  std::string read_line(std::string_view line);

 private:
  enum class Kind { unknown, names, values };
  static constexpr std::size_t k_levels = 3;

  std::array<Kind, k_levels + 1> kinds_{};  // of each level, as its first line has it
  std::size_t deepest_ = 1;                 // the deepest level that the next line may stand at
};

}  // namespace pvm::system
