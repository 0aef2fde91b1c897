// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/push.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "libpvm/base/text.hpp"
#include "libpvm/model/scope.hpp"

namespace pvm::model {
namespace {

constexpr std::array<Movement, 4> k_movements = {Movement::creation, Movement::fast_forward, Movement::forced,
                                                 Movement::deletion};
constexpr std::size_t k_sha1_digits = 40;
constexpr std::size_t k_sha256_digits = 64;
constexpr std::size_t k_shown_digits = 10;

std::optional<Movement> movement_from_text(std::string_view text) {
  for (const Movement movement : k_movements) {
    if (to_text(movement) == text) return movement;
  }
  return std::nullopt;
}

bool is_object_id(std::string_view text) {
  const bool is_long_enough = text.size() == k_sha1_digits || text.size() == k_sha256_digits;
  return is_long_enough && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string_view id_or_none(const std::string& id) { return id.empty() ? std::string_view("-") : id; }

// Whether the ids are those that a movement of its kind has.
bool is_consistent(const RefUpdate& update) {
  if (update.movement == Movement::deletion) return update.new_id.empty();
  return update.old_id.empty() == (update.movement == Movement::creation) && !update.new_id.empty();
}

std::optional<std::string> id_from_text(std::string_view text) {
  if (text == "-") return std::string();
  if (!is_object_id(text)) return std::nullopt;
  return std::string(text);
}

// Of what is percent-encoded, never empty and without a NUL.
std::optional<std::string> name_from_text(std::string_view text) {
  auto name = base::percent_decode(text);
  if (!name || name->empty() || name->find('\0') != std::string::npos) return std::nullopt;
  return name;
}

std::optional<RefUpdate> parse_update(std::string_view line) {
  const auto words = split_words<4>(line);
  if (!words) return std::nullopt;
  const auto movement = movement_from_text((*words)[0]);
  auto old_id = id_from_text((*words)[1]);
  auto new_id = id_from_text((*words)[2]);
  auto ref = name_from_text((*words)[3]);
  if (!movement || !old_id || !new_id || !ref) return std::nullopt;
  RefUpdate update{*movement, std::move(*old_id), std::move(*new_id), std::move(*ref)};
  if (!is_consistent(update)) return std::nullopt;
  return update;
}

std::optional<Push> parse_push(std::string_view value) {
  const auto words = split_words<4>(value);
  if (!words) return std::nullopt;
  auto name = name_from_text((*words)[0]);
  auto url = name_from_text((*words)[1]);
  auto repository = name_from_text((*words)[2]);
  const bool is_kind = (*words)[3] == "plain" || (*words)[3] == "mirror";
  if (!name || !url || !repository || !is_kind || !is_canonical(*repository)) return std::nullopt;
  return Push{std::move(*name), std::move(*url), std::move(*repository),
              (*words)[3] == "mirror" ? PushKind::mirror : PushKind::plain, {}};
}

auto key_of(const Push& push) { return std::tie(push.name, push.url, push.repository, push.kind); }

std::string brief(const std::string& id) { return id.substr(0, k_shown_digits); }

// "refs/tags/v" of "refs/namespaces/a/refs/namespaces/b/refs/tags/v" (gitnamespaces(7)).
std::string_view without_namespaces(std::string_view ref) {
  constexpr std::string_view k_namespaces = "refs/namespaces/";
  while (ref.starts_with(k_namespaces)) {
    const auto end = ref.find('/', k_namespaces.size());
    if (end == std::string_view::npos) break;
    ref.remove_prefix(end + 1);
  }
  return ref;
}

using Moves = std::map<std::pair<std::string, std::string>, const RefUpdate*>;

// By what is pushed to and from, and the ref.
Moves moves_of(const std::vector<Push>& pushes) {
  Moves moves;
  for (const Push& push : pushes) {
    for (const RefUpdate& update : push.updates) {
      moves.emplace(std::pair(resource_of(push, update), push.url + "\n" + push.repository), &update);
    }
  }
  return moves;
}

}  // namespace

std::string_view to_text(Movement movement) {
  switch (movement) {
    case Movement::creation: return "new";
    case Movement::fast_forward: return "forward";
    case Movement::forced: return "forced";
    case Movement::deletion: return "delete";
  }
  return "?";
}

std::string resource_of(const Push& push, const RefUpdate& update) { return push.name + "#" + update.ref; }

Attributes needs_of(const RefUpdate& update) {
  Attributes needs;
  if (update.movement == Movement::forced) needs.add(Attribute::force);
  if (update.movement == Movement::deletion) needs.add(Attribute::deletion);
  if (without_namespaces(update.ref).starts_with("refs/tags/")) needs.add(Attribute::tag);
  return needs;
}

Operation operation_of(const std::vector<Push>& pushes, const std::string& agent) {
  Operation operation{agent, Action::push, {}, {}};
  std::set<Resource> resources;
  for (const Push& push : pushes) {
    if (push.kind == PushKind::mirror && !push.updates.empty()) operation.needs.add(Attribute::mirror);
    for (const RefUpdate& update : push.updates) {
      resources.insert({resource_of(push, update), Extent::item});
      for (const Attribute attribute : {Attribute::force, Attribute::deletion, Attribute::tag}) {
        if (needs_of(update).has(attribute)) operation.needs.add(attribute);
      }
    }
  }
  operation.resources.assign(resources.begin(), resources.end());
  return operation;
}

bool sort(std::vector<Push>& pushes) {
  std::stable_sort(pushes.begin(), pushes.end(), [](const Push& a, const Push& b) { return key_of(a) < key_of(b); });
  std::vector<Push> merged;
  for (Push& push : pushes) {
    if (merged.empty() || key_of(merged.back()) != key_of(push)) {
      merged.push_back(std::move(push));
      continue;
    }
    auto& updates = merged.back().updates;
    updates.insert(updates.end(), push.updates.begin(), push.updates.end());
  }
  pushes = std::move(merged);
  bool is_clear = true;
  for (Push& push : pushes) {
    std::ranges::sort(push.updates, {}, &RefUpdate::ref);
    push.updates.erase(std::unique(push.updates.begin(), push.updates.end()), push.updates.end());
    const auto twice = std::ranges::adjacent_find(push.updates, {}, &RefUpdate::ref);
    is_clear = is_clear && twice == push.updates.end();
  }
  return is_clear;
}

void append_pushes(std::string& out, const std::vector<Push>& pushes, const std::vector<InjectedCode>& code) {
  for (const Push& push : pushes) {
    append_field(out, "push",
                 base::percent_encode(push.name) + " " + base::percent_encode(push.url) + " " +
                     base::percent_encode(push.repository) + (push.kind == PushKind::mirror ? " mirror" : " plain"));
    for (const RefUpdate& update : push.updates) {
      out.append(to_text(update.movement)).append(" ").append(id_or_none(update.old_id)).append(" ");
      out.append(id_or_none(update.new_id)).append(" ").append(base::percent_encode(update.ref)).append("\n");
    }
  }
  for (const InjectedCode& one : code) {
    append_field(out, "code", base::percent_encode(one.what) + " " + base::percent_encode(one.value));
  }
}

std::vector<Push> take_pushes(FieldReader& in) {
  std::vector<Push> pushes;
  while (in.has_more() && in.is_next("push")) {
    const auto push_in_order = [&pushes](std::string_view value) -> std::optional<Push> {
      auto push = parse_push(value);
      if (push && !pushes.empty() && !(key_of(pushes.back()) < key_of(*push))) return std::nullopt;
      return push;
    };
    auto push = in.field("push", push_in_order);
    if (!push) break;
    while (in.has_more() && !in.is_next("push") && !in.is_next("code")) {
      const auto update_in_order = [&push](std::string_view line) -> std::optional<RefUpdate> {
        auto update = parse_update(line);
        if (update && !push->updates.empty() && update->ref <= push->updates.back().ref) return std::nullopt;
        return update;
      };
      auto update = in.line(update_in_order);
      if (update) push->updates.push_back(std::move(*update));
    }
    pushes.push_back(std::move(*push));
  }
  return pushes;
}

std::vector<InjectedCode> take_code(FieldReader& in) {
  std::vector<InjectedCode> code;
  while (in.has_more() && in.is_next("code")) {
    const auto in_order = [&code](std::string_view value) -> std::optional<InjectedCode> {
      const auto words = split_words<2>(value);
      if (!words) return std::nullopt;
      auto what = name_from_text((*words)[0]);
      auto text = base::percent_decode((*words)[1]);
      if (!what || !text || text->find('\0') != std::string::npos) return std::nullopt;
      InjectedCode one{std::move(*what), std::move(*text)};
      if (!code.empty() && !(code.back() < one)) return std::nullopt;
      return one;
    };
    auto one = in.field("code", in_order);
    if (one) code.push_back(std::move(*one));
  }
  return code;
}

std::vector<std::string> differences(const std::vector<Push>& then, const std::vector<Push>& now) {
  const Moves before = moves_of(then);
  const Moves after = moves_of(now);
  std::vector<std::string> lines;
  for (const auto& [where, update] : before) {
    const auto found = after.find(where);
    if (found == after.end()) {
      lines.push_back("gone " + base::quoted(where.first));
    } else if (!(*found->second == *update)) {
      lines.push_back("changed " + base::quoted(where.first) + ": was " + describe(*update) + "; is " +
                      describe(*found->second));
    }
  }
  for (const auto& [where, update] : after) {
    if (!before.contains(where)) lines.push_back("added " + base::quoted(where.first) + ": " + describe(*update));
  }
  if (lines.empty() && then != now) lines.emplace_back("changed: from where it is pushed, or whether as a mirror");
  return lines;
}

std::vector<std::string> differences(const std::vector<InjectedCode>& then, const std::vector<InjectedCode>& now) {
  std::vector<std::string> lines;
  const auto name = [](const InjectedCode& one) { return base::quoted(one.what) + " " + base::quoted(one.value); };
  for (const InjectedCode& one : then) {
    if (std::ranges::find(now, one) == now.end()) lines.push_back("gone: code that would run: " + name(one));
  }
  for (const InjectedCode& one : now) {
    if (std::ranges::find(then, one) == then.end()) lines.push_back("added: code that would run: " + name(one));
  }
  return lines;
}

std::string describe(const RefUpdate& update) {
  switch (update.movement) {
    case Movement::creation: return "new, " + brief(update.new_id);
    case Movement::deletion: return update.old_id.empty() ? "delete" : "delete, was " + brief(update.old_id);
    case Movement::fast_forward: return "forward, " + brief(update.old_id) + " -> " + brief(update.new_id);
    case Movement::forced: return "forced, " + brief(update.old_id) + " -> " + brief(update.new_id);
  }
  return "?";
}

}  // namespace pvm::model
