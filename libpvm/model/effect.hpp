// SPDX-License-Identifier: Apache-2.0
// The resolved consequence of an operation: what exactly would be removed, or moved by a push. Floor: model.
//
// The manifest is the text that the effect digest is taken over (SHA-256, done by crypto):
//
//   pvm-effect/1 LF
//   operand PATH LF                                   each operand, by the bytes of its path; no path twice
//   TYPE DEVICE INODE SIZE MTIME RELATIVE-PATH LF     each entry of it, by the bytes of its relative path;
//                                                     the first is the operand itself
//   push …, code …                                    of a push in their place: model/push.hpp
//
// PATH and RELATIVE-PATH are percent-encoded; the operand's own relative path is empty ("%"). TYPE is one of
// f file, d directory, u directory that cannot be read, l symbolic link, p FIFO, s socket, b and c devices.
// SIZE (bytes) and MTIME (nanoseconds since 1970, with a minus sign before it) are "-" for all but f. Numbers
// are decimal. An effect past its bound has no manifest: what is listed of it says nothing of the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/model/push.hpp"

namespace pvm::model {

/// More entries than this are not listed, and nothing can be bound to the effect.
inline constexpr std::size_t k_effect_bound = 100'000;

struct EffectEntry {
  char type = 'f';
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;     // bytes; 0 for all but files
  std::int64_t mtime_ns = 0;  // 0 for all but files
  std::string path;           // relative to the operand; empty for the operand itself
  bool operator==(const EffectEntry&) const = default;
};

struct OperandEffect {
  std::string operand;  // canonical path
  std::vector<EffectEntry> entries;
  bool operator==(const OperandEffect&) const = default;
};

enum class Completeness { whole, bounded };

struct Effect {
  std::vector<OperandEffect> operands;  // sorted by operand
  Completeness completeness = Completeness::whole;
  std::vector<Push> pushes = {};        // of a push: where to, and which refs
  std::vector<InjectedCode> code = {};  // sorted
  bool operator==(const Effect&) const = default;
};

/// What people are told of an effect. `files` is everything but directories. Of a push there are none of either.
struct EffectSummary {
  std::uint64_t files = 0;
  std::uint64_t directories = 0;
  std::uint64_t bytes = 0;
  Completeness completeness = Completeness::whole;
  std::uint64_t refs = 0;         // that a push moves
  std::uint64_t overwritten = 0;  // of these, forced or deleted: commits may be lost
  bool operator==(const EffectSummary&) const = default;
};

/// Sorts operands and entries by bytes, as the manifest wants them.
void sort(Effect& effect);
[[nodiscard]] EffectSummary summarise(const Effect& effect);
/// Of what is listed: `completeness` is whole, and a caller whose effect is bounded says so itself.
[[nodiscard]] EffectSummary summarise(const OperandEffect& operand);
/// "1 file, 12 B", "1,204 files, 83 MiB"; "3 directories" where there is no file, "nothing" where there is
/// nothing; "over 100,000 entries, more than 9.1 GiB" where bounded; "3 refs, 1 of them forced or deleted" of a push.
[[nodiscard]] std::string to_text(const EffectSummary& summary);

/// REQUIRES: sorted and whole.
[[nodiscard]] std::string manifest(const Effect& effect);
/// Errors: malformed, for anything that `manifest` does not write (naming the line) or over k_effect_bound
/// entries; newer, for a later version.
[[nodiscard]] base::Result<Effect> effect_from_manifest(std::string_view text);

/// The entries at which two effects differ (of pushes: model::differences). `named` holds at most as many as were asked for, by the bytes of
/// their absolute paths, each as "added '/p'", "gone '/p'" or "changed '/p': " with what changed: "size 12 ->
/// 40", "another file (inode)" (or "(device)"), "type file -> directory", "modified since". `total` counts
/// all of them, and is 0 only where the effects are equal.
struct Differences {
  std::vector<std::string> named;
  std::size_t total = 0;
};
/// REQUIRES: both sorted and whole.
[[nodiscard]] Differences compare(const Effect& then, const Effect& now, std::size_t most = 5);

}  // namespace pvm::model
