// SPDX-License-Identifier: Apache-2.0
// What happened, for those who listen (server-sent events, WHATWG HTML section 9.2). An event's id is the number of the
// audit entry that it stands for, so ids go up for as long as the vault lives, and a listener that was away says which it
// had last. Kept are the last few thousand, once for all listeners: one that is slow costs no memory, and is told that it
// missed something where it stayed away for longer. Pure. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "libpvm/vault/audit.hpp"

namespace pvm::pvmctl::web {

inline constexpr std::size_t k_events_kept = 4096;
inline constexpr std::size_t k_batch_bytes = 64 * 1024;

class Events {
 public:
  explicit Events(std::size_t most = k_events_kept) : most_(most) {}

  /// Takes in an entry; nothing where it is of no kind that listeners are told of. REQUIRES: its number is above all
  /// before it.
  void take(const vault::AuditEntry& entry);
  /// The number of the last entry that was taken in, told of or not; where listeners begin who ask for nothing earlier.
  [[nodiscard]] std::uint64_t newest() const { return newest_; }
  /// Another log stands in the place of the one before: listeners are to look at everything anew.
  void start_over(std::uint64_t newest);

  /// Events after `seen`, as they are sent: at most k_batch_bytes, but at least one where there is one. Where some of
  /// those are kept no more: a single event "reset". `last` is what the next call is to be made with.
  struct Batch {
    std::string text;
    std::uint64_t last = 0;
  };
  [[nodiscard]] Batch after(std::uint64_t seen) const;

 private:
  struct Kept {
    std::uint64_t id = 0;
    std::string frame;
  };
  std::size_t most_;
  std::deque<Kept> kept_;
  std::uint64_t before_ = 0;  // all events above this are kept
  std::uint64_t newest_ = 0;
};

/// "created" (a request), "decided" (it was answered, or nobody will answer any more), "granted" (a standing grant), "used"
/// (a command was let run), "executed" (it ended), "revoked", "locked", "unlocked"; empty for what nobody is told of.
[[nodiscard]] std::string_view event_name(const vault::AuditEntry& entry);

}  // namespace pvm::pvmctl::web
