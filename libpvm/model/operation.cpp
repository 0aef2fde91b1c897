// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/operation.hpp"

#include <algorithm>
#include <array>

#include "libpvm/base/text.hpp"
#include "libpvm/model/fields.hpp"
#include "libpvm/model/repo_name.hpp"

namespace pvm::model {
namespace {

struct NamedAction {
  Action action;
  std::string_view name;
};
constexpr std::array<NamedAction, 3> k_actions = {{
    {Action::rm, "rm"},
    {Action::trash, "trash"},
    {Action::push, "push"},
}};

struct NamedAttribute {
  Attribute attribute;
  std::string_view name;
};
constexpr std::array<NamedAttribute, 5> k_attributes = {{
    {Attribute::deletion, "delete"},
    {Attribute::force, "force"},
    {Attribute::mirror, "mirror"},
    {Attribute::recursive, "recursive"},
    {Attribute::tag, "tag"},
}};

std::optional<Attribute> attribute_from_text(std::string_view name) {
  for (const NamedAttribute& known : k_attributes) {
    if (known.name == name) return known.attribute;
  }
  return std::nullopt;
}

std::optional<std::string> agent_from_text(std::string_view text) {
  auto agent = base::percent_decode(text);
  if (!agent || !is_agent_name(*agent)) return std::nullopt;
  return agent;
}

// What no argument vector can carry, no text of ours may claim to.
std::optional<std::string> word_from_text(std::string_view text) {
  auto word = base::percent_decode(text);
  if (!word || word->find('\0') != std::string::npos) return std::nullopt;
  return word;
}

std::optional<std::string> directory_from_text(std::string_view text) {
  auto directory = word_from_text(text);
  const bool is_path_or_none = directory && (directory->empty() || directory->starts_with('/'));
  if (!is_path_or_none) return std::nullopt;
  return directory;
}

bool is_resource(Action action, const Resource& resource) {
  if (action != Action::push) return is_canonical(resource.name);
  return resource.extent == Extent::item && is_repo_name(resource.name);
}

std::string_view to_text(Extent extent) {
  return extent == Extent::tree ? "tree" : "item";
}

// Takes the resources that follow; what is left over is the reader's fault to find.
std::vector<Resource> take_resources(FieldReader& in, Action action) {
  std::vector<Resource> resources;
  while (in.has_more()) {
    const Extent extent = in.is_next(to_text(Extent::tree)) ? Extent::tree : Extent::item;
    const auto in_order = [&](std::string_view text) -> std::optional<Resource> {
      auto name = base::percent_decode(text);
      if (!name) return std::nullopt;
      Resource resource{std::move(*name), extent};
      if (!is_resource(action, resource)) return std::nullopt;
      if (!resources.empty() && !(resources.back() < resource)) return std::nullopt;
      return resource;
    };
    auto resource = in.field(to_text(extent), in_order);
    if (resource) resources.push_back(std::move(*resource));
  }
  return resources;
}

}  // namespace

std::string_view to_text(Action action) {
  for (const NamedAction& known : k_actions) {
    if (known.action == action) return known.name;
  }
  return "?";
}

std::optional<Action> action_from_text(std::string_view text) {
  for (const NamedAction& known : k_actions) {
    if (known.name == text) return known.action;
  }
  return std::nullopt;
}

ScopeType scope_type_of(Action action) {
  return action == Action::push ? ScopeType::repo : ScopeType::path;
}

bool are_of_type(const std::vector<Scope>& scopes, Action action) {
  return std::all_of(scopes.begin(), scopes.end(),
                     [&](const Scope& scope) { return scope.type() == scope_type_of(action); });
}

std::string Attributes::text() const {
  std::string list;
  for (const NamedAttribute& known : k_attributes) {
    if (!has(known.attribute)) continue;
    if (!list.empty()) list += ',';
    list += known.name;
  }
  return list.empty() ? "-" : list;
}

std::optional<Attributes> Attributes::from_text(std::string_view text) {
  Attributes attributes;
  for (std::string_view rest = text; rest != "-";) {
    const std::size_t comma = rest.find(',');
    const auto attribute = attribute_from_text(rest.substr(0, comma));
    if (!attribute) return std::nullopt;
    attributes.add(*attribute);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (attributes.text() != text) return std::nullopt;  // another order, a repetition
  return attributes;
}

std::string canonical_text(const Operation& operation) {
  std::string out = "pvm-operation/1\n";
  append_field(out, "agent", base::percent_encode(operation.agent));
  append_field(out, "action", to_text(operation.action));
  append_field(out, "needs", operation.needs.text());
  for (const Resource& resource : operation.resources) {
    append_field(out, to_text(resource.extent), base::percent_encode(resource.name));
  }
  return out;
}

base::Result<Operation> operation_from_text(std::string_view text) {
  FieldReader in("operation", text);
  in.header("pvm-operation");
  auto agent = in.field("agent", agent_from_text);
  const auto action = in.field("action", action_from_text);
  const auto needs = in.field("needs", Attributes::from_text);
  auto resources = take_resources(in, action.value_or(Action::rm));
  if (auto fault = in.finish()) return *fault;
  return Operation{std::move(*agent), *action, *needs, std::move(resources)};
}

std::string canonical_text(const Invocation& invocation) {
  std::string out;
  append_field(out, "cwd", base::percent_encode(invocation.cwd));
  for (const std::string& word : invocation.argv) append_field(out, "arg", base::percent_encode(word));
  return out;
}

base::Result<Invocation> invocation_from_text(std::string_view text) {
  FieldReader in("invocation", text);
  auto cwd = in.field("cwd", directory_from_text);
  std::vector<std::string> argv;
  while (in.has_more()) {
    auto word = in.field("arg", word_from_text);
    if (word) argv.push_back(std::move(*word));
  }
  if (auto fault = in.finish()) return *fault;
  return Invocation{std::move(*cwd), std::move(argv)};
}

bool is_agent_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("._@+:/~-").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= 128 && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

namespace {

constexpr std::string_view k_every_agent = "*";
constexpr std::string_view k_of_program = "@*";

// "PROGRAM@" of "PROGRAM@anything"; empty where there is none.
std::string_view program_of(std::string_view name) {
  const auto at = name.find('@');
  return at == std::string_view::npos || at == 0 ? std::string_view() : name.substr(0, at + 1);
}

}  // namespace

bool is_agent_pattern(std::string_view text) {
  if (text == k_every_agent || is_agent_name(text)) return true;
  if (!text.ends_with(k_of_program)) return false;
  const std::string_view program = text.substr(0, text.size() - k_of_program.size());
  return is_agent_name(program) && program.find('@') == std::string_view::npos;
}

std::vector<std::string> agent_patterns_for(std::string_view name) {
  std::vector<std::string> patterns = {std::string(name)};
  if (const auto program = program_of(name); !program.empty()) patterns.push_back(std::string(program) + "*");
  patterns.emplace_back(k_every_agent);
  return patterns;
}

bool is_agent_of(std::string_view pattern, std::string_view name) {
  if (pattern == name || pattern == k_every_agent) return true;
  const auto program = program_of(name);
  return !program.empty() && pattern.size() == program.size() + 1 && pattern.starts_with(program) && pattern.back() == '*';
}

}  // namespace pvm::model
