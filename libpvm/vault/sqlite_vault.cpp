// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/sqlite_vault.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/step.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/model/redact.hpp"
#include "libpvm/vault/schema.hpp"
#include "libpvm/vault/vault_files.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;
using system::Guard;

/// SQLite opens close-on-exec; what the caller left open for us to inherit, perhaps on a file that now bears the
/// right name, cannot be so.
bool is_opened_by_us(int descriptor) { return (::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0; }

/// A backup is kept without a -wal, and without one a commit is not made durable as `sync` does it.
Result<void> check_journal(const Database& database) {
  Statement mode = database.prepare("PRAGMA journal_mode");
  const auto row = mode.step();
  if (!row) return base::pass_on(row);
  if (*row && mode.text(0) == "wal") return {};
  return fail(Code::unsafe, "what is in the vault's place is a copy that was put there by hand",
              "a human puts a backup back with: pvmctl restore FILE");
}

/// The descriptor of ours on the file that bears that name now; -1: there is none.
int find_descriptor(const std::string& path, int end) {
  struct stat named {};
  if (::lstat(path.c_str(), &named) != 0) return -1;
  for (int descriptor = STDERR_FILENO + 1; descriptor < end; ++descriptor) {
    struct stat open {};
    if (::fstat(descriptor, &open) != 0 || open.st_ino != named.st_ino || open.st_dev != named.st_dev) continue;
    if (is_opened_by_us(descriptor)) return descriptor;
  }
  return -1;
}

/// SQLite's own descriptor of the -wal file. Where somebody has unlinked or replaced that or the -shm file, another is
/// in its place or none: then what we wrote is in a file that nobody else will read, or the lock that we hold is on one
/// that nobody else asks.
Result<int> find_wal(const std::string& path) {
  rlimit most{};
  if (::getrlimit(RLIMIT_NOFILE, &most) != 0) return base::fail_errno("cannot tell how many files may be open", errno);
  constexpr rlim_t k_far = 1U << 20;  // ours are among the first that were free
  const int end = static_cast<int>(std::min(most.rlim_cur, k_far));
  const int wal = find_descriptor(path + "-wal", end);
  if (wal >= 0 && find_descriptor(path + "-shm", end) >= 0) return wal;
  return fail(Code::unsafe, "somebody removed or replaced the vault's -wal or -shm file while it was open",
              "a human must look at it: pvmctl doctor");
}

Result<std::unique_ptr<Vault>> adopt(Database database, const std::string& path, const State& state,
                                     SqliteVault::Wal wal) {
  const auto id = base::VaultId::from_hex(state.vault_id);
  if (!id) return fail(Code::malformed, "the vault's id is not an id", "a human must look at it: pvmctl doctor");
  return std::make_unique<SqliteVault>(std::move(database), path, *id, wal);
}

Result<void> write_first_state(const Database& database, const base::VaultId& id, base::UnixTime now) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return base::pass_on(transaction);
  if (auto done = create_schema(database); !done) return done;
  Statement insert = database.prepare(
      "INSERT INTO state(one, vault_id, generation, epoch, lock_reason, locked_at, clock_mark, log_size, log_edge) "
      "VALUES(1, ?1, 1, 1, '', 0, ?2, 0, ?3)");
  if (auto done = insert.bind(id.hex(), base::unix_seconds(now), Blob{""}).run(); !done) return done;
  return transaction->commit();
}

}  // namespace

std::string scope_of(const model::Operation& operation, std::span<const model::Scope> scopes) {
  constexpr std::size_t most = 64 * 1024;
  std::string out;
  std::size_t left_out = 0;
  const auto add = [&](std::string_view name) {
    if (out.size() + name.size() > most) {
      ++left_out;
      return;
    }
    if (!out.empty()) out += '\n';
    out += model::redact(name);
  };
  for (const model::Resource& resource : operation.resources) add(resource.name);
  for (const model::Scope& scope : scopes) add(scope.pattern());
  if (left_out > 0) out += "\n(" + std::to_string(left_out) + " more)";
  return out;
}

Result<std::unique_ptr<Vault>> create_vault(const std::string& state_directory, base::UnixTime now) {
  auto directory = checked_state_directory(state_directory, Guard::own_private);
  if (!directory) return base::pass_on(directory);
  if (auto locks = system::check_locks(*directory); !locks) return base::pass_on(locks);
  const std::string path = *directory + "/vault.db";
  {
    const base::Descriptor file(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!file && errno == EEXIST) return fail(Code::exists, "there is a vault already: " + base::quoted(path));
    if (!file) return base::fail_errno("cannot create " + base::quoted(path), errno);
  }
  auto database = Database::open(path, OpenMode::existing);
  if (!database) return base::pass_on(database);
  // Small pages: a call changes a few rows, and each page of them is written, hashed and read again whole.
  if (auto done = database->execute("PRAGMA page_size=1024; PRAGMA journal_mode=WAL"); !done) {
    return base::pass_on(done);
  }
  const auto id = crypto::random_id<base::VaultId>();
  if (auto done = write_first_state(*database, id, now); !done) return base::pass_on(done);
  const auto state = read_state(*database);
  if (!state) return base::pass_on(state);
  auto vault = adopt(std::move(*database), path, *state, SqliteVault::Wal::is_new);
  if (!vault) return vault;
  AuditEntry entry;
  entry.type = EntryType::init;
  entry.time = now;
  entry.details = Details().add("vault", id.hex()).text();
  if (auto done = (*vault)->append(entry); !done) return base::pass_on(done);
  return vault;
}

void expect_one_thread() {
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

Result<std::unique_ptr<Vault>> open_vault(const std::string& state_directory, Sharing sharing) {
  const Guard guard = guard_of(sharing);
  auto directory = checked_state_directory(state_directory, guard);
  if (!directory) return base::pass_on(directory);
  const std::string path = *directory + "/vault.db";
  if (auto done = check_vault_files(path, guard); !done) return base::pass_on(done);
  const auto wal = is_there(path + "-wal") ? SqliteVault::Wal::existed : SqliteVault::Wal::is_new;
  auto database = Database::open(path, OpenMode::existing);
  if (!database) return base::pass_on(database);
  auto state = [&database]() -> Result<State> {
    const auto snapshot = Snapshot::begin(*database);
    if (!snapshot) return base::pass_on(snapshot);
    if (auto done = check_schema(*database); !done) return base::pass_on(done);
    if (auto done = check_journal(*database); !done) return base::pass_on(done);
    return read_state(*database);
  }();
  if (!state) return base::pass_on(state);
  // A restore renames the vault and takes its -wal and -shm away before it puts another in its place. Who had the old
  // file open but not yet those would make new ones, and what it writes into them would go into the new vault. Still in
  // place now, after the first read has opened all three, it has the old ones.
  if (database->is_moved()) {
    return fail(Code::busy, "the vault was replaced while it was being opened", "try again");
  }
  return adopt(std::move(*database), path, *state, wal);
}

SqliteVault::~SqliteVault() {
  // Nobody else may be there to do it: without a keeper the WAL must not grow from call to call.
  if (database_.wal_frames() > k_most_wal_frames && is_in_place()) database_.truncate_wal();
}

bool SqliteVault::is_in_place() const { return !database_.is_moved() && find_wal(path_).has_value(); }

model::Situation SqliteVault::situation_of(const State& state, base::UnixTime now) const {
  return {now, id_, state.epoch, state.lock_id ? model::LockState::locked : model::LockState::open};
}

Result<void> SqliteVault::sync() {
  const auto wal = find_wal(path_);
  if (!wal) return base::pass_on(wal);
  if (database_.is_moved()) {
    return fail(Code::unsafe, "somebody moved or replaced the vault while it was open",
                "a human must look at it: pvmctl doctor");
  }
  // Not closed: the descriptor is SQLite's.
  if (::fdatasync(*wal) != 0) return base::fail_errno("cannot sync the vault's -wal file", errno);
  if (wal_ == Wal::existed) return {};
  if (auto done = sync_directory(path_.substr(0, path_.rfind('/'))); !done) return done;
  wal_ = Wal::existed;
  return {};
}

Result<void> SqliteVault::commit_durably(Change& change) {
  if (auto done = change.commit(); !done) return done;
  base::end_of(base::Step::commit);
  auto synced = sync();
  base::end_of(base::Step::sync);
  return synced;
}

Result<base::UnixTime> SqliteVault::clock_mark() {
  const auto state = read_state(database_);
  if (!state) return base::pass_on(state);
  return state->clock_mark;
}

Result<std::uint64_t> SqliteVault::data_version() {
  Statement statement = database_.prepare("PRAGMA data_version");
  const auto row = statement.step();
  if (!row) return base::pass_on(row);
  return statement.counter(0);
}

Result<base::Descriptor> SqliteVault::watch() const {
  base::Descriptor changes(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!changes) return base::fail_errno("cannot watch the vault", errno);
  const std::string wal = path_ + "-wal";
  if (::inotify_add_watch(changes.get(), wal.c_str(), IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF) < 0 ||
      ::inotify_add_watch(changes.get(), path_.c_str(), IN_ATTRIB | IN_MOVE_SELF) < 0) {
    return base::fail_errno("cannot watch " + base::quoted(path_), errno);
  }
  return changes;
}

bool take_changes(const base::Descriptor& changes) {
  alignas(inotify_event) std::array<char, 4096> events;
  for (;;) {
    const ssize_t size = ::read(changes.get(), events.data(), events.size());
    if (size <= 0) return size < 0 && errno == EAGAIN;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      inotify_event event;
      std::memcpy(&event, events.data() + at, sizeof event);
      if (event.mask != IN_MODIFY) return false;
      at += sizeof event + event.len;
    }
  }
}

}  // namespace pvm::vault
