// SPDX-License-Identifier: Apache-2.0
// What the tables must hold, told from the log alone. Floor: vault.
//
// Every change of the vault is an entry, so the entries, taken in order, give how often each grant was used, which are
// revoked, what became of each request, the lock, the revocation floor and the clock mark. Whoever changes a row
// without an entry is found by comparing. Memory: some hundred bytes for each grant and request.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "libpvm/base/id.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/vault/audit_row.hpp"
#include "libpvm/vault/change.hpp"

namespace pvm::vault {

class Replay {
 public:
  using Fault = std::function<void(std::string)>;

  /// `pruned_until`: entries up to this one are gone, and `then` is what they came to. `judge` is asked for what ends
  /// a lock; `fault` is told what cannot be, and outlives the replay.
  Replay(const base::VaultId& vault, std::uint64_t pruned_until, const model::Boundary& then,
         const JudgeStatement& judge, const Fault& fault)
      : vault_(vault), pruned_until_(pruned_until), epoch_(then.epoch), lock_(then.lock), judge_(judge),
        fault_(fault) {}

  /// The next entry that is not pruned. `sets_clock`: a reset by which an approver accepted its time.
  void take(const AuditEntry& entry, bool sets_clock);

  /// Compares with the tables and the state row. Errors: of the database only.
  [[nodiscard]] base::Result<void> compare(const Database& database, const State& state);

 private:
  struct GrantFacts {
    std::uint64_t stored = 0;  // the entry
    std::uint64_t used = 0;
    std::string agent;
    bool revoked = false;
    bool seen = false;
  };
  struct RequestFacts {
    std::uint64_t filed = 0;
    EntryType last = EntryType::request;
    bool seen = false;
  };

  void take_decision(const AuditEntry& entry, const std::string& name);
  void take_use(const base::GrantId& id, const std::string& name);
  void take_revocation(const AuditEntry& entry, const std::string& name);
  void take_request(const AuditEntry& entry, const std::string& name);
  void take_unlock(const AuditEntry& entry, const std::string& name);
  [[nodiscard]] bool is_revoked(const GrantFacts& facts) const;
  [[nodiscard]] base::Result<void> compare_grants(const Database& database);
  [[nodiscard]] base::Result<void> compare_requests(const Database& database);

  base::VaultId vault_;
  std::uint64_t pruned_until_;
  std::uint64_t epoch_;
  std::optional<base::LockId> lock_;
  base::UnixTime clock_mark_;
  std::unordered_map<base::GrantId, GrantFacts, base::IdHash> grants_;
  std::unordered_map<base::RequestId, RequestFacts, base::IdHash> requests_;
  std::unordered_map<std::string, std::uint64_t> agents_revoked_;  // by which entry
  const JudgeStatement& judge_;
  const Fault& fault_;
};

}  // namespace pvm::vault
