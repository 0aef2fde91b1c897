// SPDX-License-Identifier: Apache-2.0
// The audit log for reading: entries that say the same again and again become one line. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "libpvm/vault/audit.hpp"
#include "pvmctl/ui/table.hpp"

namespace pvm::pvmctl {

/// Entries of one agent, type, action, grant and decision, with no other answer of that type to that agent between them.
struct Run {
  std::uint64_t entry = 0;  // the first
  std::uint64_t count = 0;
  base::UnixTime from;
  base::UnixTime until;
  vault::EntryType type = vault::EntryType::init;
  std::string agent;
  std::string decision;
  std::string what;  // of one entry what it is about; of several what they share; at most a few hundred bytes
};

enum class Folding { runs, none };

/// Takes entries in their order. Memory is bounded by `most` lines.
class RunList {
 public:
  RunList(Folding folding, std::size_t most) : folding_(folding), most_(most) {}

  void take(const vault::AuditEntry& entry);

  /// By their first entries; the last `most` of them.
  [[nodiscard]] std::vector<Run> runs() const;
  /// Entries taken, and those of them in runs that were dropped for newer ones.
  [[nodiscard]] std::uint64_t taken() const { return taken_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  struct Kept {
    Run run;
    std::string kind;       // beside type and agent, what must be the same
    std::string directory;  // that holds all paths of the run; empty: there are none
  };
  using Key = std::pair<std::string, vault::EntryType>;  // agent, type

  [[nodiscard]] Kept* find_open(const Key& key);
  void close(const std::string& agent);

  Folding folding_;
  std::size_t most_;
  std::deque<Kept> kept_;
  std::uint64_t before_ = 0;           // runs dropped
  std::map<Key, std::uint64_t> open_;  // which run, counted from the first ever
  std::uint64_t taken_ = 0;
  std::uint64_t dropped_ = 0;
};

/// What an entry is about: its scope, else its grant and the details that say something to a person.
[[nodiscard]] std::string what_line(const vault::AuditEntry& entry);

/// "times in UTC+01:00", and a table: ENTRY, TIME, TYPE, AGENT, DECISION, WHAT; of a run "2026-11-21 13:40–13:52" and
/// "×14 in /srv/app".
[[nodiscard]] std::string runs_table(const std::vector<Run>& runs, base::Seconds offset,
                                     std::size_t width = ui::page_width());
/// The same with a line for each entry.
[[nodiscard]] std::string entries_table(const std::vector<vault::AuditEntry>& entries, base::Seconds offset,
                                        std::size_t width = ui::page_width());

}  // namespace pvm::pvmctl
