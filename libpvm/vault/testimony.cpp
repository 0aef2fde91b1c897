// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/testimony.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <set>
#include <tuple>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"

namespace pvm::vault {
namespace {

using base::Result;
using Part = Place::Part;

constexpr std::size_t k_grants_at_once = 256;
constexpr std::size_t k_most_resets_told = 1000;

bool comes_before(const Vouched& a, const Vouched& b) {
  return std::tie(a.size, a.by, a.place) < std::tie(b.size, b.by, b.place);
}

std::uint32_t brief_number(const base::GrantId& id) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = (number << 8) | id.raw()[i];
  return number;
}

std::string brief_text(std::uint32_t number) {
  std::array<std::uint8_t, sizeof number> bytes{};
  for (std::size_t i = bytes.size(); i-- > 0; number >>= 8) bytes[i] = static_cast<std::uint8_t>(number & 0xFF);
  return base::to_hex(bytes.data(), bytes.size());
}

Result<std::uint64_t> count_grants(const Database& database) {
  Statement count = database.prepare("SELECT count(*) FROM grants");
  const auto row = count.step();
  if (!row) return base::pass_on(row);
  return count.counter(0);
}

}  // namespace

Testimony::Testimony(const Database& database, const base::VaultId& vault, const LogWitnesses& witnesses,
                     Faults& faults, LogReport& report)
    : database_(database), vault_(vault), witnesses_(witnesses), faults_(faults), report_(report) {}

Result<void> Testimony::read(const LogProgress& progress) {
  if (auto done = read_grants(Reading::first, progress); !done) return done;
  if (auto done = read_resets(Reading::first); !done) return done;
  if (resets_untold_ > 0) report_.resets.push_back("and " + base::grouped(resets_untold_) + " more");
  report_.pruned_until = pruned_until_;
  hold_outside();
  settle();
  return {};
}

Result<void> Testimony::read_on() {
  last_ = heads_.back();
  heads_.clear();
  if (auto done = read_grants(Reading::again, {}); !done) return done;
  if (auto done = read_resets(Reading::again); !done) return done;
  hold_outside();
  settle();
  return {};
}

// ---- grants -------------------------------------------------------------------------------------

struct Testimony::GrantRow {
  std::uint64_t place = 0;
  std::string id;
  std::string statement;
  std::string signature;
  std::string agent;
  std::string action;
  std::int64_t not_after = 0;
  std::int64_t epoch = 0;
  std::optional<std::int64_t> uses;
  // What came of judging it:
  std::optional<model::Grant> grant;
  Witness worth = Witness::forged;

  GrantRow(std::uint64_t number, const Statement& row)
      : place(number), id(row.text(0)), statement(row.text(1)), signature(row.text(2)), agent(row.text(3)),
        action(row.text(4)), not_after(row.integer(5)), epoch(row.integer(6)), uses(row.maybe_integer(7)) {}
  [[nodiscard]] std::size_t bytes() const {
    return id.size() + statement.size() + signature.size() + agent.size() + action.size();
  }
  [[nodiscard]] std::string name() const { return "grant " + base::display(id.substr(0, 8)); }
  [[nodiscard]] Vouched head() const {
    return {grant->log.size, Vouched::By::grant, place, grant->log.root, grant->terms.window.not_before,
            brief_number(grant->id)};
  }
};

Result<void> Testimony::read_grants(Reading reading, const LogProgress& progress) {
  Statement rows = database_.prepare(
      "SELECT grant_id, statement, signature, agent, action, not_after, epoch, use_limit FROM grants ORDER BY rowid");
  Statement anchor = database_.prepare(
      "SELECT 1 FROM grant_anchors WHERE agent = ?1 AND action = ?2 AND anchor = ?3 AND not_after = ?4 AND "
      "grant_id = ?5");
  const Result<std::uint64_t> all = progress ? count_grants(database_) : Result<std::uint64_t>(0);
  if (!all) return base::pass_on(all);
  std::vector<GrantRow> some;
  std::atomic<std::size_t> judged = 0;
  const auto judge_rest = [&] {
    for (std::size_t i = judged++; i < some.size(); i = judged++) judge(some[i], reading);
  };
  std::uint64_t number = 0;
  for (bool is_more = true; is_more;) {
    some.clear();
    for (std::size_t bytes = 0; some.size() < k_grants_at_once && bytes < witnesses_.means.batch_bytes;
         bytes += some.back().bytes()) {
      const auto row = rows.step();
      if (!row) return base::pass_on(row);
      is_more = *row;
      if (!is_more) break;
      some.emplace_back(++number, rows);
    }
    judged = 0;
    witnesses_.means.both(judge_rest, judge_rest);
    for (const GrantRow& row : some) {
      take_grant(row, reading);
      if (reading == Reading::again || row.worth == Witness::forged) continue;
      if (auto done = compare_row(anchor, row); !done) return done;
    }
    if (progress) progress({LogStage::grants, number, *all});
  }
  return reading == Reading::again ? Result<void>() : compare_index(number + 1);
}

// A row too many may stand before one that is right, and hide it.
Result<void> Testimony::compare_index(std::uint64_t place) {
  Statement count = database_.prepare("SELECT count(*) FROM grant_anchors");
  const auto row = count.step();
  if (!row) return base::pass_on(row);
  const std::uint64_t rows = count.counter(0);
  if (rows > index_rows_) {
    faults_.add({Part::grants, place}, "the index of scopes has " + base::counted(rows - index_rows_, "row", "rows") +
                                           " that no grant's text accounts for");
  }
  return {};
}

// The signature is what takes time: it is not looked at again where the head is not wanted.
void Testimony::judge(GrantRow& row, Reading reading) const {
  const auto id = base::GrantId::from_hex(row.id);
  auto grant = model::decode_grant(row.statement);
  if (!id || !grant || grant->id != *id) return;
  row.grant = std::move(*grant);
  if (reading == Reading::again && !is_wanted(row.head())) return;
  row.worth = witnesses_.grant({*id, row.statement, row.signature, 0, std::nullopt, {}});
}

void Testimony::take_grant(const GrantRow& row, Reading reading) {
  if (row.worth == Witness::trusted) hold(row.head());
  if (reading == Reading::again) return;
  if (row.worth == Witness::untrusted) ++report_.heads_untrusted;
  if (row.worth == Witness::forged) {
    faults_.add({Part::grants, row.place}, row.name() + ": its text is not what was signed");
  }
}

Result<void> Testimony::compare_row(Statement& anchor, const GrantRow& row) {
  const model::Grant& grant = *row.grant;
  const Place at{Part::grants, row.place};
  const auto limit = grant.uses ? std::optional<std::int64_t>(*grant.uses) : std::nullopt;
  const std::int64_t not_after = base::unix_seconds(grant.terms.window.not_after);
  if (row.agent != grant.terms.agent || row.action != model::to_text(grant.terms.action) ||
      row.not_after != not_after || row.epoch != static_cast<std::int64_t>(grant.epoch) || row.uses != limit) {
    faults_.add(at, row.name() + ": its row is not what its text says");
  }
  const std::string id = grant.id.hex();
  std::set<std::string> seen;
  for (const model::Scope& scope : grant.terms.scopes) {
    anchor.reset();
    const std::string start(scope.anchor());
    anchor.bind(grant.terms.agent, model::to_text(grant.terms.action), Blob{start}, not_after, id);
    const auto found = anchor.step();
    if (!found) return base::pass_on(found);
    if (*found && seen.insert(start).second) ++index_rows_;
    if (!*found) {
      faults_.add(at, row.name() + ": the index does not lead to its scope " + base::quoted(scope.pattern(), 64));
    }
  }
  anchor.reset();
  return {};
}

// ---- statements ---------------------------------------------------------------------------------

Result<void> Testimony::read_resets(Reading reading) {
  return each_reset(database_, [this, reading](const KeptReset& kept) { take_reset(kept, reading); });
}

Witness Testimony::worth_of(const KeptReset& kept) const {
  const bool is_sound = kept.reset && kept.reset->vault == vault_ && kept.reset->log.size < kept.entry;
  if (!is_sound) return Witness::forged;
  return witnesses_.statement({model::k_reset_namespace, kept.texts.statement, kept.texts.signature,
                               kept.reset->approver, kept.reset->time});
}

void Testimony::take_reset(const KeptReset& kept, Reading reading) {
  Vouched head{0, Vouched::By::reset, kept.entry, {}, {}, 0};
  if (kept.reset) {
    head.size = kept.reset->log.size;
    head.root = kept.reset->log.root;
    head.time = kept.reset->time;
  }
  if (reading == Reading::again) {
    if (is_wanted(head) && worth_of(kept) == Witness::trusted) hold(head);
    return;
  }
  const std::string name = entry_name(kept.entry);
  switch (worth_of(kept)) {
    case Witness::forged:
      return faults_.add({Part::resets, kept.entry}, name + ": it sets aside by a statement that nobody signed");
    case Witness::untrusted:
      ++report_.heads_untrusted;
      return;
    case Witness::trusted:
      hold(head);
      return apply(kept, name);
  }
}

void Testimony::apply(const KeptReset& kept, const std::string& name) {
  const model::Reset& reset = *kept.reset;
  std::string what = "a clock set back to " + base::iso_time(reset.time);
  if (reset.kind == model::ResetKind::broken_log) {
    break_time_ = reset.time;
    break_entry_ = kept.entry;
    what = "a log that no longer led from the " + std::to_string(reset.seen->size) + " entries seen before";
  }
  if (reset.kind == model::ResetKind::prune) {
    if (*reset.until >= pruned_until_) then_ = *reset.then;
    pruned_until_ = std::max(pruned_until_, *reset.until);
    what = "the texts of entries 1 to " + std::to_string(*reset.until);
  }
  // One statement can be kept by any number of entries.
  if (report_.resets.size() == k_most_resets_told) {
    ++resets_untold_;
    return;
  }
  report_.resets.push_back(name + ": " + base::display(reset.approver, 64) + " set aside " + what +
                           (reset.reason.empty() ? "" : ": " + base::quoted(reset.reason, 200)));
}

bool Testimony::accepts_clock(std::uint64_t entry, std::string_view record) const {
  const auto kept = kept_reset(entry, record);
  return kept && kept->reset && kept->reset->kind == model::ResetKind::clock && worth_of(*kept) == Witness::trusted;
}

// ---- heads --------------------------------------------------------------------------------------

void Testimony::hold_outside() {
  for (std::size_t i = 0; i < witnesses_.outside.size(); ++i) {
    const model::TreeHead& head = witnesses_.outside[i].head;
    hold({head.size, Vouched::By::outside, i, head.root, {}, 0});
  }
}

// Whether it comes after those that were held before, and among the first of these.
bool Testimony::is_wanted(const Vouched& head) const {
  if (last_ && !comes_before(*last_, head)) return false;
  return heads_.size() < witnesses_.means.most_heads || comes_before(head, heads_.front());
}

void Testimony::hold(const Vouched& head) {
  if (last_ && !comes_before(*last_, head)) return;
  heads_.push_back(head);
  std::ranges::push_heap(heads_, comes_before);
  if (heads_.size() <= witnesses_.means.most_heads) return;
  std::ranges::pop_heap(heads_, comes_before);
  heads_.pop_back();
}

void Testimony::settle() {
  std::ranges::sort_heap(heads_, comes_before);
  next_ = 0;
  const bool is_full = heads_.size() >= witnesses_.means.most_heads;  // then there may be more
  known_until_ = is_full ? heads_.back().size : UINT64_MAX;
}

const Vouched* Testimony::next_at(std::uint64_t size) {
  return next_ < heads_.size() && heads_[next_].size == size ? &heads_[next_++] : nullptr;
}

const Vouched* Testimony::next() { return next_ < heads_.size() ? &heads_[next_++] : nullptr; }

std::string Testimony::when(const Vouched& head) const {
  switch (head.by) {
    case Vouched::By::grant:
      return "when grant " + brief_text(head.grant) + " was signed";
    case Vouched::By::reset:
      return "when " + entry_name(head.place) + " was signed";
    case Vouched::By::outside:
      break;
  }
  return "at " + witnesses_.outside[static_cast<std::size_t>(head.place)].name;
}

bool Testimony::is_set_aside(const Vouched& head) const {
  return break_entry_ > 0 && ((head.by == Vouched::By::grant && head.time <= break_time_) ||
                              (head.by == Vouched::By::reset && head.place < break_entry_));
}

}  // namespace pvm::vault
