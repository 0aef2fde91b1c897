// SPDX-License-Identifier: Apache-2.0
// What the tables must hold, told from the log alone. Floor: vault.
//
// Every change of the vault is an entry, so the entries, taken in order, give how often each grant was used, which are
// revoked, what became of each request (ledger.hpp), the lock, the revocation floor and the clock mark. Whoever changes
// a row without an entry is found by comparing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libpvm/base/id.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/vault/change.hpp"
#include "libpvm/vault/ledger.hpp"
#include "libpvm/vault/record.hpp"

namespace pvm::vault {

class Replay {
 public:
  /// `pruned_until`: entries up to this one are gone, and `then` is what they came to. `judge` is asked for what ends
  /// a lock. References outlive the replay.
  Replay(const base::VaultId& vault, std::uint64_t pruned_until, const model::Boundary& then,
         const JudgeStatement& judge, const Means& means, Faults& faults)
      : vault_(vault), epoch_(then.epoch), lock_(then.lock), is_pruned_(pruned_until > 0), judge_(judge), faults_(faults),
        ledger_(pruned_until, means, faults) {}

  /// The next entry that is not pruned. `sets_clock`: a reset by which an approver accepted its time. Its faults are of
  /// place `record.entry`, from item 1 on.
  void take(const Record& record, bool sets_clock);

  /// Compares with the tables and the state row. Errors: of the database only.
  [[nodiscard]] base::Result<void> compare(const Database& database, const State& state);

  /// true: there are grants and requests that this reading passed over, and all entries are to be taken once more,
  /// and compared.
  [[nodiscard]] bool begin_next();
  [[nodiscard]] std::size_t left() const { return ledger_.left(); }

 private:
  // The first thing that an entry says, and the second.
  static constexpr std::uint64_t k_first = 1;
  static constexpr std::uint64_t k_second = 2;

  void take_decision(const Record& record);
  void take_stored(const AuditEntry& entry);
  void take_revocation(const AuditEntry& entry);
  void take_request(const AuditEntry& entry);
  void take_lock(const AuditEntry& entry);
  void take_unlock(const AuditEntry& entry);
  void compare_state(const State& state);
  /// Of what does not hang on an id: told at the first reading.
  void fault(std::uint64_t entry, std::string_view what, std::uint64_t item = k_first);

  base::VaultId vault_;
  std::uint64_t epoch_;
  std::optional<base::LockId> lock_;
  base::UnixTime clock_mark_;
  bool is_pruned_;
  bool is_first_ = true;
  const JudgeStatement& judge_;
  Faults& faults_;
  Ledger ledger_;
};

}  // namespace pvm::vault
