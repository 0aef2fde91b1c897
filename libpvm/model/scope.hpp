// SPDX-License-Identifier: Apache-2.0
// Scopes: patterns over resources. Floor: model (pure; no disk, clock or environment).
//
// A path scope is an absolute path pattern, matched on bytes as git's wildmatch does with WM_PATHNAME:
//   ?        one byte but '/'            [...]  one byte of a set, never '/' (model/byte_set.hpp)
//   *        any run without '/'         **     as a whole component: any number of components
//   \c       the byte c itself           Wildcards match a leading dot.
// Two or more stars are "**" as a whole component, and one star within one. A trailing "**" needs at least
// one component ("/w/**" is everything beneath /w, not /w). A '/' cannot be quoted.
//
// What a scope covers:
//   without a wildcard, or ending in '/'   what it matches and all beneath it, by whole components
//   any other                              exactly what it matches
//
// A repo scope is a pattern over the names of model/repo_name.hpp, URLPATTERN#REFPATTERN, with the same wildcards in the
// components of each part, and covers exactly what it matches (model/repo_pattern.hpp).
//
// A Resource with Extent::tree (something removed with all that is beneath it) is covered only where it and
// everything that could be beneath it is.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"

namespace pvm::model {

enum class ScopeType { path, repo };

/// How far an operation on a resource reaches.
enum class Extent { item, tree };

/// One canonical thing acted on: an absolute path as bytes (no "//", ".", ".." or trailing slash), or a repo name
/// (is_repo_name), which never begins with '/'.
struct Resource {
  std::string name;
  Extent extent = Extent::item;
  auto operator<=>(const Resource&) const = default;
};

class PathPattern;

class Scope {
 public:
  /// Errors: malformed (relative; empty; a NUL byte; "//", "." or ".." as a component; an open bracket, an
  /// empty set, a range that runs backwards or an unknown class; a backslash at the end or before '/'; over
  /// 4,096 bytes), with a message that names the pattern and the fault. Of a repo scope: no "#ref", a ref that begins
  /// neither with "refs/" nor with a wildcard, and what no repo name can be. `forges` (model/repo_name.hpp) are of account
  /// for a repo scope that is not in its normal form yet.
  [[nodiscard]] static base::Result<Scope> parse(ScopeType type, std::string_view pattern,
                                                 std::span<const std::string> forges = {});

  /// The scope that covers just what `name` names, a path with what is beneath it: wildcards and backslashes quoted.
  /// Its pattern can be twice as long as a path; past 4,096 bytes it covers what it says but `parse` refuses
  /// it. REQUIRES: `name` is a canonical path or a repo name (throws std::invalid_argument).
  [[nodiscard]] static Scope exactly(std::string_view name);

  [[nodiscard]] ScopeType type() const { return type_; }
  /// As it was parsed; of a repo scope its normal form, which parses to itself whatever the forges.
  [[nodiscard]] const std::string& pattern() const { return pattern_; }

  /// Linear in the length of the pattern times the length of the resource's name. A name that is not
  /// canonical is never covered, a path by no repo scope, a repo name by no path scope nor as a tree.
  [[nodiscard]] bool covers(const Resource& resource) const;

  /// Whether it could cover anything beneath the directory `path`; for who looks at a whole tree. Never of a repo scope.
  /// REQUIRES: canonical.
  [[nodiscard]] bool reaches_beneath(std::string_view path) const;

  /// The longest directory of the pattern without a wildcard, unquoted: "/" or "/a/b". The whole path for a
  /// scope without a wildcard. Everything the scope covers is at or beneath it. Of a repo scope: of its path
  /// (path_of_repo_name), and only for the index of grants.
  [[nodiscard]] const std::string& anchor() const;

  /// Where this scope misses `resource` only because of what is beneath it, the pattern that would cover both
  /// ("/w/*.d" with the tree /w/x.d gives "/w/*.d/"); empty otherwise, if it would be too long, or of a repo scope.
  [[nodiscard]] std::string widened_for(const Resource& resource) const;

  /// One or two sentences for people: what the scope covers and what it does not.
  [[nodiscard]] std::string explain() const;

  bool operator==(const Scope& other) const { return type_ == other.type_ && pattern_ == other.pattern_; }

 private:
  Scope(ScopeType type, std::string_view pattern, PathPattern compiled);

  ScopeType type_;
  std::string pattern_;
  std::shared_ptr<const PathPattern> compiled_;
};

/// Whether it covers one resource alone, and what is beneath that: whether it is what Scope::exactly gives for some name.
[[nodiscard]] bool is_literal(const Scope& scope);

[[nodiscard]] std::string_view to_text(ScopeType type);
[[nodiscard]] std::optional<ScopeType> scope_type_from_text(std::string_view text);

/// The anchors under which a scope that covers `name` can be indexed: the path and each of its ancestors, "/"
/// last; for a repo name, those of its path. None for a name that is not canonical, which no scope covers.
[[nodiscard]] std::vector<std::string> anchors_of(std::string_view name);

/// Whether `path` is absolute and without empty, "." or ".." components, trailing slash (but "/") or NUL.
[[nodiscard]] bool is_canonical(std::string_view path);

/// Whether `path` is `directory` or beneath it, by whole components. REQUIRES: both canonical.
[[nodiscard]] bool is_at_or_beneath(std::string_view path, std::string_view directory);

}  // namespace pvm::model
