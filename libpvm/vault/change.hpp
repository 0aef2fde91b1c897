// SPDX-License-Identifier: Apache-2.0
// One change of the vault: a transaction, the state row, and the audit entries that belong to it. Floor: vault.
#pragma once

#include <optional>
#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/crypto/merkle.hpp"
#include "libpvm/vault/audit.hpp"
#include "libpvm/vault/sqlite.hpp"

namespace pvm::vault {

/// The single row of table `state`.
struct State {
  std::string vault_id;
  std::uint64_t generation = 0;  // rises with whatever changes what may run, but for uses
  std::uint64_t epoch = 0;       // revocation floor
  std::optional<std::string> lock_id;
  std::string lock_reason;
  base::UnixTime locked_at;
  base::UnixTime clock_mark;  // the latest time of any entry
  crypto::TreeEdge log;
};

/// Errors: malformed (no such row, or one that is not sound).
[[nodiscard]] base::Result<State> read_state(const Database& database);

/// What a clock behind the last entry means for a change.
enum class ClockRule { refuse, accept };

class Change {
 public:
  /// BEGIN IMMEDIATE and the state. Errors: clock, where the rule says so and `now` is over k_clock_tolerance behind.
  [[nodiscard]] static base::Result<Change> begin(const Database& database, base::UnixTime now, ClockRule rule);

  [[nodiscard]] State& state() { return state_; }
  [[nodiscard]] base::UnixTime now() const { return now_; }
  /// Numbers, dates and writes `entry`; returns its number.
  [[nodiscard]] base::Result<std::uint64_t> append(AuditEntry entry);
  /// Writes the state and commits. Without it everything is undone.
  [[nodiscard]] base::Result<void> commit();

 private:
  Change(const Database& database, Transaction transaction, State state, base::UnixTime now)
      : database_(&database), transaction_(std::move(transaction)), state_(std::move(state)), now_(now) {}
  const Database* database_;
  Transaction transaction_;
  State state_;
  base::UnixTime now_;
};

}  // namespace pvm::vault
