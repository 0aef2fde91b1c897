// SPDX-License-Identifier: Apache-2.0
// Who vouches for the log before it is read: signed grants and statements with the tree heads in them, and heads that
// were kept outside. Floor: vault.
//
// Memory is bounded: of the heads, so many are held at once, in the order of their sizes; when the log has been read
// that far, grants and statements are gone through for the next ones. What is wrong with them is told the first time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libpvm/vault/audit_row.hpp"
#include "libpvm/vault/faults.hpp"
#include "libpvm/vault/means.hpp"

namespace pvm::vault {

/// A tree head that somebody vouches for.
struct Vouched {
  enum class By { grant, reset, outside };
  std::uint64_t size = 0;
  By by = By::grant;
  std::uint64_t place = 0;  // the grant's row, the entry that keeps the reset, the number of the outside head
  base::Digest root{};
  base::UnixTime time;
  std::uint32_t grant = 0;  // the first 8 digits of its id
};

class Testimony {
 public:
  /// All outlive it. Adds to `report` what is untrusted and what was set aside.
  Testimony(const Database& database, const base::VaultId& vault, const LogWitnesses& witnesses, Faults& faults,
            LogReport& report);

  /// Judges everything; `progress` is told of grants. Errors: of the database only.
  [[nodiscard]] base::Result<void> read(const LogProgress& progress);

  /// The next head of that size, or nullptr. To be asked for rising sizes, none left out that has heads; all of a size.
  [[nodiscard]] const Vouched* next_at(std::uint64_t size);
  /// The next head of any size.
  [[nodiscard]] const Vouched* next();
  /// Heads over this size are perhaps not held yet; UINT64_MAX: all are.
  [[nodiscard]] std::uint64_t known_until() const { return known_until_; }
  /// Holds the next heads. REQUIRES: next_at(known_until()), or next(), has none left. Errors: of the database only.
  [[nodiscard]] base::Result<void> read_on();

  /// "when grant 3f0c12ab was signed"
  [[nodiscard]] std::string when(const Vouched& head) const;
  /// Whether an approver has accepted that the log of that time is lost. Heads kept outside are forgotten then by who
  /// keeps them.
  [[nodiscard]] bool is_set_aside(const Vouched& head) const;
  /// Whether this row, of the reset index, is a statement by which an approver accepted the time of its entry.
  [[nodiscard]] bool accepts_clock(std::uint64_t entry, std::string_view record) const;

  [[nodiscard]] std::uint64_t pruned_until() const { return pruned_until_; }
  [[nodiscard]] const model::Boundary& then() const { return then_; }

 private:
  struct GrantRow;
  enum class Reading { first, again };
  [[nodiscard]] base::Result<void> read_grants(Reading reading, const LogProgress& progress);
  [[nodiscard]] base::Result<void> read_resets(Reading reading);
  void judge(GrantRow& row, Reading reading) const;
  void take_grant(const GrantRow& row, Reading reading);
  /// What the row and its index say beside the signed text is only a hint, but one that can hide a grant.
  [[nodiscard]] base::Result<void> compare_row(Statement& anchor, const GrantRow& row);
  [[nodiscard]] base::Result<void> compare_index(std::uint64_t place);
  void take_reset(const KeptReset& kept, Reading reading);
  void apply(const KeptReset& kept, const std::string& name);
  [[nodiscard]] Witness worth_of(const KeptReset& kept) const;
  [[nodiscard]] bool is_wanted(const Vouched& head) const;
  void hold(const Vouched& head);
  void hold_outside();
  void settle();

  const Database& database_;
  base::VaultId vault_;
  const LogWitnesses& witnesses_;
  Faults& faults_;
  LogReport& report_;

  std::vector<Vouched> heads_;  // while reading a heap, then sorted from `next_` on
  std::size_t next_ = 0;
  std::optional<Vouched> last_;  // the last one that was held before these
  std::uint64_t known_until_ = 0;

  base::UnixTime break_time_;      // of the last break that was accepted: heads from before it may
  std::uint64_t break_entry_ = 0;  // disagree; 0: there was none
  std::uint64_t pruned_until_ = 0;
  model::Boundary then_{1, std::nullopt};  // as a new vault is
  std::uint64_t resets_untold_ = 0;
  std::uint64_t index_rows_ = 0;  // that grants' texts account for
};

}  // namespace pvm::vault
