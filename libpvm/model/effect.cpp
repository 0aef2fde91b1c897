// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/effect.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/model/fields.hpp"
#include "libpvm/model/scope.hpp"

namespace pvm::model {
namespace {

bool is_directory(const EffectEntry& entry) {
  return entry.type == 'd' || entry.type == 'u';
}

std::string_view type_name(char type) {
  switch (type) {
    case 'f':
      return "file";
    case 'd':
      return "directory";
    case 'u':
      return "unreadable directory";
    case 'l':
      return "symbolic link";
    case 'p':
      return "FIFO";
    case 's':
      return "socket";
    case 'b':
      return "block device";
    case 'c':
      return "character device";
    default:
      return {};
  }
}

void add_bytes(EffectSummary& summary, std::uint64_t bytes) {
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - summary.bytes;
  summary.bytes += std::min(room, bytes);
}

void add(EffectSummary& summary, const OperandEffect& operand) {
  for (const EffectEntry& entry : operand.entries) {
    ++(is_directory(entry) ? summary.directories : summary.files);
    add_bytes(summary, entry.size);
  }
}

void append_entry(std::string& out, const EffectEntry& entry) {
  const bool is_file = entry.type == 'f';
  out += entry.type;
  out += ' ' + std::to_string(entry.device) + ' ' + std::to_string(entry.inode) + ' ';
  out += is_file ? std::to_string(entry.size) + ' ' + std::to_string(entry.mtime_ns) : "- -";
  out += ' ' + base::percent_encode(entry.path) + '\n';
}

// A decimal that may have a minus sign; "-0" is no second zero.
std::optional<std::int64_t> parse_signed(std::string_view text) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!text.starts_with('-')) {
    const auto value = base::parse_decimal(text, most);
    if (!value) return std::nullopt;
    return static_cast<std::int64_t>(*value);
  }
  const auto value = base::parse_decimal(text.substr(1), most + 1);
  if (!value || *value == 0) return std::nullopt;
  return static_cast<std::int64_t>(0 - *value);
}

// An empty path is the operand itself; any other is canonical once it stands under a root.
bool is_relative_path(const std::string& path) {
  return path.empty() || is_canonical("/" + path);
}

std::optional<EffectEntry> parse_entry(std::string_view line) {
  const auto words = split_words<6>(line);
  if (!words) return std::nullopt;
  const auto& [type, device_text, inode_text, size_text, mtime_text, path_text] = *words;
  if (type.size() != 1 || type_name(type.front()).empty()) return std::nullopt;

  const auto device = base::parse_decimal(device_text);
  const auto inode = base::parse_decimal(inode_text);
  auto path = base::percent_decode(path_text);
  if (!device || !inode || !path || !is_relative_path(*path)) return std::nullopt;

  EffectEntry entry{type.front(), *device, *inode, 0, 0, std::move(*path)};
  if (entry.type != 'f') {
    if (size_text != "-" || mtime_text != "-") return std::nullopt;
    return entry;
  }
  const auto size = base::parse_decimal(size_text);
  const auto mtime = parse_signed(mtime_text);
  if (!size || !mtime) return std::nullopt;
  entry.size = *size;
  entry.mtime_ns = *mtime;
  return entry;
}

std::optional<std::string> operand_from_text(std::string_view text) {
  auto path = base::percent_decode(text);
  if (!path || !is_canonical(*path)) return std::nullopt;
  return path;
}

// Takes one operand with its entries: itself first, then what is beneath it, each path after the one before.
OperandEffect take_operand(FieldReader& in, const std::vector<OperandEffect>& before) {
  OperandEffect effect;
  const auto operand_in_order = [&](std::string_view text) -> std::optional<std::string> {
    auto path = operand_from_text(text);
    if (path && !before.empty() && *path <= before.back().operand) return std::nullopt;
    return path;
  };
  const auto entry_in_order = [&](std::string_view line) -> std::optional<EffectEntry> {
    auto entry = parse_entry(line);
    if (!entry) return std::nullopt;
    const bool fits = effect.entries.empty() ? entry->path.empty() : entry->path > effect.entries.back().path;
    if (!fits) return std::nullopt;
    return entry;
  };

  effect.operand = in.field("operand", operand_in_order).value_or("");
  do {
    auto entry = in.line(entry_in_order);
    if (entry) effect.entries.push_back(std::move(*entry));
  } while (in.has_more() && !in.is_next("operand"));
  return effect;
}

// An entry and where it is; the pointers are into the effect that it is of.
struct Place {
  std::string path;  // absolute
  const std::string* operand;
  const EffectEntry* entry;
};

// An entry that two operands reach is two entries, as it is in the manifest.
bool is_before(const Place& a, const Place& b) {
  return std::tie(a.path, *a.operand) < std::tie(b.path, *b.operand);
}

std::string absolute(const std::string& operand, const std::string& path) {
  if (path.empty()) return operand;
  return operand == "/" ? operand + path : operand + "/" + path;
}

std::vector<Place> places_of(const Effect& effect) {
  std::vector<Place> places;
  for (const OperandEffect& operand : effect.operands) {
    for (const EffectEntry& entry : operand.entries) {
      places.push_back({absolute(operand.operand, entry.path), &operand.operand, &entry});
    }
  }
  std::sort(places.begin(), places.end(), is_before);
  return places;
}

// What a person may want to know of it. REQUIRES: the entries differ.
std::string change(const EffectEntry& then, const EffectEntry& now) {
  if (then.type != now.type) {
    return "type " + std::string(type_name(then.type)) + " -> " + std::string(type_name(now.type));
  }
  std::string text;
  if (then.device != now.device || then.inode != now.inode) {
    const std::string_view by = then.device != now.device ? "device" : "inode";
    text = "another " + std::string(type_name(now.type)) + " (" + std::string(by) + ")";
  }
  if (then.size != now.size) {
    if (!text.empty()) text += ", ";
    text += "size " + std::to_string(then.size) + " -> " + std::to_string(now.size);
  }
  return text.empty() ? "modified since" : text;
}

void note(Differences& differences, std::size_t most, std::string_view verb, const Place& place,
          const std::string& what = {}) {
  ++differences.total;
  if (differences.named.size() >= most) return;
  std::string text = std::string(verb) + " " + base::quoted(place.path);
  if (!what.empty()) text += ": " + what;
  differences.named.push_back(std::move(text));
}

}  // namespace

void sort(Effect& effect) {
  for (OperandEffect& operand : effect.operands) {
    std::sort(operand.entries.begin(), operand.entries.end(),
              [](const EffectEntry& a, const EffectEntry& b) { return a.path < b.path; });
  }
  std::sort(effect.operands.begin(), effect.operands.end(),
            [](const OperandEffect& a, const OperandEffect& b) { return a.operand < b.operand; });
}

EffectSummary summarise(const Effect& effect) {
  EffectSummary summary;
  for (const OperandEffect& operand : effect.operands) add(summary, operand);
  summary.completeness = effect.completeness;
  for (const Push& push : effect.pushes) {
    summary.refs += push.updates.size();
    for (const RefUpdate& update : push.updates) {
      const bool loses = update.movement == Movement::forced || update.movement == Movement::deletion;
      summary.overwritten += loses ? 1U : 0U;
    }
  }
  return summary;
}

EffectSummary summarise(const OperandEffect& operand) {
  EffectSummary summary;
  add(summary, operand);
  return summary;
}

std::string to_text(const EffectSummary& summary) {
  const std::string bytes = base::human_bytes(summary.bytes);
  if (summary.refs > 0) {
    const std::string refs = base::counted(summary.refs, "ref", "refs");
    if (summary.overwritten == 0) return refs;
    if (summary.refs == 1) return refs + ", forced or deleted";
    return refs + ", " + base::grouped(summary.overwritten) + " of them forced or deleted";
  }
  if (summary.completeness == Completeness::bounded) {
    return "over " + base::grouped(k_effect_bound) + " entries, more than " + bytes;
  }
  if (summary.files > 0) return base::counted(summary.files, "file", "files") + ", " + bytes;
  if (summary.directories > 0) return base::counted(summary.directories, "directory", "directories");
  return "nothing";
}

std::string manifest(const Effect& effect) {
  std::string out = "pvm-effect/1\n";
  for (const OperandEffect& operand : effect.operands) {
    append_field(out, "operand", base::percent_encode(operand.operand));
    for (const EffectEntry& entry : operand.entries) append_entry(out, entry);
  }
  append_pushes(out, effect.pushes, effect.code);
  return out;
}

base::Result<Effect> effect_from_manifest(std::string_view text) {
  FieldReader in("effect", text);
  in.header("pvm-effect");
  Effect effect;
  std::size_t entries = 0;
  effect.pushes = take_pushes(in);
  effect.code = take_code(in);
  for (const Push& push : effect.pushes) entries += push.updates.size();
  // Of a push or of operands, never of both.
  while (in.has_more() && effect.pushes.empty() && effect.code.empty()) {
    effect.operands.push_back(take_operand(in, effect.operands));
    entries += effect.operands.back().entries.size();
  }
  if (auto fault = in.finish()) return *fault;
  if (entries > k_effect_bound) {
    return base::fail(base::Code::malformed, "effect: over " + base::grouped(k_effect_bound) + " entries");
  }
  return effect;
}

Differences compare(const Effect& then, const Effect& now, std::size_t most) {
  const std::vector<Place> old_places = places_of(then);
  const std::vector<Place> new_places = places_of(now);
  Differences differences;
  for (const auto& lines : {model::differences(then.pushes, now.pushes), model::differences(then.code, now.code)}) {
    for (const std::string& line : lines) {
      ++differences.total;
      if (differences.named.size() < most) differences.named.push_back(line);
    }
  }
  auto a = old_places.begin();
  auto b = new_places.begin();
  while (a != old_places.end() || b != new_places.end()) {
    if (b == new_places.end() || (a != old_places.end() && is_before(*a, *b))) {
      note(differences, most, "gone", *a++);
    } else if (a == old_places.end() || is_before(*b, *a)) {
      note(differences, most, "added", *b++);
    } else {
      if (*a->entry != *b->entry) note(differences, most, "changed", *b, change(*a->entry, *b->entry));
      ++a, ++b;
    }
  }
  return differences;
}

}  // namespace pvm::model
