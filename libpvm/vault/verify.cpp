// SPDX-License-Identifier: Apache-2.0
// Verifying the log: every record hashed anew, held against every head that somebody vouches for, and replayed
// against the tables. One snapshot, read by the caller's thread alone; what is read is looked at a batch at a time,
// while the next is being read.
#include <algorithm>
#include <atomic>
#include <limits>

#include "libpvm/base/text.hpp"
#include "libpvm/vault/audit_row.hpp"
#include "libpvm/vault/replay.hpp"
#include "libpvm/vault/row_batch.hpp"
#include "libpvm/vault/sqlite_vault.hpp"
#include "libpvm/vault/testimony.hpp"

namespace pvm::vault {
namespace {

using base::Result;
using Part = Place::Part;

// What is said of an entry: first of its row (item 0) and by the replay (from 1 on), then of the tree at that place.
constexpr std::uint64_t k_heads = std::uint64_t{1} << 63;
constexpr std::uint64_t k_all = std::numeric_limits<std::uint64_t>::max();

std::string_view as_text(const base::Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Why the columns beside the record are not what the record says; empty where they are.
std::string_view column_fault(const AuditRow& row, const Record& record) {
  if (row.time != record.time) return "its time";
  if (row.type != record.type_text) return "its type";
  if (!base::is_encoded_as(row.agent, record.agent)) return "its agent";
  if (row.scope != (record.scope == "%" ? std::string_view() : record.scope)) return "its scope";
  if (!base::is_encoded_as(row.decision, record.decision)) return "its decision";
  if (!base::is_encoded_as(row.details, record.details)) return "its details";
  if (row.has_grant ? row.grant != record.grant || row.grant == "-" : record.grant != "-") return "its grant";
  if (row.tier != record.tier) return "its tier";
  return {};
}

class Verification {
 public:
  Verification(const Database& database, const base::VaultId& vault, const State& state,
               const LogWitnesses& witnesses, const LogProgress& progress)
      : database_(database), vault_(vault), state_(state), witnesses_(witnesses), progress_(progress),
        testimony_(database, vault, witnesses, faults_, report_) {}

  Result<LogReport> run() {
    if (auto done = testimony_.read(progress_); !done) return base::pass_on(done);
    replay_.emplace(vault_, testimony_.pruned_until(), testimony_.then(), witnesses_.statement, means_, faults_);
    if (auto done = read_log(); !done) return base::pass_on(done);
    if (auto done = compare_end(); !done) return base::pass_on(done);
    if (auto done = replay_->compare(database_, state_); !done) return base::pass_on(done);
    while (replay_->begin_next()) {
      ++pass_;
      if (auto done = replay_again(); !done) return base::pass_on(done);
      if (auto done = replay_->compare(database_, state_); !done) return base::pass_on(done);
    }
    report_.faults = faults_.texts();
    return std::move(report_);
  }

 private:
  /// `leaf`: what its leaf input hashes to, where that is known already.
  using Judge = void (Verification::*)(const AuditRow& row, const base::Digest* leaf);

  Result<void> read_log() {
    if (auto done = compare_heads_here(); !done) return done;
    return each_row(Columns::all, &Verification::take);
  }
  Result<void> replay_again() { return each_row(Columns::number_and_record, &Verification::take_again); }

  /// All rows in order, judged beside the reading of the next ones. At the first reading no batch goes beyond the heads
  /// that are known, so that more can be fetched in between.
  Result<void> each_row(Columns columns, Judge judge) {
    RowReader reader(database_, columns, means_.batch_bytes);
    RowBatch now;
    RowBatch next;
    std::uint64_t read = 0;
    const auto fill = [&](RowBatch& batch) {
      auto is_more = reader.fill(batch, is_first() ? testimony_.known_until() - read : k_all);
      read += batch.size();
      return is_more;
    };
    const auto judge_all = [&](const RowBatch& batch) {
      for (std::size_t i = 0; i < batch.size(); ++i) (this->*judge)(batch.row(i), batch.leaf(i));
    };
    for (auto is_more = fill(now);;) {
      if (!is_more) return base::pass_on(is_more);
      const bool is_last = !*is_more;
      std::atomic<bool> is_judged = false;
      means_.both(
          [&] {
            if (is_last) return;
            is_more = fill(next);
            // Whoever reads waits for whoever judges, as a rule, and takes some of that work meanwhile.
            while (is_first() && !is_judged && next.hash_one(means_.sha256)) continue;
          },
          [&] {
            judge_all(now);
            is_judged = true;
          });
      if (is_first()) {
        if (auto done = compare_heads_here(); !done) return done;
      }
      tell(read);
      if (is_last) return {};
      std::swap(now, next);
    }
  }

  void take(const AuditRow& row, const base::Digest* known_leaf) {
    tell_missing(row.number);
    expected_ = row.number + 1;
    base::Digest leaf{};
    if (row.record().empty()) {
      leaf = take_pruned(row);
    } else {
      leaf = known_leaf != nullptr ? *known_leaf : means_.sha256(row.leaf_input);
      take_record(row, leaf);
    }
    edge_.append(leaf, means_.sha256);
    entry_ = row.number;
    compare_heads();
  }

  /// The leaf that is kept; zeros where there is none.
  base::Digest take_pruned(const AuditRow& row) {
    const Place at{Part::entries, row.number};
    if (row.number > testimony_.pruned_until()) add(at, "its record is gone, and no approver's statement says why");
    base::Digest leaf{};
    if (row.leaf.size() == leaf.size()) {
      std::copy(row.leaf.begin(), row.leaf.end(), leaf.begin());
    } else {
      add(at, "it has neither a record nor a hash");
    }
    return leaf;
  }

  void take_record(const AuditRow& row, const base::Digest& leaf) {
    const Place at{Part::entries, row.number};
    if (row.number <= testimony_.pruned_until()) add(at, "it was pruned, and yet there is a record");
    if (row.leaf != as_text(leaf)) add(at, "its record does not hash to the leaf kept with it");
    const auto record = read_record(row.record());
    if (!record) return add(at, "its record cannot be read");
    if (record->entry != row.number) return add(at, "its record is that of entry " + std::to_string(record->entry));
    if (const std::string_view column = column_fault(row, *record); !column.empty()) {
      add(at, std::string(column) + " is not what the record says");
    }
    replay_->take(*record, row.type == "reset" && testimony_.accepts_clock(row.number, row.record()));
  }

  void take_again(const AuditRow& row, const base::Digest*) {
    const auto record = read_record(row.record());
    if (record && record->entry == row.number) replay_->take(*record, false);
  }

  void tell_missing(std::uint64_t number) {
    while (expected_ < number && faults_.has_room({Part::entries, expected_})) {
      faults_.add({Part::entries, expected_}, entry_name(expected_) + " is missing");
      if (number - expected_ > Faults::k_most) return;  // a gap of millions is told once
      ++expected_;
    }
  }

  void add(const Place& at, const std::string& what) { faults_.add(at, entry_name(at.position) + ": " + what); }

  // ---- heads ----

  void compare_heads() {
    const Vouched* head = testimony_.next_at(edge_.size());
    if (head == nullptr) return;
    const base::Digest root = edge_.root();
    for (; head != nullptr; head = testimony_.next_at(edge_.size())) {
      if (head->root == root) {
        ++(head->by == Vouched::By::outside ? report_.heads_outside : report_.heads_checked);
        report_.newest_head = edge_.size();
      } else if (!set_aside(*head)) {
        faults_.add({Part::entries, entry_, k_heads + heads_++}, "the first " + std::to_string(edge_.size()) +
                                                                     " entries are not those that were there " +
                                                                     testimony_.when(*head));
      }
    }
  }

  /// The same between two batches, where the next heads can be fetched.
  Result<void> compare_heads_here() {
    compare_heads();
    while (testimony_.known_until() == edge_.size()) {
      if (auto done = testimony_.read_on(); !done) return done;
      compare_heads();
    }
    return {};
  }

  bool set_aside(const Vouched& head) {
    const bool is_old = testimony_.is_set_aside(head);
    if (is_old) ++report_.heads_set_aside;
    return is_old;
  }

  // ---- the end ----

  Result<void> compare_end() {
    const crypto::TreeEdge& kept = state_.log;
    const std::string size = std::to_string(edge_.size());
    if (edge_.size() < kept.size()) {
      add_end("the log ends at entry " + std::to_string(expected_ - 1) + ", but its tree has " +
              std::to_string(kept.size()) + " entries: truncated");
    } else if (edge_.size() > kept.size()) {
      add_end("the log has " + size + " entries, but its tree only " + std::to_string(kept.size()) +
              ": inserted or appended");
    } else if (!(edge_ == kept)) {
      add_end("the entries do not hash to the tree kept with them");
    }
    report_.head = edge_.head();
    report_.edge = edge_;
    for (;;) {
      while (const Vouched* head = testimony_.next()) {
        if (set_aside(*head)) continue;
        add_end("the log had " + std::to_string(head->size) + " entries " + testimony_.when(*head) + "; now it has " +
                size + ": truncated");
      }
      if (testimony_.known_until() == k_all) return {};
      if (auto done = testimony_.read_on(); !done) return done;
    }
  }

  void add_end(std::string text) { faults_.add({Part::end, ends_++}, std::move(text)); }

  [[nodiscard]] bool is_first() const { return pass_ == 1; }
  void tell(std::uint64_t done) const {
    if (progress_) progress_({LogStage::entries, done, state_.log.size(), pass_, pass_ + replay_->left()});
  }

  const Database& database_;
  base::VaultId vault_;
  const State& state_;
  const LogWitnesses& witnesses_;
  const LogProgress& progress_;
  const Means& means_ = witnesses_.means;
  LogReport report_;
  Faults faults_;
  Testimony testimony_;
  std::optional<Replay> replay_;
  std::uint64_t pass_ = 1;
  crypto::TreeEdge edge_;
  std::uint64_t expected_ = 1;  // the next entry
  std::uint64_t entry_ = 0;     // the last one
  std::uint64_t heads_ = 0;     // that the log contradicts, so far
  std::uint64_t ends_ = 0;
};

}  // namespace

Result<LogReport> SqliteVault::verify_log(const LogWitnesses& witnesses, const LogProgress& progress) {
  const auto snapshot = Snapshot::begin(database_);
  if (!snapshot) return base::pass_on(snapshot);
  const auto state = read_state(database_);
  if (!state) return base::pass_on(state);
  return Verification(database_, id_, *state, witnesses, progress).run();
}

}  // namespace pvm::vault
