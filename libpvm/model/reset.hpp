// SPDX-License-Identifier: Apache-2.0
// Statements by which an approver sets aside what PVM would otherwise refuse or miss: that the log is not the one
// they saw, that the clock went back, that old texts are gone, that the vault is locked. Floor: model.
//
// They are signed as a grant is (SSHSIG), and kept, with their signature, in the audit entry of what they did.
// One encoding of anything, as in a grant (share/doc/AUDIT-FORMAT.md):
//
//   pvm-reset/1                      namespace pvm-reset-v1
//   what break|clock|prune
//   vault HEX
//   log SIZE ROOT                    head of the log before the entry that keeps this statement
//   seen SIZE ROOT                   break: the head that the approver remembered and the log does not extend
//   mark UNIX                        clock: the time of the latest entry, which lies ahead
//   until N                          prune: entries 1 to N lose their texts
//   then EPOCH LOCK|-                prune: revocation floor and lock as they were after entry N
//   time UNIX
//   approver NAME
//   reason TEXT
//
//   pvm-unlock/1                     namespace pvm-unlock-v1
//   vault HEX
//   lock HEX
//   time UNIX
//   approver NAME
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libpvm/base/id.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/model/grant.hpp"

namespace pvm::model {

inline constexpr std::string_view k_reset_namespace = "pvm-reset-v1";
inline constexpr std::string_view k_unlock_namespace = "pvm-unlock-v1";

enum class ResetKind { broken_log, clock, prune };
/// "break", "clock", "prune".
[[nodiscard]] std::string_view to_text(ResetKind kind);

/// Revocation floor and lock after the last entry that is pruned: where a replay of the log begins.
struct Boundary {
  std::uint64_t epoch = 0;
  std::optional<base::LockId> lock;
  bool operator==(const Boundary&) const = default;
};

struct Reset {
  ResetKind kind = ResetKind::broken_log;
  base::VaultId vault;
  TreeHead log;
  std::optional<TreeHead> seen;         // broken_log only
  std::optional<base::UnixTime> mark;   // clock only
  std::optional<std::uint64_t> until;   // prune only; at most log.size
  std::optional<Boundary> then;         // prune only
  base::UnixTime time;
  std::string approver;  // not empty, no control bytes
  std::string reason;
  bool operator==(const Reset&) const = default;
};

/// The canonical text. Errors: limit (over k_grant_max_bytes); malformed (a field that the kind wants and is not
/// there, or the other way round; a value that the format cannot carry).
[[nodiscard]] base::Result<std::string> encode(const Reset& reset);
/// Reads exactly what encode writes. Errors: malformed; newer.
[[nodiscard]] base::Result<Reset> decode_reset(std::string_view text);

/// Ends the lock `lock`, and no other.
struct Unlock {
  base::VaultId vault;
  base::LockId lock;
  base::UnixTime time;
  std::string approver;
  bool operator==(const Unlock&) const = default;
};

[[nodiscard]] base::Result<std::string> encode(const Unlock& unlock);
[[nodiscard]] base::Result<Unlock> decode_unlock(std::string_view text);

}  // namespace pvm::model
