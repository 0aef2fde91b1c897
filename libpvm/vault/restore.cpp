// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/restore.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "libpvm/base/text.hpp"
#include "libpvm/vault/schema.hpp"
#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;
using Condition = PresentVault::Condition;

// Far above any time of day, and far below where a number in the state row is taken for damage.
constexpr std::uint64_t k_highest_floor = std::uint64_t{1} << 50U;

// ---- the vault that is there --------------------------------------------------------------------

/// Open where it is readable, and closed after what it holds.
struct Present {
  PresentVault about;
  std::optional<Database> database;
};

bool is_damage(Code code) { return code == Code::malformed || code == Code::io; }

Result<void> read_present(const Database& database, PresentVault& about) {
  const auto snapshot = Snapshot::begin(database);
  if (!snapshot) return base::pass_on(snapshot);
  if (const auto format = check_any_schema(database); !format) return base::pass_on(format);
  auto state = read_state(database);
  if (!state) return base::pass_on(state);
  about.id = base::VaultId::from_hex(state->vault_id);
  if (!about.id) return fail(Code::malformed, "the vault's id is not an id");
  about.state = std::move(*state);
  about.condition = Condition::readable;
  return {};
}

Present unreadable(std::string fault) {
  Present present;
  present.about.condition = Condition::unreadable;
  present.about.fault = std::move(fault);
  return present;
}

/// Errors: unsafe (of its owner or mode), busy, newer: what a person can mend without losing what is in it.
Result<Present> find_present(const std::string& path, Sharing sharing) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return Present{};
    return base::fail_errno(base::quoted(path), errno);
  }
  if (!S_ISREG(status.st_mode)) return unreadable("what is in its place is no regular file");
  if (auto done = check_vault_files(path, guard_of(sharing)); !done) return base::pass_on(done);
  auto database = Database::open(path, OpenMode::existing);
  Present present;
  auto done = database ? read_present(*database, present.about) : base::pass_on(database);
  if (done) {
    present.database.emplace(std::move(*database));
    return present;
  }
  if (!is_damage(done.error().code)) return base::pass_on(done);
  return unreadable(done.error().message);
}

/// How many leaves, from the first on, are the same in both. A log that cannot be read on ends there.
std::uint64_t count_common(const Database& a, const Database& b) {
  constexpr const char* sql = "SELECT leaf FROM audit ORDER BY entry_id";
  Statement of_a = a.prepare(sql);
  Statement of_b = b.prepare(sql);
  for (std::uint64_t same = 0;; ++same) {
    const auto row_a = of_a.step();
    const auto row_b = of_b.step();
    if (!row_a || !row_b || !*row_a || !*row_b || of_a.text(0) != of_b.text(0)) return same;
  }
}

Result<std::uint64_t> count_pending(const Database& database, base::UnixTime now) {
  Statement row = database.prepare("SELECT count(*) FROM requests WHERE state = 'pending' AND expires >= ?1");
  const auto found = row.bind(base::unix_seconds(now)).step();
  if (!found) return base::pass_on(found);
  return row.counter(0);
}

Result<void> check_same_vault(const RestorePlan& plan, const PresentVault& present) {
  if (!present.id || *present.id == plan.id) return {};
  return fail(Code::conflict,
              base::quoted(plan.backup) + " is of another vault, " + plan.id.brief() + "; the one here is " +
                  present.id->brief(),
              "to take it all the same, move the vault that is here away first");
}

// ---- what the restored vault says ----------------------------------------------------------------

/// A revocation floor that no grant of this vault has: those that the backup does not know of either. The floor rises
/// by one with each `revoke --all` and `panic`, which is less than once a second, and a restore lifts it to the time
/// of day; so at no earlier time has it been above the time of day, and the present time is above all of them. Where
/// the clock is behind, the latest times that both vaults know of stand in for it.
std::uint64_t next_floor(const State& backup, const PresentVault& present, base::UnixTime now) {
  std::uint64_t highest = 0;
  const auto take = [&highest](std::uint64_t number) {
    if (number < k_highest_floor) highest = std::max(highest, number);
  };
  const auto take_time = [&take](base::UnixTime time) {
    take(static_cast<std::uint64_t>(std::max<std::int64_t>(base::unix_seconds(time), 0)));
  };
  take_time(now);
  take_time(backup.clock_mark);
  take(backup.epoch);
  if (present.condition == Condition::readable) {
    take_time(present.state.clock_mark);
    take(present.state.epoch);
  }
  return highest + 1;
}

std::string restore_details(const RestorePlan& plan, const PresentVault& present, const std::string& kept,
                            std::uint64_t floor) {
  Details details;
  details.add("backup", plan.backup).add("log", plan.state.log.size()).add("epoch", floor);
  if (present.condition == Condition::readable) {
    details.add("replaced-log", present.state.log.size())
        .add_verbatim("replaced-root", base::to_base64(present.state.log.root()));
  }
  if (present.condition != Condition::none) details.add("kept", kept);
  return details.text();
}

Result<void> append_all(Change& change, const RestorePlan& plan, const PresentVault& present, const std::string& kept) {
  State& state = change.state();
  const std::uint64_t floor = next_floor(state, present, change.now());
  AuditEntry restored;
  restored.type = EntryType::restore;
  restored.details = restore_details(plan, present, kept, floor);
  if (auto done = change.append(std::move(restored)); !done) return base::pass_on(done);
  AuditEntry revoked;
  revoked.type = EntryType::revoke;
  revoked.details = Details().add("what", "all").add("epoch", floor).text();
  if (auto done = change.append(std::move(revoked)); !done) return base::pass_on(done);
  state.epoch = floor;
  state.generation = std::max(state.generation, present.state.generation) + 1;
  return {};
}

// ---- putting it in place ------------------------------------------------------------------------

/// Renames what is in the vault's place to `kept`, with what SQLite left beside it. The vault's own name goes first:
/// from then on nobody opens it, and only then can the others go without losing what they hold. They must be gone
/// before another vault has the name: SQLite would take a -wal that it finds for a part of it.
Result<void> set_aside(const std::string& path, const std::string& kept) {
  if (is_there(path)) {
    if (auto done = rename_to_new(path, kept); !done) return done;
  }
  for (const std::string_view suffix : {"-wal", "-journal"}) {
    const std::string beside = path + std::string(suffix);
    struct stat about {};
    if (::lstat(beside.c_str(), &about) != 0) continue;
    if (about.st_size > 0) {
      if (auto done = rename_to_new(beside, kept + std::string(suffix)); !done) return done;
    } else if (::unlink(beside.c_str()) != 0) {
      return base::fail_errno("cannot take away " + base::quoted(beside), errno);
    }
  }
  const std::string index = path + "-shm";
  if (::unlink(index.c_str()) != 0 && errno != ENOENT) {
    return base::fail_errno("cannot take away " + base::quoted(index), errno);
  }
  return sync_directory(path.substr(0, path.rfind('/')));
}

}  // namespace

Result<Restoration> Restoration::prepare(const std::string& backup, const std::string& state_directory,
                                         Sharing sharing, const FindWitnesses& witnesses, base::UnixTime now,
                                         const StageProgress& progress) {
  if (sharing == Sharing::group && ::geteuid() != 0) {
    return fail(Code::unsafe, "a vault that is shared must belong to root, and so must one that is restored",
                "as root: pvmctl restore FILE");
  }
  const auto directory = checked_state_directory(state_directory, guard_of(sharing));
  if (!directory) return base::pass_on(directory);
  const auto place = place_for_copies(*directory, sharing);
  if (!place) return base::pass_on(place);
  auto copy = take_in_backup(backup, *directory, *place, witnesses, now, progress);
  if (!copy) return base::pass_on(copy);
  RestorePlan plan{backup, copy->id, std::move(copy->state), std::nullopt, 0, std::move(copy->report), {}, 0};
  if (copy->format != k_schema_version) plan.older_format = copy->format;
  if (plan.state.epoch >= k_highest_floor || base::unix_seconds(plan.state.clock_mark) >= std::int64_t{k_highest_floor}) {
    return fail(Code::malformed, base::quoted(backup) + " has a time or a revocation floor that never was",
                "nothing was changed; take another backup");
  }
  auto present = find_present(*directory + "/" + std::string(k_vault_name), sharing);
  if (!present) return base::pass_on(present);
  if (auto done = check_same_vault(plan, present->about); !done) return base::pass_on(done);
  {
    const auto database = Database::open(copy->aside.database(), OpenMode::existing);
    if (!database) return base::pass_on(database);
    const auto pending = count_pending(*database, now);
    if (!pending) return base::pass_on(pending);
    plan.pending = *pending;
    if (present->database) {
      plan.common = std::min(count_common(*database, *present->database), plan.state.log.size());
    }
  }
  plan.present = std::move(present->about);
  return Restoration(*directory, sharing, std::move(copy->aside), std::move(plan));
}

Result<Restored> Restoration::enter(const PresentVault& present, const std::string& kept, base::UnixTime now) {
  const std::string path = aside_.database();
  auto database = Database::open(path, OpenMode::existing);
  if (!database) return base::pass_on(database);
  {
    auto change = Change::begin(*database, now, ClockRule::accept);
    if (!change) return base::pass_on(change);
    if (auto done = append_all(*change, plan_, present, kept); !done) return base::pass_on(done);
    if (auto done = change->commit(); !done) return base::pass_on(done);
  }
  SqliteVault vault(std::move(*database), path, plan_.id, SqliteVault::Wal::existed);
  if (present.state.lock_id) {
    if (auto done = vault.lock(present.state.lock_reason, now); !done) return base::pass_on(done);
  }
  const auto head = vault.durable_head();
  if (!head) return base::pass_on(head);
  const auto epoch = vault.epoch();
  if (!epoch) return base::pass_on(epoch);
  return Restored{plan_.id, *head, *epoch, present.condition == Condition::none ? std::string() : kept};
}

/// The copy as one file, on the disk.
Result<void> Restoration::seal() const {
  const std::string path = aside_.database();
  {
    const auto database = Database::open(path, OpenMode::existing);
    if (!database) return base::pass_on(database);
    if (auto done = check_schema(*database); !done) return done;
    if (auto done = database->checkpoint(); !done) return done;
  }
  for (const char* suffix : {"-wal", "-shm"}) ::unlink((path + suffix).c_str());
  if (sharing_ == Sharing::group) {
    if (auto done = aside_.share_database(directory_); !done) return done;
  }
  return sync_file(path);
}

Result<Restored> Restoration::finish(base::UnixTime now) {
  const std::string path = vault_path();
  const auto alone = lock_directory(directory_);
  if (!alone) return base::pass_on(alone);
  auto present = find_present(path, sharing_);
  if (!present) return base::pass_on(present);
  std::optional<Transaction> held;
  if (present->database) {
    // So that the file that is set aside holds everything; where somebody is in the way, its -wal goes with it.
    static_cast<void>(present->database->checkpoint().has_value());
    auto transaction = Transaction::begin(*present->database);
    if (!transaction) return base::pass_on(transaction);
    held.emplace(std::move(*transaction));
    auto state = read_state(*present->database);
    if (!state) return base::pass_on(state);
    present->about.state = std::move(*state);
  }
  if (present->about.condition != plan_.present.condition || present->about.id != plan_.present.id ||
      (present->database && present->database->is_moved())) {
    return fail(Code::conflict, "the vault that is to be replaced is not what it was a moment ago",
                "look again: pvmctl restore " + base::shell_command({plan_.backup}));
  }

  const std::string kept = dated_name(path, "replaced", now);
  auto restored = enter(present->about, kept, now);
  if (!restored) return restored;
  if (auto done = seal(); !done) return base::pass_on(done);
  auto done = set_aside(path, kept);
  if (done) done = rename_to_new(aside_.database(), path);
  if (done) done = sync_directory(directory_);
  if (!done) {
    return fail(done.error().code, done.error().message + "; the vault that was there is in " + base::quoted(kept),
                "see what is in the way, and run the same again");
  }
  return restored;
}

Result<Restored> restore_vault(const std::string& backup, const std::string& state_directory, Sharing sharing,
                               const LogWitnesses& witnesses, base::UnixTime now) {
  const auto find = [&witnesses](const base::VaultId&) { return Result<LogWitnesses>(witnesses); };
  auto restoration = Restoration::prepare(backup, state_directory, sharing, find, now, {});
  if (!restoration) return base::pass_on(restoration);
  return restoration->finish(now);
}

}  // namespace pvm::vault
