// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/sqlite.hpp"

#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds k_longest_wait{1600};
constexpr int k_length_limit = 64 * 1024 * 1024;
constexpr int k_pages_at_once = 4096;  // 4 MiB

void pause_for(long microseconds) {
  const timespec pause = {0, microseconds * 1000};
  ::nanosleep(&pause, nullptr);
}

// Where a process was stopped in the middle of repairing the WAL, SQLite tries to read a hundred times and sleeps longer
// and longer in between, ten seconds in all; with this, under a second and a half.
int sleep_shortly(sqlite3_vfs*, int microseconds) {
  constexpr int k_longest = 18'000;
  pause_for(std::min(microseconds, k_longest));
  return microseconds;
}

/// As root SQLite gives what it opened beside a database to the database's owner. In a directory that others may write in, that
/// may be a file that one of them has just put there. The setgid bit gives what we make to the right group.
int leave_owner(int, uid_t, gid_t) { return 0; }

/// SQLite's own layer over the system, but for its patience and for giving files away.
const char* system_layer() {
  static sqlite3_vfs layer = [] {
    sqlite3_initialize();
    sqlite3_vfs* const unix_layer = sqlite3_vfs_find("unix");
    unix_layer->xSetSystemCall(unix_layer, "fchown", reinterpret_cast<sqlite3_syscall_ptr>(leave_owner));
    sqlite3_vfs copy = *unix_layer;
    copy.pNext = nullptr;
    copy.zName = "pvm-unix";
    copy.xSleep = sleep_shortly;
    return copy;
  }();
  static const int registered = sqlite3_vfs_register(&layer, 0);
  return registered == SQLITE_OK ? layer.zName : "unix";
}

// Waits 2 to 8 ms between tries: a faster poll makes many waiters starve the one that holds the lock. By the clock,
// because on a loaded machine a try takes longer than its pause.
int wait_for_lock(void*, int tries) {
  static thread_local Clock::time_point start;
  const auto now = Clock::now();
  if (tries == 0) start = now;
  if (now - start > k_longest_wait) return 0;
  unsigned char noise = 0;
  sqlite3_randomness(1, &noise);
  pause_for((2 + noise % 7) * 1000);
  return 1;
}

// A checkpoint that cannot have the write lock goes on without it, and in SQLite before 3.51.3 that loses commits: where
// another process begins the WAL anew meanwhile, frames that were not moved count as moved. So whoever would have to
// wait for that lock (or for a reader) ends the checkpoint before its first page.
int give_up(void* database, int) {
  sqlite3_interrupt(static_cast<sqlite3*>(database));
  return 0;
}

int wait_or_give_up(void* database, int tries) {
  return wait_for_lock(nullptr, tries) != 0 ? 1 : give_up(database, tries);
}

int note_wal_frames(void* frames, sqlite3*, const char*, int pages) {
  *static_cast<int*>(frames) = pages;
  return SQLITE_OK;
}

Result<void> harden(sqlite3* database) {
  struct Switch {
    int name;
    int value;
  };
  constexpr Switch switches[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
      {SQLITE_DBCONFIG_ENABLE_FKEY, 1},    {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
      {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
  };
  for (const Switch& s : switches) {
    const int code = sqlite3_db_config(database, s.name, s.value, nullptr);
    if (code != SQLITE_OK) return sqlite_failure(code, "cannot set up the vault's connection");
  }
  sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, k_length_limit);
  return {};
}

/// SQLite gives its -wal and -shm files the vault's own mode, by a second call where the umask is in the way: whoever
/// is killed between the two leaves a file that the others of a group cannot open. So the umask is not in the way.
class OpenMask {
 public:
  OpenMask() : before_(::umask(0)) {}
  ~OpenMask() { ::umask(before_); }
  OpenMask(const OpenMask&) = delete;
  OpenMask& operator=(const OpenMask&) = delete;

 private:
  mode_t before_;
};

}  // namespace

base::Failure sqlite_failure(int code, std::string_view doing) {
  const std::string what(doing);
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_INTERRUPT:  // give_up
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return fail(Code::busy, what + ": another process holds the vault",
                  "try again; if it stays so, find that process with: fuser -v ~/.local/state/pvm/vault.db");
    case SQLITE_FULL:
      return fail(Code::full, what + ": no room on the vault's disk", "free some room on that disk");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_MISMATCH:
      return fail(Code::malformed, what + ": the vault is damaged or not a vault",
                  "a human must look at it: pvmctl doctor");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return fail(Code::unsafe, what + ": the vault cannot be written");
    case SQLITE_CANTOPEN:
      return fail(Code::io, what + ": the vault cannot be opened");
    default:
      return fail(Code::io, what + ": " + sqlite3_errstr(code));
  }
}

Prepared::~Prepared() {
  for (sqlite3_stmt* statement : idle_) sqlite3_finalize(statement);
}

int Prepared::take(std::string_view sql, sqlite3_stmt*& statement) {
  const auto known = std::ranges::find_if(idle_, [sql](sqlite3_stmt* idle) { return sql == sqlite3_sql(idle); });
  if (known == idle_.end()) {
    return sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  }
  statement = *known;
  *known = idle_.back();
  idle_.pop_back();
  return SQLITE_OK;
}

void Prepared::give_back(sqlite3_stmt* statement) {
  if (idle_.size() == k_most_idle) {
    sqlite3_finalize(statement);
    return;
  }
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  idle_.push_back(statement);
}

Statement::Statement(Prepared& prepared, std::string_view sql) : statement_(nullptr, {&prepared}) {
  sqlite3_stmt* statement = nullptr;
  keep(prepared.take(sql, statement));
  statement_.reset(statement);
}

void Statement::keep(int code) {
  if (failure_ == SQLITE_OK) failure_ = code;
}

void Statement::bind_one(int index, std::int64_t value) {
  if (failure_ == SQLITE_OK) keep(sqlite3_bind_int64(statement_.get(), index, value));
}

void Statement::bind_one(int index, std::string_view value) {
  if (failure_ != SQLITE_OK) return;
  // A null pointer would bind NULL, and an empty view may hold one.
  const char* data = value.empty() ? "" : value.data();
  keep(sqlite3_bind_text64(statement_.get(), index, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_one(int index, const Blob& value) {
  if (failure_ != SQLITE_OK) return;
  const char* data = value.bytes.empty() ? "" : value.bytes.data();
  keep(sqlite3_bind_blob64(statement_.get(), index, data, value.bytes.size(), SQLITE_STATIC));
}

void Statement::bind_one(int index, std::nullopt_t) {
  if (failure_ == SQLITE_OK) keep(sqlite3_bind_null(statement_.get(), index));
}

Result<bool> Statement::step() {
  if (failure_ != SQLITE_OK) return sqlite_failure(failure_, "cannot use the vault");
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_failure(sqlite3_extended_errcode(statement_.get_deleter().prepared->database()),
                        "cannot use the vault");
}

Result<void> Statement::run() {
  for (;;) {
    const auto row = step();
    if (!row) return base::pass_on(row);
    if (!*row) return {};
  }
}

void Statement::reset() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::uint64_t Statement::counter(int column) const {
  const std::int64_t value = integer(column);
  return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

std::string Statement::text(int column) const { return std::string(view(column)); }

std::string_view Statement::view(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr || size <= 0) return {};
  return {data, static_cast<std::size_t>(size)};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::optional<std::int64_t> Statement::maybe_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<std::string> Statement::maybe_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

Result<Database> Database::open(const std::string& path, OpenMode mode) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  const OpenMask mask;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, mode == OpenMode::unshared ? "unix-none" : system_layer());
  Database database(handle);
  if (code != SQLITE_OK) return sqlite_failure(code, "cannot open " + path);
  if (auto done = harden(handle); !done) return base::pass_on(done);
  sqlite3_busy_handler(handle, wait_for_lock, nullptr);
  sqlite3_wal_hook(handle, note_wal_frames, database.wal_frames_.get());
  // The first statement that reads the file; it also tells a file that is no database.
  if (auto done = database.execute("PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
                                   "PRAGMA synchronous=NORMAL;");
      !done) {
    return base::pass_on(done);
  }
  return database;
}

Result<void> Database::execute(const char* sql) const {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite_failure(code, "cannot use the vault");
  return {};
}

int Database::move_wal(int mode, BusyHandler busy) const {
  sqlite3_busy_handler(handle_.get(), busy, handle_.get());
  const int code = sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, mode, nullptr, nullptr);
  sqlite3_busy_handler(handle_.get(), wait_for_lock, nullptr);
  return code;
}

void Database::empty_wal() const { static_cast<void>(move_wal(SQLITE_CHECKPOINT_FULL, give_up)); }

void Database::truncate_wal() const { static_cast<void>(move_wal(SQLITE_CHECKPOINT_TRUNCATE, give_up)); }

Result<void> Database::checkpoint() const {
  const int code = move_wal(SQLITE_CHECKPOINT_TRUNCATE, wait_or_give_up);
  if (code != SQLITE_OK) return sqlite_failure(code, "cannot move the write-ahead log into the vault");
  return {};
}

Result<void> Database::copy_into(const Database& to, const PageProgress& progress) const {
  struct Finish {
    void operator()(sqlite3_backup* copying) const { sqlite3_backup_finish(copying); }
  };
  const std::unique_ptr<sqlite3_backup, Finish> copying(
      sqlite3_backup_init(to.handle_.get(), "main", handle_.get(), "main"));
  if (!copying) return sqlite_failure(sqlite3_extended_errcode(to.handle_.get()), "cannot copy the vault");
  for (;;) {
    const int code = sqlite3_backup_step(copying.get(), k_pages_at_once);
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_OK) return sqlite_failure(code, "cannot copy the vault");
    const int all = sqlite3_backup_pagecount(copying.get());
    const int left = sqlite3_backup_remaining(copying.get());
    if (progress) progress(static_cast<std::uint64_t>(all - left), static_cast<std::uint64_t>(all));
  }
}

bool Database::is_moved() const {
  int moved = 0;
  const int code = sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return code != SQLITE_OK || moved != 0;
}

Result<Transaction> Transaction::begin(const Database& database) {
  if (auto done = database.prepare("BEGIN IMMEDIATE").run(); !done) return base::pass_on(done);
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // Nothing can be done about a rollback that fails: the lock goes with the connection.
  if (database_ != nullptr) static_cast<void>(database_->prepare("ROLLBACK").run().has_value());
}

Result<void> Transaction::commit() {
  if (auto done = database_->prepare("COMMIT").run(); !done) return base::pass_on(done);
  database_ = nullptr;
  return {};
}

Result<Snapshot> Snapshot::begin(const Database& database) {
  if (auto done = database.prepare("BEGIN").run(); !done) return base::pass_on(done);
  return Snapshot(database);
}

Snapshot::Snapshot(Snapshot&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

Snapshot::~Snapshot() {
  // It has written nothing, so there is nothing to lose.
  if (database_ != nullptr) static_cast<void>(database_->prepare("COMMIT").run().has_value());
}

}  // namespace pvm::vault
