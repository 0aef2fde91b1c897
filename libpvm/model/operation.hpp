// SPDX-License-Identifier: Apache-2.0
// What a command is about to do. Floor: model.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/model/scope.hpp"

namespace pvm::model {

enum class Action { rm, trash, push };

[[nodiscard]] std::string_view to_text(Action action);
[[nodiscard]] std::optional<Action> action_from_text(std::string_view text);

/// Of which type the scopes are that can cover what `action` acts on: repo for a push, path for the others.
[[nodiscard]] ScopeType scope_type_of(Action action);
/// Whether every scope is of scope_type_of(action).
[[nodiscard]] bool are_of_type(const std::vector<Scope>& scopes, Action action);

/// What goes beyond the plain form of a command and so needs a grant that says it.
enum class Attribute : std::uint8_t { deletion = 1, force = 2, mirror = 4, recursive = 8, tag = 16 };

/// A set of attributes; written as a comma-separated list in alphabetical order
/// (delete,force,mirror,recursive,tag), "-" when empty.
class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<Attribute> list) {
    for (const Attribute a : list) add(a);
  }
  void add(Attribute a) { bits_ = static_cast<std::uint8_t>(bits_ | static_cast<std::uint8_t>(a)); }
  [[nodiscard]] bool has(Attribute a) const { return (bits_ & static_cast<std::uint8_t>(a)) != 0; }
  [[nodiscard]] bool is_empty() const { return bits_ == 0; }
  /// Whether every attribute of this set is in `other`.
  [[nodiscard]] bool is_within(Attributes other) const { return (bits_ & ~other.bits_) == 0; }
  [[nodiscard]] std::string text() const;
  /// nullopt for an unknown name, another order, a repetition.
  [[nodiscard]] static std::optional<Attributes> from_text(std::string_view text);
  bool operator==(const Attributes&) const = default;

 private:
  std::uint8_t bits_ = 0;
};

/// An action of one agent on resources. `resources` is sorted and without repetitions.
struct Operation {
  std::string agent;
  Action action = Action::rm;
  Attributes needs;
  std::vector<Resource> resources;
  bool operator==(const Operation&) const = default;
};

/// Names the operation whatever way it was typed: two operations are equal where their texts are.
///   pvm-operation/1 LF "agent" A LF "action" X LF "needs" LIST LF { "item"|"tree" PATH LF }
/// with A and PATH percent-encoded; "item" or "tree" is the resource's extent. For a push, PATH is a repo name, and
/// each of them an item. REQUIRES: the agent's name is one, resources are sorted, without repetitions and canonical.
[[nodiscard]] std::string canonical_text(const Operation& operation);
/// Errors: malformed, for anything that canonical_text does not write, naming the line; newer, for a later
/// version.
[[nodiscard]] base::Result<Operation> operation_from_text(std::string_view text);

/// How a command was called: enough to resolve it again elsewhere. `cwd` is absolute; no word holds a NUL
/// byte.
struct Invocation {
  std::string cwd;  // absolute; empty where it was removed or has no name
  std::vector<std::string> argv;
  bool operator==(const Invocation&) const = default;
};
///   "cwd" DIR LF { "arg" WORD LF }, percent-encoded
[[nodiscard]] std::string canonical_text(const Invocation& invocation);
/// Errors: malformed, for anything that canonical_text does not write, naming the line.
[[nodiscard]] base::Result<Invocation> invocation_from_text(std::string_view text);

/// 1 to 128 bytes of [A-Za-z0-9._@+:/~-] not starting with '-': what an agent's name may be.
[[nodiscard]] bool is_agent_name(std::string_view name);

/// What a grant may name as its agent: an agent's name; "PROGRAM@*", every agent whose name begins with "PROGRAM@"; or
/// "*", every agent. PROGRAM is as an agent's name, without an '@'; there is no other wildcard.
[[nodiscard]] bool is_agent_pattern(std::string_view text);
/// The only patterns that speak of the agent `name`, the narrowest first: itself, "PROGRAM@*" where it has an '@', "*".
[[nodiscard]] std::vector<std::string> agent_patterns_for(std::string_view name);
/// Whether `pattern` is one of agent_patterns_for(name).
[[nodiscard]] bool is_agent_of(std::string_view pattern, std::string_view name);

}  // namespace pvm::model
