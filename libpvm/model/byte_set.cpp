// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/byte_set.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "libpvm/base/text.hpp"

namespace pvm::model {
namespace {

using base::Code;
using base::fail;

struct Range {
  std::uint8_t first, last;
};

struct CharacterClass {
  std::string_view name;
  std::array<Range, 4> ranges;  // unused ones hold NUL, which is dropped in the end
};

constexpr std::array<CharacterClass, 12> k_classes = {{
    {"alnum", {{{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}}},
    {"alpha", {{{'A', 'Z'}, {'a', 'z'}}}},
    {"blank", {{{'\t', '\t'}, {' ', ' '}}}},
    {"cntrl", {{{0x01, 0x1F}, {0x7F, 0x7F}}}},
    {"digit", {{{'0', '9'}}}},
    {"graph", {{{'!', '~'}}}},
    {"lower", {{{'a', 'z'}}}},
    {"print", {{{' ', '~'}}}},
    {"punct", {{{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}}},
    {"space", {{{'\t', '\n'}, {'\r', '\r'}, {' ', ' '}}}},
    {"upper", {{{'A', 'Z'}}}},
    {"xdigit", {{{'0', '9'}, {'A', 'F'}, {'a', 'f'}}}},
}};

base::Failure never_closed() {
  return fail(Code::malformed, "a '[' without its ']'");
}

void add_range(ByteSet& set, Range range) {
  for (std::size_t byte = range.first; byte <= range.last; ++byte) set.set(byte);
}

// Takes a leading "[:name:]" and gives the name; as in wildmatch, "[:" whose next ']' does not follow a ':'
// is no class but a '[' that stands for itself.
std::optional<std::string_view> take_class_name(std::string_view& rest) {
  if (!rest.starts_with("[:")) return std::nullopt;
  const std::string_view body = rest.substr(2);
  const std::size_t close = body.find(']');
  if (close == std::string_view::npos || close == 0 || body[close - 1] != ':') return std::nullopt;
  rest = body.substr(close + 1);
  return body.substr(0, close - 1);
}

bool add_class(ByteSet& set, std::string_view name) {
  for (const CharacterClass& known : k_classes) {
    if (known.name != name) continue;
    for (const Range range : known.ranges) add_range(set, range);
    return true;
  }
  return false;
}

// Takes one byte, quoted or not; nullopt where the pattern ends before it.
std::optional<std::uint8_t> take_byte(std::string_view& rest) {
  if (rest.starts_with('\\')) rest.remove_prefix(1);
  if (rest.empty()) return std::nullopt;
  const auto byte = static_cast<std::uint8_t>(rest.front());
  rest.remove_prefix(1);
  return byte;
}

bool is_range_ahead(std::string_view rest) {
  return rest.size() >= 2 && rest[0] == '-' && rest[1] != ']';
}

bool take_negation(std::string_view& rest) {
  if (!rest.starts_with('!') && !rest.starts_with('^')) return false;
  rest.remove_prefix(1);
  return true;
}

// Everything between the (negated) opening bracket and its ']', which is taken too.
base::Result<ByteSet> read_members(std::string_view& rest) {
  ByteSet set;
  std::uint8_t previous = 0;  // what a '-' would make a range from; NUL, which no pattern holds: nothing
  for (bool is_first = true; is_first || !rest.starts_with(']'); is_first = false) {
    if (const auto name = take_class_name(rest)) {
      if (!add_class(set, *name)) {
        return fail(Code::malformed, "the unknown class " + base::quoted(*name, 40));
      }
      previous = 0;
      continue;
    }
    const bool is_range = previous != 0 && is_range_ahead(rest);
    if (is_range) rest.remove_prefix(1);
    const auto byte = take_byte(rest);
    if (!byte) return never_closed();
    if (is_range && *byte < previous) return fail(Code::malformed, "a range that runs backwards");
    add_range(set, {is_range ? previous : *byte, *byte});
    previous = is_range ? std::uint8_t{0} : *byte;
  }
  rest.remove_prefix(1);
  return set;
}

}  // namespace

base::Result<ByteSet> read_byte_set(std::string_view& rest) {
  const bool is_negated = take_negation(rest);
  auto set = read_members(rest);
  if (!set) return set;
  if (is_negated) set->flip();
  set->reset('/');
  set->reset('\0');
  if (set->none()) return fail(Code::malformed, "a set that no byte is in");
  return set;
}

}  // namespace pvm::model
