// SPDX-License-Identifier: Apache-2.0
// A YAML text as a tree that knows where each of its parts stands, without what makes a YAML text mean something else than
// it seems to: no anchor, alias or tag, no key twice, one document. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libpvm/base/result.hpp"

namespace pvm::notify {

/// Both from 1.
struct Mark {
  int line = 1;
  int column = 1;
};

struct Tree {
  enum class Kind { nothing, scalar, list, map };

  Kind kind = Kind::nothing;
  Mark mark;
  std::string text;                 // of a scalar
  std::vector<Tree> items;          // of a list, and the values of a map
  std::vector<std::pair<std::string, Mark>> keys;  // of a map, one for each of `items`
};

/// The error "config.yaml line L, column C: COMPLAINT" (malformed). `complaint` must be fit to be shown.
[[nodiscard]] base::Failure fail_at(const Mark& mark, const std::string& complaint);

/// The tree of `text`; `nothing` where it holds only comments. Errors: malformed, by fail_at; also for a nesting of over
/// 16 levels, and for a key that is no scalar.
[[nodiscard]] base::Result<Tree> read_tree(std::string_view text);

}  // namespace pvm::notify
