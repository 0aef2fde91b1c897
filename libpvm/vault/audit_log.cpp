// SPDX-License-Identifier: Apache-2.0
// The audit log: its head, reading it, verifying it.
#include <map>

#include "libpvm/base/text.hpp"
#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view k_columns =
    "entry_id, timestamp, entry_type, agent_id, scope, decision, details, grant_id, tier, record, leaf";
constexpr std::size_t k_most_faults = 1000;

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

/// The tree heads that well-signed grants carry, by size.
struct SignedHeads {
  std::multimap<std::uint64_t, std::pair<base::Digest, base::GrantId>> by_size;
};

Result<SignedHeads> read_heads(const Database& database, const JudgeGrant& judge, LogReport& report) {
  SignedHeads heads;
  Statement rows = database.prepare("SELECT grant_id, statement, signature FROM grants ORDER BY rowid");
  for (;;) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) return heads;
    const auto id = base::GrantId::from_hex(rows.text(0));
    const auto grant = model::decode_grant(rows.text(1));
    const auto worth = id && grant && grant->id == *id
                           ? judge({*id, rows.text(1), rows.text(2), 0, std::nullopt, {}})
                           : Witness::forged;
    if (worth == Witness::trusted) {
      heads.by_size.emplace(grant->log.size, std::make_pair(grant->log.root, grant->id));
    } else if (worth == Witness::untrusted) {
      ++report.heads_untrusted;
    } else if (report.faults.size() < k_most_faults) {
      report.faults.push_back("grant " + base::display(rows.text(0), 8) + ": its text is not what was signed");
    }
  }
}

class Verification {
 public:
  Verification(LogReport& report, SignedHeads heads) : report_(report), heads_(std::move(heads)) {
    compare_heads();
  }

  void take(const Statement& row) {
    const std::uint64_t number = row.counter(0);
    const std::string name = "entry " + std::to_string(number);
    while (expected_ < number) {
      fault("entry " + std::to_string(expected_) + " is missing");
      if (number - expected_ > k_most_faults) expected_ = number;  // a gap of millions is told once
      if (expected_ < number) ++expected_;
    }
    expected_ = number + 1;
    const std::string record = row.text(9);
    const base::Digest leaf = crypto::leaf_hash(record);
    const std::string stored = row.text(10);
    if (stored != std::string_view(reinterpret_cast<const char*>(leaf.data()), leaf.size())) {
      fault(name + ": its record does not hash to the leaf kept with it");
    }
    const auto entry = decode_record(record);
    if (!entry) {
      fault(name + ": its record cannot be read");
    } else if (entry->entry != number) {
      fault(name + ": its record is that of entry " + std::to_string(entry->entry));
    } else if (const std::string column = column_fault(row, *entry); !column.empty()) {
      fault(name + ": " + column + " is not what the record says");
    }
    edge_.append(leaf);
    compare_heads();
  }

  void finish(const crypto::TreeEdge& kept) {
    if (edge_.size() < kept.size()) {
      fault("the log ends at entry " + std::to_string(expected_ - 1) + ", but its tree has " +
            std::to_string(kept.size()) + " entries: truncated");
    } else if (edge_.size() > kept.size()) {
      fault("the log has " + std::to_string(edge_.size()) + " entries, but its tree only " +
            std::to_string(kept.size()) + ": inserted or appended");
    } else if (!(edge_ == kept)) {
      fault("the entries do not hash to the tree kept with them");
    }
    for (const auto& [size, head] : heads_.by_size) {
      if (size > edge_.size()) {
        fault("grant " + head.second.brief() + " was signed when the log had " + std::to_string(size) +
              " entries; now it has " + std::to_string(edge_.size()) + ": truncated");
      }
    }
    report_.head = edge_.head();
  }

 private:
  void fault(std::string text) {
    if (report_.faults.size() < k_most_faults) report_.faults.push_back(std::move(text));
  }

  void compare_heads() {
    const auto [first, last] = heads_.by_size.equal_range(edge_.size());
    if (first == last) return;
    const base::Digest root = edge_.root();
    for (auto head = first; head != last; ++head) {
      if (head->second.first == root) {
        ++report_.heads_checked;
        report_.newest_head = edge_.size();
      } else {
        fault("the first " + std::to_string(edge_.size()) + " entries are not those that were there when grant " +
              head->second.second.brief() + " was signed");
      }
    }
  }

  LogReport& report_;
  SignedHeads heads_;
  crypto::TreeEdge edge_;
  std::uint64_t expected_ = 1;
};

}  // namespace

Result<model::TreeHead> SqliteVault::durable_head() {
  const auto state = read_state(database_);
  if (!state) return base::pass_on(state);
  if (auto done = sync(); !done) return base::pass_on(done);
  return state->log.head();
}

Result<void> SqliteVault::append(const AuditEntry& entry) {
  auto change = Change::begin(database_, entry.time, ClockRule::accept);
  if (!change) return base::pass_on(change);
  if (auto done = change->append(entry); !done) return base::pass_on(done);
  return commit_durably(*change);
}

Result<void> SqliteVault::each_entry(std::uint64_t from, const std::function<Visit(const AuditEntry&)>& visit) {
  Statement rows = database_.prepare("SELECT " + std::string(k_columns) +
                                     " FROM audit WHERE entry_id >= ?1 ORDER BY entry_id");
  rows.bind(static_cast<std::int64_t>(from));
  for (;;) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) return {};
    const auto entry = decode_record(rows.text(9));
    if (!entry) {
      return fail(Code::malformed, "audit entry " + std::to_string(rows.integer(0)) + " cannot be read",
                  "see what is wrong with: pvmctl audit verify");
    }
    if (visit(*entry) == Visit::stop) return {};
  }
}

Result<LogReport> SqliteVault::verify_log(const JudgeGrant& judge, const Progress& progress) {
  constexpr std::uint64_t step = 65536;
  const auto snapshot = Snapshot::begin(database_);
  if (!snapshot) return base::pass_on(snapshot);
  const auto state = read_state(database_);
  if (!state) return base::pass_on(state);
  LogReport report;
  auto heads = read_heads(database_, judge, report);
  if (!heads) return base::pass_on(heads);

  Verification verification(report, std::move(*heads));
  Statement rows = database_.prepare("SELECT " + std::string(k_columns) + " FROM audit ORDER BY entry_id");
  for (std::uint64_t done = 0;; ++done) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) break;
    verification.take(rows);
    if (progress && done % step == 0) progress(done, state->log.size());
  }
  verification.finish(state->log);
  return report;
}

}  // namespace pvm::vault
