// SPDX-License-Identifier: Apache-2.0
// The compiled form of a path scope. Floor: model (pure).
//
// A pattern becomes a row of components; matching walks a name's components through the set of all positions
// in that row that can be reached (a nondeterministic automaton), so nothing is ever tried twice. What a
// scope covers beneath a match is part of the row:
//   "/w/a" and "/w/a/"   ->  w  a  **       a covering form ends in any number of names
//   "/w/**"              ->  w  **  *       a "**" at the end needs at least one
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/model/name_glob.hpp"

namespace pvm::model {

class PathPattern {
 public:
  /// What a match says of the paths beneath it.
  enum class Reach {
    beneath,   ///< all of them are covered too
    by_match,  ///< those are that match too: the pattern has a "**", so paths of several depths do
    exact,     ///< none is
  };

  /// Compiles a pattern of any length. Errors: malformed, as told at Scope::parse, with the fault alone as
  /// message.
  [[nodiscard]] static base::Result<PathPattern> compile(std::string_view pattern);

  /// Whether `name` alone is covered. REQUIRES: `name` is canonical.
  [[nodiscard]] bool covers_item(std::string_view name) const;
  /// Whether `name` is covered with whatever could be beneath it. Never a wrong yes; a no may be too careful,
  /// where only several parts of the pattern together (such as "?*") let every name through. REQUIRES: as
  /// above.
  [[nodiscard]] bool covers_tree(std::string_view name) const;

  /// Whether a path beneath `name` could be covered. REQUIRES: as above.
  [[nodiscard]] bool reaches_beneath(std::string_view name) const;

  /// The components before the first one with a wildcard, unquoted: "/" or "/a/b".
  [[nodiscard]] const std::string& anchor() const { return anchor_; }
  /// Whether it holds a wildcard.
  [[nodiscard]] bool has_wildcard() const { return has_wildcard_; }
  /// Whether it covers just all that is beneath its anchor ("/w/**").
  [[nodiscard]] bool is_all_beneath_anchor() const;
  [[nodiscard]] Reach reach() const;

 private:
  struct Component {
    enum class Kind { name, any_names } kind;
    NameGlob glob = {};  // of a name
  };
  class Walk;

  void add_name(NameGlob glob);
  void add_any_names();
  void settle_what_is_beneath(std::string_view pattern);
  /// The answer where the anchor alone gives it, as it does for most names and most patterns.
  [[nodiscard]] std::optional<bool> covers_by_anchor(std::string_view name) const;

  std::vector<Component> components_;  // no two any_names in a row
  std::string anchor_ = "/";
  bool has_wildcard_ = false;
};

}  // namespace pvm::model
