// SPDX-License-Identifier: Apache-2.0
// The vault: requests, grants and the audit log behind one interface. Floor: vault.
//
// Every call that changes something is one transaction with its audit entry. Calls that decide or that make a grant
// usable refuse where the clock is over 60 s behind the last entry (Code::clock); calls that take permission away
// work whatever the clock says. Every call can fail with busy (after about 1.6 s), full, io, malformed (a damaged
// file). Not thread-safe; one process may hold several.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/id.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/crypto/merkle.hpp"
#include "libpvm/model/decision.hpp"
#include "libpvm/model/effect.hpp"
#include "libpvm/model/grant.hpp"
#include "libpvm/model/operation.hpp"
#include "libpvm/model/reset.hpp"
#include "libpvm/vault/audit.hpp"
#include "libpvm/vault/means.hpp"

namespace pvm::vault {

inline constexpr std::size_t k_pending_per_agent = 64;
inline constexpr std::size_t k_reason_max_bytes = 1000;
inline constexpr base::Seconds k_clock_tolerance{60};

enum class RequestState { pending, approved, denied, cancelled, expired, stale };
[[nodiscard]] std::string_view to_text(RequestState state);

/// What an agent asks for: an operation on resources (with how it was called), or scopes for a standing grant.
struct Wish {
  model::Operation operation;         // resources empty where scopes are asked for
  std::vector<model::Scope> scopes;   // empty where an operation is asked for
  model::Invocation invocation;       // argv empty where scopes are asked for
  std::optional<base::Digest> effect; // nullopt: past its bound, or no operation
  model::EffectSummary summary;
  std::string manifest;               // empty where there is none or it is over k_manifest_max_bytes
};
inline constexpr std::size_t k_manifest_max_bytes = 1024 * 1024;

/// Names what is wished whatever way it was typed, without the effect: SHA-256 over operation and scopes.
[[nodiscard]] base::Digest wish_key(const Wish& wish);

enum class DeliveryResult { sent, failed, retrying };
[[nodiscard]] std::string_view to_text(DeliveryResult result);

/// One try to tell somebody of a request. What a vault says of it is worth as much as whoever can write to it.
struct Delivery {
  std::string channel;       // its name in the configuration; at most k_channel_max_bytes
  std::uint32_t attempt = 1;
  DeliveryResult result = DeliveryResult::sent;
  std::string why;           // of what was not sent; at most k_why_max_bytes
  base::UnixTime time;
  std::string handle = {};   // the service's name for what was sent, by which it can be changed; empty: it cannot
};
inline constexpr std::size_t k_channel_max_bytes = 64;
inline constexpr std::size_t k_why_max_bytes = 500;

struct Request {
  base::RequestId id;
  RequestState state = RequestState::pending;
  Wish wish;
  std::string reason;                           // redacted
  std::string note;                             // the approver's, for the agent; redacted
  std::optional<base::Seconds> wanted_time;     // --for
  std::optional<std::string> wanted_uses;       // --uses: a number or "unlimited"
  std::string host;
  std::string ancestry;
  base::UnixTime asked;
  base::UnixTime expires;
  std::optional<base::UnixTime> resolved;
  base::UnixTime waiting_until;                 // somebody waits for the answer until then
  std::optional<base::RequestId> previous;      // an earlier one for the same that went stale or was denied
  std::optional<base::GrantId> grant;
  std::vector<Delivery> told = {};              // who was told of it, in the order of channels and attempts
};

struct NewRequest {
  Wish wish;
  std::string reason;
  std::optional<base::Seconds> wanted_time;
  std::optional<std::string> wanted_uses;
  std::string host;
  std::string ancestry;
  base::Seconds life{24 * 3600};
  base::Seconds waits{0};
};

enum class Filing { filed, joined };
struct Filed {
  Request request;
  Filing filing = Filing::filed;
};

/// A grant as it is kept. Only `statement` and `signature`, verified, say what it permits.
struct StoredGrant {
  base::GrantId id;
  std::string statement;
  std::string signature;
  std::uint64_t used = 0;
  std::optional<base::UnixTime> revoked;
  base::UnixTime added;
};

/// Grants that might fit, and the state they were read in: one snapshot. A hint: nothing in it is verified, and
/// `decide` reads what counts anew.
struct Candidates {
  std::uint64_t generation = 0;
  model::Situation situation;
  std::vector<StoredGrant> grants;
};

/// One decision to be made and recorded.
struct Question {
  const model::Operation& operation;
  const model::Invocation& invocation;
  std::optional<base::Digest> effect;
  model::EffectSummary summary;
};

/// A permit that is consumed and audited, durably. The only thing that makes a command run; it is used up by that.
class Receipt {
 public:
  Receipt(Receipt&&) = default;
  Receipt& operator=(Receipt&&) = default;
  Receipt(const Receipt&) = delete;
  Receipt& operator=(const Receipt&) = delete;
  ~Receipt() = default;
  /// The audit entry of the decision; the outcome refers to it.
  [[nodiscard]] std::uint64_t entry() const { return entry_; }
  [[nodiscard]] const std::vector<base::GrantId>& grants() const { return grants_; }

 private:
  friend class SqliteVault;
  Receipt(std::uint64_t entry, std::vector<base::GrantId> grants) : entry_(entry), grants_(std::move(grants)) {}
  std::uint64_t entry_;
  std::vector<base::GrantId> grants_;
};

using Decided = std::variant<Receipt, model::Denial>;

/// A new grant with its signature, verified by the caller.
struct SignedGrant {
  model::Grant grant;
  std::string statement;
  std::string signature;
  bool unattended = false;  // the key needs no human act
  /// Requests of the same agent and action that it answers beside `grant.request`. Nobody signs them: they say what
  /// became of the asking, and the statement alone what may be done.
  std::vector<base::RequestId> further = {};
};

struct LockStatus {
  model::LockState state = model::LockState::open;
  std::string id;      // names this lock in the statement that ends it; empty where open
  std::string reason;
  base::UnixTime since;
};

/// Whether requests are read with their manifests, which may be a megabyte each.
enum class Manifests { read, left_out };

struct RequestFilter {
  std::optional<std::string> agent;  // an agent pattern
  std::optional<RequestState> state;
  std::size_t most = 1000;
  Manifests manifests = Manifests::read;
};
struct GrantFilter {
  std::optional<std::string> agent;  // what speaks of this agent: model::agent_patterns_for
  std::optional<base::UnixTime> live_at;  // only those not revoked, not used up and not ended at that time
  std::size_t most = 1000;
};

/// What a signature kept in the vault is worth.
enum class Witness { trusted, untrusted, forged };
/// Judges a kept grant: its text, its signature and the id that it is kept under.
using JudgeGrant = std::function<Witness(const StoredGrant&)>;
/// A statement of an approver's that an audit entry keeps.
struct KeptStatement {
  std::string_view name_space;
  std::string statement;
  std::string signature;
  std::string approver;  // as the statement names them
  base::UnixTime time;   // as the statement says it was made
};
using JudgeStatement = std::function<Witness(const KeptStatement&)>;

/// A tree head kept outside the vault, and what messages call it ("the head that you saw on 2026-11-21T10:00:00Z").
struct OutsideHead {
  model::TreeHead head;
  std::string name;
};

/// Who vouches for what the log holds, and what may be used to hold it against them. Both judges are called in any of
/// the threads of `means.both`, two of them at the same time.
struct LogWitnesses {
  JudgeGrant grant;
  JudgeStatement statement;
  std::vector<OutsideHead> outside;
  Means means = {};
};

/// What a verification of the whole log found.
struct LogReport {
  model::TreeHead head;
  crypto::TreeEdge edge;               // with that head
  std::uint64_t heads_checked = 0;     // tree heads signed inside grants and resets that the log bears out
  std::uint64_t heads_outside = 0;     // heads kept outside the vault that it bears out
  std::uint64_t newest_head = 0;       // size of the largest of both: what lies after it nothing witnesses
  std::uint64_t heads_untrusted = 0;   // in what is well signed by a key that is not trusted (any more)
  std::uint64_t heads_set_aside = 0;   // contradicted, but from before a break that an approver accepted
  std::uint64_t pruned_until = 0;      // entries up to this one have lost their texts, by an approver's statement
  std::vector<std::string> resets;     // what approvers set aside, one line each; of thousands how many more there are
  std::vector<std::string> faults;     // first those of the log, in the order of entries, then those of the tables
};

/// A statement that sets something aside, verified by the caller.
struct SignedReset {
  model::Reset reset;
  std::string statement;
  std::string signature;
};

/// How far the log can be pruned, and what the statement about it has to say.
struct PruneOffer {
  std::uint64_t until = 0;   // 0: nothing can be pruned
  model::Boundary then;
  std::string held_by;       // what keeps it from going further ("grant 3f0c12ab lives until …"); empty: nothing
};

/// Called every now and then while a long read goes on, with entries done and in all.
using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

/// How far a verification is: it judges the grants first. Entries are read once more for each part of the grants and
/// requests that goes beyond what may be held at once; how many parts there are turns out on the way.
enum class LogStage { grants, entries };
struct LogPosition {
  LogStage stage = LogStage::entries;
  std::uint64_t done = 0;
  std::uint64_t all = 0;
  std::uint64_t pass = 1;
  std::uint64_t passes = 1;
};
using LogProgress = std::function<void(const LogPosition&)>;

class Vault {
 public:
  Vault() = default;
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;
  virtual ~Vault() = default;

  [[nodiscard]] virtual base::VaultId id() const = 0;

  // --- the way of a command ---

  /// Grants indexed under an anchor of the operation's resources, live by what the index says.
  [[nodiscard]] virtual base::Result<Candidates> find_candidates(const model::Operation& operation,
                                                                 base::UnixTime now) = 0;
  /// The latest few that are not live any more, so that a denial can say what became of them.
  [[nodiscard]] virtual base::Result<std::vector<StoredGrant>> find_lapsed(const model::Operation& operation,
                                                                           base::UnixTime now) = 0;
  /// Reads the state under the write lock, calls model::authorize with `verified` (uses and revocations read anew),
  /// and on a permit consumes it and writes the entry; then commits and syncs. On a denial the entry is written.
  /// Errors: conflict, where `generation` is not the vault's any more (look for candidates again); clock.
  [[nodiscard]] virtual base::Result<Decided> decide(const Question& question, std::uint64_t generation,
                                                     std::vector<model::Candidate> verified,
                                                     base::UnixTime now) = 0;
  /// How the command of a receipt ended. Not synced: a lost outcome reads as unknown.
  [[nodiscard]] virtual base::Result<void> record_outcome(std::uint64_t receipt_entry, std::string_view agent,
                                                          std::string_view outcome, base::UnixTime now) = 0;
  /// That something refused because it could not decide.
  [[nodiscard]] virtual base::Result<void> record_error(std::string_view agent, const base::Error& error,
                                                        base::UnixTime now) = 0;

  // --- requests ---

  /// Files a request, or joins the pending one for the same agent, wish and effect. A pending one for the same wish
  /// with another effect becomes stale. Errors: limit (k_pending_per_agent); clock.
  [[nodiscard]] virtual base::Result<Filed> file_request(const NewRequest& request, base::UnixTime now) = 0;
  [[nodiscard]] virtual base::Result<Request> request(const base::RequestId& id, base::UnixTime now) = 0;
  /// The newest request of the agent for the same wish (whatever its effect), or nullopt. Cancelled ones do not
  /// count: an agent cannot hide a denial behind a request that it withdraws.
  [[nodiscard]] virtual base::Result<std::optional<Request>> latest_request(std::string_view agent,
                                                                            const base::Digest& wish_key,
                                                                            base::UnixTime now) = 0;
  /// By any unique prefix of 4 or more hexadecimal characters. Errors: usage (too short, not hex, unknown, not
  /// unique: the message lists the first few).
  [[nodiscard]] virtual base::Result<base::RequestId> request_by_prefix(std::string_view prefix) = 0;
  [[nodiscard]] virtual base::Result<std::vector<Request>> requests(const RequestFilter& filter,
                                                                    base::UnixTime now) = 0;
  /// That somebody waits for the answer until then, where it is pending and nobody does for longer. Only a hint for
  /// lists: no entry, not synced.
  [[nodiscard]] virtual base::Result<void> note_waiting(const base::RequestId& id, base::UnixTime until) = 0;
  /// Keeps `delivery` of the request, in place of one of the same channel and attempt; without an audit entry and without a sync. Texts that are
  /// too long are cut. Errors: conflict (no such request).
  [[nodiscard]] virtual base::Result<void> note_delivery(const base::RequestId& id, const Delivery& delivery) = 0;
  /// pending -> denied, cancelled. Errors: missing; conflict, naming the state it is in.
  [[nodiscard]] virtual base::Result<void> deny(const base::RequestId& id, std::string_view note,
                                                base::UnixTime now) = 0;
  [[nodiscard]] virtual base::Result<void> cancel(const base::RequestId& id, base::UnixTime now) = 0;
  /// approved -> stale: what was approved is not what is there any more. The grant stays as it is.
  [[nodiscard]] virtual base::Result<void> mark_stale(const base::RequestId& id, base::UnixTime now) = 0;

  // --- grants ---

  /// Keeps a grant, and resolves its request and the further ones (pending -> approved) in the same transaction, with
  /// one entry that names them all. Errors: conflict (a request is not pending, or of another agent or action; the id
  /// is known; the epoch is not the vault's); clock.
  [[nodiscard]] virtual base::Result<void> store_grant(const SignedGrant& grant, std::string_view note,
                                                       base::UnixTime now) = 0;
  [[nodiscard]] virtual base::Result<std::vector<StoredGrant>> grants(const GrantFilter& filter) = 0;
  [[nodiscard]] virtual base::Result<StoredGrant> grant(const base::GrantId& id) = 0;
  [[nodiscard]] virtual base::Result<base::GrantId> grant_by_prefix(std::string_view prefix) = 0;
  /// Errors: missing. Revoking twice is no error and writes no second entry.
  [[nodiscard]] virtual base::Result<void> revoke(const base::GrantId& id, base::UnixTime now) = 0;
  /// All live grants of an agent; how many there were.
  [[nodiscard]] virtual base::Result<std::uint64_t> revoke_agent(std::string_view agent, base::UnixTime now) = 0;
  /// Raises the revocation floor; how many live grants that ends.
  [[nodiscard]] virtual base::Result<std::uint64_t> revoke_all(base::UnixTime now) = 0;
  [[nodiscard]] virtual base::Result<std::uint64_t> epoch() = 0;

  // --- the stop switch ---

  [[nodiscard]] virtual base::Result<LockStatus> lock_status() = 0;
  /// Locking what is locked is no error and changes nothing.
  [[nodiscard]] virtual base::Result<void> lock(std::string_view reason, base::UnixTime now) = 0;
  /// Lock, raise the revocation floor, cancel every pending request; one transaction.
  [[nodiscard]] virtual base::Result<void> panic(std::string_view reason, base::UnixTime now) = 0;
  /// `statement` and `signature` were verified by the caller; kept with the entry. Errors: conflict (not locked, or
  /// locked by another lock than `lock_id`).
  [[nodiscard]] virtual base::Result<void> unlock(std::string_view lock_id, std::string_view statement,
                                                  std::string_view signature, std::string_view approver,
                                                  base::UnixTime now) = 0;

  // --- the audit log ---

  /// Head of the log, after everything up to it is on the disk: what a grant may carry.
  [[nodiscard]] virtual base::Result<model::TreeHead> durable_head() = 0;
  /// The edge of the log as it is now, durable, after hashing every record after `seen` and finding that they lead
  /// from `seen` to it. With an empty edge that is the whole log. Errors: broken, where the log is shorter than
  /// `seen`, or what follows does not hash to its head.
  [[nodiscard]] virtual base::Result<crypto::TreeEdge> extend(const crypto::TreeEdge& seen,
                                                              const Progress& progress) = 0;
  /// The leaf hashes of entries `from` to `to`, in order, of one snapshot; of pruned entries as they are kept, of
  /// all others hashed anew. Errors: broken, where one is missing.
  [[nodiscard]] virtual base::Result<void> each_leaf(
      std::uint64_t from, std::uint64_t to,
      const std::function<void(std::uint64_t entry, const base::Digest& leaf)>& visit) = 0;
  /// An entry of pvmctl's own (init, trust, export).
  [[nodiscard]] virtual base::Result<void> append(const AuditEntry& entry) = 0;
  /// Calls `visit` for each entry from number `from` on, in order, until it says stop. Reads one snapshot.
  enum class Visit { go_on, stop };
  [[nodiscard]] virtual base::Result<void> each_entry(std::uint64_t from,
                                                      const std::function<Visit(const AuditEntry&)>& visit) = 0;
  /// Hashes every record anew and compares: numbering, columns, leaves, edge, each head that a trusted key signed or
  /// that was kept outside. Then replays the entries against the tables: uses, revocations, requests, lock, epoch
  /// and clock. A forged grant or statement is a fault. Memory is bounded by what `witnesses.means` says.
  [[nodiscard]] virtual base::Result<LogReport> verify_log(const LogWitnesses& witnesses,
                                                           const LogProgress& progress) = 0;

  /// The latest time of any entry, which the clock is held against; of a clock that was accepted since, that.
  [[nodiscard]] virtual base::Result<base::UnixTime> clock_mark() = 0;
  /// How far the texts of entries up to `wanted` can go: not beyond the first that speaks of a grant which may still
  /// be used, or of a request that is pending.
  [[nodiscard]] virtual base::Result<PruneOffer> offer_prune(std::uint64_t wanted, base::UnixTime now) = 0;
  /// Does what the statement says, and keeps it with its entry. broken_log: the entry is all there is to it. clock:
  /// `now` becomes the time that the clock is held against. prune: texts go, with the grants and requests that they
  /// speak of; the leaf hashes stay. Errors: conflict (the vault is not as the statement says: its id, a head that
  /// the log does not extend, another mark or boundary).
  [[nodiscard]] virtual base::Result<void> reset(const SignedReset& reset, base::UnixTime now) = 0;

  // --- keeping it ---

  /// SQLite's own check of the file, whole; what it complains of, at most a hundred lines. Empty: sound.
  [[nodiscard]] virtual base::Result<std::vector<std::string>> check_integrity() = 0;
  /// Writes an entry, then a copy of the vault as it is at one moment to the new file `path` (0600), synced. Errors:
  /// exists; io, full. What a failed copy leaves is taken away.
  [[nodiscard]] virtual base::Result<void> backup(const std::string& path, base::UnixTime now,
                                                  const Progress& progress) = 0;

  /// Moves what commits have left in the write-ahead log into the vault's file, as far as nobody is in the way. Errors:
  /// conflict, where another file is in the place of the vault, of its -wal or -shm by now.
  [[nodiscard]] virtual base::Result<void> checkpoint() = 0;
  /// The same where that log has grown past its bound, and no word of it where that does not work: it stays as it is.
  virtual void checkpoint_if_due() noexcept = 0;
  /// A number that changes when another connection commits; cheap to ask.
  [[nodiscard]] virtual base::Result<std::uint64_t> data_version() = 0;
  /// A descriptor that becomes readable when somebody writes to the vault, or puts another file in its place, from now on
  /// (inotify(7); close-on-exec, non-blocking); take_changes takes what it tells. It is told of the
  /// writing, a moment before what was written can be read: look again soon, a few times. Errors: as errno
  /// says, such as where a user has too many of them; then there is data_version to ask.
  [[nodiscard]] virtual base::Result<base::Descriptor> watch() const = 0;
};

/// Takes what `changes`, of Vault::watch, has told, so that it is readable by the next change alone. False: it is to be watched
/// anew, since a file that is watched was moved, or more was told than there is room for.
[[nodiscard]] bool take_changes(const base::Descriptor& changes);

/// Says that this process will have one thread only, so that SQLite needs no locks within it and counts no memory. To
/// be called before the first vault is opened, by a program that knows; never by a library that others link.
void expect_one_thread();

/// Creates `path` with a new vault in it. Errors: exists; what open_vault says.
[[nodiscard]] base::Result<std::unique_ptr<Vault>> create_vault(const std::string& state_directory,
                                                                base::UnixTime now);

enum class Sharing { own, group };
/// Opens the vault after checking directory, file and schema. Errors: missing (hint: pvmctl init); unsafe; newer;
/// older (hint: pvmctl migrate); malformed; busy; io.
[[nodiscard]] base::Result<std::unique_ptr<Vault>> open_vault(const std::string& state_directory, Sharing sharing);

/// What a restored vault is, and what became of the one before it.
struct Restored {
  base::VaultId id;
  model::TreeHead head;
  std::uint64_t epoch = 0;
  std::string replaced;  // where the vault that was there is kept now; empty: there was none
};
/// Puts a copy of `backup` in the vault's place: checked as SQLite checks it and by verify_log first (a fault of the
/// log refuses: broken), with every grant revoked by an epoch that no earlier one reaches, and an entry that says so.
/// The vault that was there is kept beside it. The backup is not changed. Errors: missing, unsafe, malformed, broken,
/// conflict (another vault's backup in place of a vault that can still be read), busy, full, io.
[[nodiscard]] base::Result<Restored> restore_vault(const std::string& backup, const std::string& state_directory,
                                                   Sharing sharing, const LogWitnesses& witnesses,
                                                   base::UnixTime now);

/// What a migration did.
struct Migrated {
  int from = 0;
  int to = 0;
  std::string copy;  // the vault as it was before
};
/// Brings a vault of an older format to the present one; nullopt where it is of the present one already. Copies the
/// file first (beside it), then changes it in one transaction that writes an entry. Errors: newer, malformed, busy,
/// full, io; then the vault is as it was.
[[nodiscard]] base::Result<std::optional<Migrated>> migrate_vault(const std::string& state_directory,
                                                                  Sharing sharing, base::UnixTime now);

}  // namespace pvm::vault
