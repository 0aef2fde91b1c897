// SPDX-License-Identifier: Apache-2.0
// Setting things aside by an approver's statement: a broken log, the clock, old texts.
#include <algorithm>

#include "libpvm/base/text.hpp"
#include "libpvm/vault/audit_row.hpp"
#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

/// What keeps texts from going: an entry that something still in force began with.
struct Holder {
  std::uint64_t entry = 0;
  std::string name;
};

/// The first entry up to `wanted` that stored a grant which may still be used.
Result<std::optional<Holder>> first_live_grant(const Database& database, std::uint64_t wanted, base::UnixTime now) {
  Statement row = database.prepare(
      "SELECT a.entry_id, g.grant_id FROM audit a JOIN grants g ON g.grant_id = a.grant_id "
      "WHERE a.entry_id <= ?1 AND a.entry_type IN ('approve', 'allow') AND g.revoked IS NULL "
      "AND (g.use_limit IS NULL OR g.used < g.use_limit) AND g.not_after >= ?2 "
      "AND g.epoch >= (SELECT epoch FROM state WHERE one = 1) ORDER BY a.entry_id LIMIT 1");
  const auto found = row.bind(static_cast<std::int64_t>(wanted), base::unix_seconds(now)).step();
  if (!found) return base::pass_on(found);
  if (!*found) return std::optional<Holder>();
  return std::optional<Holder>({row.counter(0), "grant " + base::display(row.text(1).substr(0, 8)) + " may still be used"});
}

/// Whether a request still matters: it waits for an answer, or its grant may still be used.
Result<bool> is_needed(const Database& database, const std::string& request, base::UnixTime now) {
  Statement row = database.prepare(
      "SELECT 1 FROM requests r LEFT JOIN grants g ON g.grant_id = r.grant_id WHERE r.request_id = ?1 AND "
      "((r.state = 'pending' AND r.expires >= ?2) OR (g.revoked IS NULL AND g.not_after >= ?2 "
      "AND (g.use_limit IS NULL OR g.used < g.use_limit) AND g.epoch >= (SELECT epoch FROM state WHERE one = 1)))");
  return row.bind(request, base::unix_seconds(now)).step();
}

/// Reads entries up to `wanted`: the boundary after them, stopping before the first that is still needed.
class Survey {
 public:
  Survey(const Database& database, model::Boundary then, base::UnixTime now)
      : database_(database), then_(then), now_(now) {}

  /// false: this entry must stay, and with it all after it.
  Result<bool> take(const AuditEntry& entry) {
    if (entry.type == EntryType::request) {
      const std::string request = detail(entry, "request");
      const auto needed = is_needed(database_, request, now_);
      if (!needed) return base::pass_on(needed);
      if (*needed) {
        held_by_ = "request " + base::display(request.substr(0, 8)) + " is still in use";
        return false;
      }
      requests_.push_back(request);
    }
    if (entry.type == EntryType::lock) then_.lock = base::LockId::from_hex(detail(entry, "lock"));
    if (entry.type == EntryType::unlock) then_.lock.reset();
    if (entry.type == EntryType::revoke && detail(entry, "what") == "all") {
      then_.epoch = base::parse_decimal(detail(entry, "epoch"), model::k_max_count).value_or(then_.epoch);
    }
    return true;
  }

  [[nodiscard]] const model::Boundary& then() const { return then_; }
  [[nodiscard]] const std::string& held_by() const { return held_by_; }
  [[nodiscard]] const std::vector<std::string>& requests() const { return requests_; }

 private:
  const Database& database_;
  model::Boundary then_;
  base::UnixTime now_;
  std::string held_by_;
  std::vector<std::string> requests_;
};

struct Prunable {
  PruneOffer offer;
  std::vector<std::string> requests;
};

Result<Prunable> find_prunable(const Database& database, std::uint64_t wanted, base::UnixTime now) {
  std::uint64_t pruned = 0;
  model::Boundary then{1, std::nullopt};
  const auto resets = each_reset(database, [&](const KeptReset& kept) {
    if (!kept.reset || kept.reset->kind != model::ResetKind::prune || *kept.reset->until < pruned) return;
    pruned = *kept.reset->until;
    then = *kept.reset->then;
  });
  if (!resets) return base::pass_on(resets);
  const auto live = first_live_grant(database, wanted, now);
  if (!live) return base::pass_on(live);
  Prunable found;
  if (*live) {
    wanted = (*live)->entry - 1;
    found.offer.held_by = (*live)->name;
  }
  Survey survey(database, then, now);
  Statement rows = database.prepare(
      "SELECT entry_id, record FROM audit WHERE entry_id > ?1 AND entry_id <= ?2 ORDER BY entry_id");
  rows.bind(static_cast<std::int64_t>(pruned), static_cast<std::int64_t>(wanted));
  for (;;) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) break;
    const auto entry = decode_record(rows.text(1));
    if (!entry) return fail(Code::broken, "audit entry " + std::to_string(rows.counter(0)) + " cannot be read");
    const auto goes = survey.take(*entry);
    if (!goes) return base::pass_on(goes);
    if (!*goes) {
      found.offer.held_by = survey.held_by();
      break;
    }
    found.offer.until = entry->entry;
  }
  found.offer.then = survey.then();
  found.requests = survey.requests();
  return found;
}

Result<void> remove_texts(const Database& database, const Prunable& prunable) {
  const auto until = static_cast<std::int64_t>(prunable.offer.until);
  Statement grants = database.prepare(
      "DELETE FROM grants WHERE grant_id IN (SELECT grant_id FROM audit WHERE entry_id <= ?1 AND "
      "entry_type IN ('approve', 'allow'))");
  if (auto done = grants.bind(until).run(); !done) return done;
  Statement request = database.prepare("DELETE FROM requests WHERE request_id = ?1");
  for (const std::string& id : prunable.requests) {
    request.reset();
    if (auto done = request.bind(id).run(); !done) return done;
  }
  Statement texts = database.prepare(
      "UPDATE audit SET agent_id = '', scope = '', decision = '', details = '', grant_id = NULL, record = x'' "
      "WHERE entry_id <= ?1 AND length(record) > 0");
  return texts.bind(until).run();
}

base::Failure changed_meanwhile(const std::string& what) {
  return fail(Code::conflict, what + " changed while the statement was being made", "run the same command again");
}

}  // namespace

Result<PruneOffer> SqliteVault::offer_prune(std::uint64_t wanted, base::UnixTime now) {
  const auto snapshot = Snapshot::begin(database_);
  if (!snapshot) return base::pass_on(snapshot);
  const auto found = find_prunable(database_, wanted, now);
  if (!found) return base::pass_on(found);
  return found->offer;
}

Result<void> SqliteVault::check_head(const model::TreeHead& head) {
  crypto::TreeEdge edge;
  auto done = each_leaf(1, head.size, [&edge](std::uint64_t, const base::Digest& leaf) { edge.append(leaf); });
  if (!done) return done;
  if (edge.head() == head) return {};
  return fail(Code::conflict, "the log does not begin with what the statement says");
}

Result<void> SqliteVault::reset(const SignedReset& signed_reset, base::UnixTime now) {
  const model::Reset& reset = signed_reset.reset;
  if (reset.vault != id_) return fail(Code::conflict, "the statement is about another vault, " + reset.vault.brief());
  // Outside the lock: it may read the whole log. Appends meanwhile do no harm, the head stays a beginning.
  if (auto done = check_head(reset.log); !done) return done;
  if (reset.kind == model::ResetKind::prune) {
    // What is deleted is to be gone from the file, not just from its tables.
    if (auto done = database_.execute("PRAGMA secure_delete=ON"); !done) return done;
  }

  auto change = Change::begin(database_, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  State& state = change->state();
  if (reset.kind == model::ResetKind::clock) {
    if (state.clock_mark != *reset.mark) return changed_meanwhile("the clock mark");
    state.clock_mark = now;
  }
  if (reset.kind == model::ResetKind::prune) {
    const auto found = find_prunable(database_, *reset.until, now);
    if (!found) return base::pass_on(found);
    if (found->offer.until != *reset.until || found->offer.then != *reset.then) {
      return changed_meanwhile("what can be pruned");
    }
    if (auto done = remove_texts(database_, *found); !done) return done;
  }
  ++state.generation;
  AuditEntry entry;
  entry.type = EntryType::reset;
  entry.details = Details()
                      .add("what", model::to_text(reset.kind))
                      .add("approver", reset.approver)
                      .add("reason", reset.reason)
                      .add_verbatim("statement", signed_reset.statement)
                      .add_verbatim("signature", signed_reset.signature)
                      .text();
  if (auto done = change->append(std::move(entry)); !done) return base::pass_on(done);
  if (auto done = commit_durably(*change); !done) return done;
  // The old texts are in the file until the log of writes is moved into it.
  if (reset.kind == model::ResetKind::prune) return database_.checkpoint();
  return {};
}

}  // namespace pvm::vault
