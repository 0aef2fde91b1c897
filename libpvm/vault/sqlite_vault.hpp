// SPDX-License-Identifier: Apache-2.0
// The vault in a SQLite file. Floor: vault. Its parts stand in candidates.cpp, decisions.cpp, requests.cpp, grants.cpp,
// stop_switch.cpp, audit_log.cpp, verify.cpp, resets.cpp and upkeep.cpp; opening and creating in sqlite_vault.cpp.
//
// How a commit is made durable: WAL with synchronous=NORMAL commits without a sync; then the -wal file is synced
// outside the lock, before anything is started. A WAL is written in order, so one sync covers every commit before it.
#pragma once

#include <span>
#include <string>

#include "libpvm/vault/change.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::vault {

/// Past so many a WAL is moved into the database. Without a keeper each call reads it whole.
inline constexpr int k_most_wal_frames = 64;

class SqliteVault final : public Vault {
 public:
  /// `path`: real path of the file. `wal_is_new`: there was no -wal file before it was opened.
  enum class Wal { existed, is_new };
  SqliteVault(Database database, std::string path, base::VaultId id, Wal wal)
      : database_(std::move(database)), path_(std::move(path)), id_(id), wal_(wal) {}
  SqliteVault(const SqliteVault&) = delete;
  SqliteVault& operator=(const SqliteVault&) = delete;
  ~SqliteVault() override;

  [[nodiscard]] base::VaultId id() const override { return id_; }

  [[nodiscard]] base::Result<Candidates> find_candidates(const model::Operation& operation,
                                                         base::UnixTime now) override;
  [[nodiscard]] base::Result<std::vector<StoredGrant>> find_lapsed(const model::Operation& operation,
                                                                   base::UnixTime now) override;
  [[nodiscard]] base::Result<Decided> decide(const Question& question, std::uint64_t generation,
                                             std::vector<model::Candidate> verified, base::UnixTime now) override;
  [[nodiscard]] base::Result<void> record_outcome(std::uint64_t receipt_entry, std::string_view agent,
                                                  std::string_view outcome, base::UnixTime now) override;
  [[nodiscard]] base::Result<void> record_error(std::string_view agent, const base::Error& error,
                                                base::UnixTime now) override;

  [[nodiscard]] base::Result<Filed> file_request(const NewRequest& request, base::UnixTime now) override;
  [[nodiscard]] base::Result<Request> request(const base::RequestId& id, base::UnixTime now) override;
  [[nodiscard]] base::Result<std::optional<Request>> latest_request(std::string_view agent,
                                                                    const base::Digest& wish_key,
                                                                    base::UnixTime now) override;
  [[nodiscard]] base::Result<base::RequestId> request_by_prefix(std::string_view prefix) override;
  [[nodiscard]] base::Result<std::vector<Request>> requests(const RequestFilter& filter,
                                                            base::UnixTime now) override;
  [[nodiscard]] base::Result<void> note_waiting(const base::RequestId& id, base::UnixTime until) override;
  [[nodiscard]] base::Result<void> note_delivery(const base::RequestId& id, const Delivery& delivery) override;
  [[nodiscard]] base::Result<void> deny(const base::RequestId& id, std::string_view note,
                                        base::UnixTime now) override;
  [[nodiscard]] base::Result<void> cancel(const base::RequestId& id, base::UnixTime now) override;
  [[nodiscard]] base::Result<void> mark_stale(const base::RequestId& id, base::UnixTime now) override;

  [[nodiscard]] base::Result<void> store_grant(const SignedGrant& grant, std::string_view note,
                                               base::UnixTime now) override;
  [[nodiscard]] base::Result<std::vector<StoredGrant>> grants(const GrantFilter& filter) override;
  [[nodiscard]] base::Result<StoredGrant> grant(const base::GrantId& id) override;
  [[nodiscard]] base::Result<base::GrantId> grant_by_prefix(std::string_view prefix) override;
  [[nodiscard]] base::Result<void> revoke(const base::GrantId& id, base::UnixTime now) override;
  [[nodiscard]] base::Result<std::uint64_t> revoke_agent(std::string_view agent, base::UnixTime now) override;
  [[nodiscard]] base::Result<std::uint64_t> revoke_all(base::UnixTime now) override;
  [[nodiscard]] base::Result<std::uint64_t> epoch() override;

  [[nodiscard]] base::Result<LockStatus> lock_status() override;
  [[nodiscard]] base::Result<void> lock(std::string_view reason, base::UnixTime now) override;
  [[nodiscard]] base::Result<void> panic(std::string_view reason, base::UnixTime now) override;
  [[nodiscard]] base::Result<void> unlock(std::string_view lock_id, std::string_view statement,
                                          std::string_view signature, std::string_view approver,
                                          base::UnixTime now) override;

  [[nodiscard]] base::Result<model::TreeHead> durable_head() override;
  [[nodiscard]] base::Result<crypto::TreeEdge> extend(const crypto::TreeEdge& seen, const Progress& progress) override;
  [[nodiscard]] base::Result<void> each_leaf(
      std::uint64_t from, std::uint64_t to,
      const std::function<void(std::uint64_t entry, const base::Digest& leaf)>& visit) override;
  [[nodiscard]] base::Result<void> append(const AuditEntry& entry) override;
  [[nodiscard]] base::Result<void> each_entry(
      std::uint64_t from, const std::function<Visit(const AuditEntry&)>& visit) override;
  [[nodiscard]] base::Result<LogReport> verify_log(const LogWitnesses& witnesses, const LogProgress& progress) override;
  [[nodiscard]] base::Result<base::UnixTime> clock_mark() override;
  [[nodiscard]] base::Result<PruneOffer> offer_prune(std::uint64_t wanted, base::UnixTime now) override;
  [[nodiscard]] base::Result<void> reset(const SignedReset& reset, base::UnixTime now) override;

  [[nodiscard]] base::Result<std::vector<std::string>> check_integrity() override;
  [[nodiscard]] base::Result<void> backup(const std::string& path, base::UnixTime now,
                                          const Progress& progress) override;
  [[nodiscard]] base::Result<void> checkpoint() override;
  void checkpoint_if_due() noexcept override;
  [[nodiscard]] base::Result<std::uint64_t> data_version() override;
  [[nodiscard]] base::Result<base::Descriptor> watch() const override;

 private:
  /// Whether the file and its -wal and -shm are still those beside each other by name: what is moved out of another WAL
  /// would go over newer pages.
  [[nodiscard]] bool is_in_place() const;
  [[nodiscard]] model::Situation situation_of(const State& state, base::UnixTime now) const;
  /// fdatasync of the -wal file (on SQLite's own descriptor), and of the directory where that file is new.
  /// Errors: unsafe, where the -wal or -shm file is not the one beside the vault any more; io, full.
  [[nodiscard]] base::Result<void> sync();
  /// Errors: conflict, where the log does not begin with `head`; broken.
  [[nodiscard]] base::Result<void> check_head(const model::TreeHead& head);
  /// Commits and syncs.
  [[nodiscard]] base::Result<void> commit_durably(Change& change);

  /// pending -> `to`, with the entry that says so.
  struct Resolution {
    RequestState to;
    EntryType entry;
    std::string note = {};
    std::optional<base::GrantId> grant = std::nullopt;
    Details details = {};
    /// Those that the same entry answers.
    std::span<const base::RequestId> further = {};
  };
  /// Its row alone; the request as it was asked, with the grant. Errors: missing; conflict, where it is not pending.
  [[nodiscard]] base::Result<Request> resolve_row(const base::RequestId& id, const Resolution& resolution,
                                                  Change& change);
  [[nodiscard]] base::Result<void> resolve_request(const base::RequestId& id, Resolution resolution, Change& change);
  /// Fills request.told.
  [[nodiscard]] base::Result<void> read_told(Request& request) const;
  [[nodiscard]] base::Result<std::optional<Request>> find_request(const base::RequestId& id, base::UnixTime now);
  [[nodiscard]] base::Result<std::string> id_by_prefix(const char* sql, std::string_view prefix,
                                                       std::string_view what);
  [[nodiscard]] base::Result<void> expire_requests(Change& change, std::string_view agent);

  Database database_;
  std::string path_;
  base::VaultId id_;
  Wal wal_;
};

/// "/a/b" for each resource, one a line and redacted, at most about 64 KiB: the scope of an audit entry.
[[nodiscard]] std::string scope_of(const model::Operation& operation, std::span<const model::Scope> scopes);

}  // namespace pvm::vault
