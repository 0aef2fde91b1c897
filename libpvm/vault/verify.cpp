// SPDX-License-Identifier: Apache-2.0
// Verifying the log: every record hashed anew, held against every head that somebody vouches for, and replayed
// against the tables. One snapshot; one pass over the entries.
#include <map>

#include "libpvm/base/text.hpp"
#include "libpvm/vault/audit_row.hpp"
#include "libpvm/vault/replay.hpp"
#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {
namespace {

using base::Result;

constexpr std::string_view k_columns =
    "entry_id, timestamp, entry_type, agent_id, scope, decision, details, grant_id, tier, record, leaf";
constexpr std::size_t k_most_faults = 1000;
constexpr std::uint64_t k_progress_step = 65536;

/// Why the columns beside the record are not what the record says; empty where they are.
std::string column_fault(const Statement& row, const AuditEntry& entry) {
  if (row.integer(1) != base::unix_seconds(entry.time)) return "its time";
  if (row.text(2) != to_text(entry.type)) return "its type";
  if (row.text(3) != entry.agent) return "its agent";
  if (row.text(4) != scope_column(entry)) return "its scope";
  if (row.text(5) != entry.decision) return "its decision";
  if (row.text(6) != entry.details) return "its details";
  if (row.maybe_text(7) != (entry.grant ? std::optional<std::string>(entry.grant->hex()) : std::nullopt)) {
    return "its grant";
  }
  if (row.integer(8) != entry.tier) return "its tier";
  return {};
}

/// A tree head that somebody vouches for.
struct Vouched {
  base::Digest root;
  std::string when;  // "when grant 3f0c12ab was signed"
  base::UnixTime time;
  enum class By { grant, reset, outside } by = By::grant;
  std::uint64_t entry = 0;  // that keeps the reset
};

/// What is known of the log before it is read: its witnesses.
struct Testimony {
  std::multimap<std::uint64_t, Vouched> heads;
  std::map<std::uint64_t, base::UnixTime> clocks;  // entries by which an approver accepted the clock
  base::UnixTime break_time;                       // of the last break that was accepted: heads from before it may
  std::uint64_t break_entry = 0;                   // disagree; 0: there was none
  std::uint64_t pruned_until = 0;
  model::Boundary then{1, std::nullopt};           // as a new vault is
};

class Verification {
 public:
  Verification(LogReport& report, const base::VaultId& vault, const LogWitnesses& witnesses)
      : report_(report), vault_(vault), witnesses_(witnesses) {}

  Result<void> read_witnesses(const Database& database) {
    if (auto done = read_grants(database); !done) return done;
    const auto resets = read_resets(database);
    if (!resets) return base::pass_on(resets);
    for (const KeptReset& kept : *resets) take_reset(kept);
    for (const OutsideHead& outside : witnesses_.outside) {
      known_.heads.emplace(outside.head.size, Vouched{outside.head.root, "at " + outside.name, {}, Vouched::By::outside});
    }
    report_.pruned_until = known_.pruned_until;
    replay_.emplace(vault_, known_.pruned_until, known_.then, witnesses_.statement, fault_);
    compare_heads();
    return {};
  }

  void take(const Statement& row) {
    const std::uint64_t number = row.counter(0);
    const std::string name = "entry " + std::to_string(number);
    while (expected_ < number) {
      fault_("entry " + std::to_string(expected_) + " is missing");
      if (number - expected_ > k_most_faults) expected_ = number;  // a gap of millions is told once
      if (expected_ < number) ++expected_;
    }
    expected_ = number + 1;
    take_record(row, number, name);
    const auto leaf = read_leaf(row, 9, 10);
    if (!leaf) fault_(name + ": it has neither a record nor a hash");
    edge_.append(leaf.value_or(base::Digest{}));
    compare_heads();
  }

  Result<void> finish(const Database& database, const State& state) {
    const crypto::TreeEdge& kept = state.log;
    if (edge_.size() < kept.size()) {
      fault_("the log ends at entry " + std::to_string(expected_ - 1) + ", but its tree has " +
             std::to_string(kept.size()) + " entries: truncated");
    } else if (edge_.size() > kept.size()) {
      fault_("the log has " + std::to_string(edge_.size()) + " entries, but its tree only " +
             std::to_string(kept.size()) + ": inserted or appended");
    } else if (!(edge_ == kept)) {
      fault_("the entries do not hash to the tree kept with them");
    }
    for (const auto& [size, head] : known_.heads) {
      if (size > edge_.size() && !set_aside(head)) {
        fault_("the log had " + std::to_string(size) + " entries " + head.when + "; now it has " +
               std::to_string(edge_.size()) + ": truncated");
      }
    }
    report_.head = edge_.head();
    return replay_->compare(database, state);
  }

 private:
  void take_record(const Statement& row, std::uint64_t number, const std::string& name) {
    const std::string record = row.text(9);
    if (record.empty()) {
      if (number > known_.pruned_until) fault_(name + ": its record is gone, and no approver's statement says why");
      return;
    }
    if (number <= known_.pruned_until) fault_(name + ": it was pruned, and yet there is a record");
    const base::Digest leaf = crypto::leaf_hash(record);
    if (row.text(10) != std::string_view(reinterpret_cast<const char*>(leaf.data()), leaf.size())) {
      fault_(name + ": its record does not hash to the leaf kept with it");
    }
    const auto entry = decode_record(record);
    if (!entry) return fault_(name + ": its record cannot be read");
    if (entry->entry != number) return fault_(name + ": its record is that of entry " + std::to_string(entry->entry));
    if (const std::string column = column_fault(row, *entry); !column.empty()) {
      fault_(name + ": " + column + " is not what the record says");
    }
    replay_->take(*entry, known_.clocks.contains(number));
  }

  Result<void> read_grants(const Database& database) {
    Statement rows = database.prepare(
        "SELECT grant_id, statement, signature, agent, action, not_after, epoch, use_limit FROM grants ORDER BY rowid");
    for (;;) {
      const auto row = rows.step();
      if (!row) return base::pass_on(row);
      if (!*row) return {};
      if (auto done = take_grant(database, rows); !done) return done;
    }
  }

  Result<void> take_grant(const Database& database, const Statement& row) {
    const std::string name = "grant " + base::display(row.text(0).substr(0, 8));
    const auto id = base::GrantId::from_hex(row.text(0));
    const auto grant = model::decode_grant(row.text(1));
    const bool is_itself = id && grant && grant->id == *id;
    const Witness worth = is_itself ? witnesses_.grant({*id, row.text(1), row.text(2), 0, std::nullopt, {}})
                                    : Witness::forged;
    if (worth == Witness::forged) {
      fault_(name + ": its text is not what was signed");
      return {};
    }
    if (worth == Witness::untrusted) {
      ++report_.heads_untrusted;
    } else {
      known_.heads.emplace(grant->log.size, Vouched{grant->log.root, "when " + name + " was signed",
                                                    grant->terms.window.not_before});
    }
    return compare_row(database, row, *grant, name);
  }

  /// What the row and its index say beside the signed text is only a hint, but one that can hide a grant.
  Result<void> compare_row(const Database& database, const Statement& row, const model::Grant& grant,
                           const std::string& name) {
    const auto limit = grant.uses ? std::optional<std::int64_t>(*grant.uses) : std::nullopt;
    const std::int64_t not_after = base::unix_seconds(grant.terms.window.not_after);
    if (row.text(3) != grant.terms.agent || row.text(4) != model::to_text(grant.terms.action) ||
        row.integer(5) != not_after || row.integer(6) != static_cast<std::int64_t>(grant.epoch) ||
        row.maybe_integer(7) != limit) {
      fault_(name + ": its row is not what its text says");
    }
    Statement anchor = database.prepare(
        "SELECT 1 FROM grant_anchors WHERE agent = ?1 AND action = ?2 AND anchor = ?3 AND not_after = ?4 AND "
        "grant_id = ?5");
    const std::string id = grant.id.hex();
    for (const model::Scope& scope : grant.terms.scopes) {
      anchor.reset();
      const auto found = anchor.bind(grant.terms.agent, model::to_text(grant.terms.action), Blob{scope.anchor()},
                                     not_after, id)
                             .step();
      if (!found) return base::pass_on(found);
      if (!*found) fault_(name + ": the index does not lead to its scope " + base::quoted(scope.pattern(), 64));
    }
    return {};
  }

  void take_reset(const KeptReset& kept) {
    const std::string name = "entry " + std::to_string(kept.entry);
    const bool is_sound = kept.reset && kept.reset->vault == vault_ && kept.reset->log.size < kept.entry;
    const Witness worth =
        is_sound ? witnesses_.statement({model::k_reset_namespace, kept.texts.statement, kept.texts.signature,
                                         kept.reset->approver, kept.reset->time})
                 : Witness::forged;
    if (worth == Witness::forged) return fault_(name + ": it sets aside by a statement that nobody signed");
    if (worth == Witness::untrusted) {
      ++report_.heads_untrusted;
      return;
    }
    const model::Reset& reset = *kept.reset;
    known_.heads.emplace(reset.log.size, Vouched{reset.log.root, "when " + name + " was signed", reset.time,
                                                  Vouched::By::reset, kept.entry});
    std::string what = "a clock set back to " + base::iso_time(reset.time);
    if (reset.kind == model::ResetKind::clock) known_.clocks.emplace(kept.entry, reset.time);
    if (reset.kind == model::ResetKind::broken_log) {
      known_.break_time = reset.time;
      known_.break_entry = kept.entry;
      what = "a log that no longer led from the " + std::to_string(reset.seen->size) + " entries seen before";
    }
    if (reset.kind == model::ResetKind::prune) {
      if (*reset.until >= known_.pruned_until) known_.then = *reset.then;
      known_.pruned_until = std::max(known_.pruned_until, *reset.until);
      what = "the texts of entries 1 to " + std::to_string(*reset.until);
    }
    report_.resets.push_back(name + ": " + base::display(reset.approver, 64) + " set aside " + what +
                             (reset.reason.empty() ? "" : ": " + base::quoted(reset.reason, 200)));
  }

  void compare_heads() {
    const auto [first, last] = known_.heads.equal_range(edge_.size());
    if (first == last) return;
    const base::Digest root = edge_.root();
    for (auto head = first; head != last; ++head) {
      if (head->second.root == root) {
        ++(head->second.by == Vouched::By::outside ? report_.heads_outside : report_.heads_checked);
        report_.newest_head = edge_.size();
      } else if (!set_aside(head->second)) {
        fault_("the first " + std::to_string(edge_.size()) + " entries are not those that were there " +
               head->second.when);
      }
    }
  }

  /// Whether an approver has accepted that the log of that time is lost. Heads kept outside are forgotten then by
  /// who keeps them.
  bool set_aside(const Vouched& head) {
    const bool is_old = known_.break_entry > 0 &&
                        ((head.by == Vouched::By::grant && head.time <= known_.break_time) ||
                         (head.by == Vouched::By::reset && head.entry < known_.break_entry));
    if (is_old) ++report_.heads_set_aside;
    return is_old;
  }

  LogReport& report_;
  base::VaultId vault_;
  const LogWitnesses& witnesses_;
  Replay::Fault fault_ = [this](std::string text) {
    if (report_.faults.size() < k_most_faults) report_.faults.push_back(std::move(text));
  };
  Testimony known_;
  std::optional<Replay> replay_;
  crypto::TreeEdge edge_;
  std::uint64_t expected_ = 1;
};

}  // namespace

Result<LogReport> SqliteVault::verify_log(const LogWitnesses& witnesses, const Progress& progress) {
  const auto snapshot = Snapshot::begin(database_);
  if (!snapshot) return base::pass_on(snapshot);
  const auto state = read_state(database_);
  if (!state) return base::pass_on(state);
  LogReport report;
  Verification verification(report, id_, witnesses);
  if (auto done = verification.read_witnesses(database_); !done) return base::pass_on(done);

  Statement rows = database_.prepare("SELECT " + std::string(k_columns) + " FROM audit ORDER BY entry_id");
  for (std::uint64_t done = 0;; ++done) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) break;
    verification.take(rows);
    if (progress && done % k_progress_step == 0) progress(done, state->log.size());
  }
  if (auto done = verification.finish(database_, *state); !done) return base::pass_on(done);
  return report;
}

}  // namespace pvm::vault
