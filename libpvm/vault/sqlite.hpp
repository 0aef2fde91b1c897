// SPDX-License-Identifier: Apache-2.0
// A thin, owning layer over SQLite; sqlite.cpp and this header are all that know its handles. Floor: vault.
// SQLite's codes are translated here and nowhere else.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"

namespace pvm::vault {

/// A blob to bind; borrowed until the statement is stepped.
struct Blob {
  std::string_view bytes;
};

/// Statements that were prepared and are not in use: to prepare one costs more than to run it.
class Prepared {
 public:
  explicit Prepared(sqlite3* database) : database_(database) { idle_.reserve(k_most_idle); }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared();

  [[nodiscard]] sqlite3* database() const { return database_; }
  /// SQLite's code; where it is SQLITE_OK, `statement` is the caller's, ready to be bound.
  [[nodiscard]] int take(std::string_view sql, sqlite3_stmt*& statement);
  void give_back(sqlite3_stmt* statement);

 private:
  static constexpr std::size_t k_most_idle = 24;
  sqlite3* database_;
  std::vector<sqlite3_stmt*> idle_;  // has room for all: to give back must not fail
};

/// A prepared statement. Binding errors are kept and reported by the next step. Must not outlive its database.
class Statement {
 public:
  Statement(Prepared& prepared, std::string_view sql);

  /// Binds parameters ?1, ?2, … ; std::optional binds NULL where empty. Texts and blobs are borrowed.
  template <class... T>
  Statement& bind(const T&... values) {
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }

  /// true: a row is there; false: done. Errors: as translated below.
  [[nodiscard]] base::Result<bool> step();
  /// Steps until done, for statements whose rows do not matter.
  [[nodiscard]] base::Result<void> run();
  /// Makes it ready to be bound and stepped again.
  void reset();

  [[nodiscard]] std::int64_t integer(int column) const;
  /// A negative value reads as 0: counters of a damaged file.
  [[nodiscard]] std::uint64_t counter(int column) const;
  [[nodiscard]] std::string text(int column) const;  // the bytes of a text or blob
  [[nodiscard]] std::string_view view(int column) const;  // the same, valid until the next step or reset
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::optional<std::int64_t> maybe_integer(int column) const;
  [[nodiscard]] std::optional<std::string> maybe_text(int column) const;

 private:
  void bind_one(int index, std::int64_t value);
  void bind_one(int index, std::string_view value);
  void bind_one(int index, const Blob& value);
  void bind_one(int index, std::nullopt_t);
  void bind_one(int index, const std::string& value) { bind_one(index, std::string_view(value)); }
  void bind_one(int index, const char* value) { bind_one(index, std::string_view(value)); }
  template <class T>
  void bind_one(int index, const std::optional<T>& value) {
    if (value) {
      bind_one(index, *value);
    } else {
      bind_one(index, std::nullopt);
    }
  }
  void keep(int code);

  struct GiveBack {
    Prepared* prepared;
    void operator()(sqlite3_stmt* statement) const { prepared->give_back(statement); }
  };
  std::unique_ptr<sqlite3_stmt, GiveBack> statement_;
  int failure_ = SQLITE_OK;
};

enum class OpenMode {
  existing,
  unshared,  ///< a file that nobody else knows of yet: no locks are asked of its file system, which may have none
};

/// Called every now and then, with pages done and in all.
using PageProgress = std::function<void(std::uint64_t done, std::uint64_t all)>;

/// One connection, set up for a hostile file: defensive mode; triggers, views, trusted schema, ATTACH and mmap
/// off; cell sizes checked; WAL kept on close; waiting at most about 1.6 s for a lock.
class Database {
 public:
  Database(Database&&) = default;
  Database& operator=(Database&&) = delete;  // the statements go before the handle
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() = default;

  /// `path` must be a real path in a checked directory; symlinks anywhere in it refuse (SQLITE_OPEN_NOFOLLOW).
  [[nodiscard]] static base::Result<Database> open(const std::string& path, OpenMode mode);

  [[nodiscard]] Statement prepare(std::string_view sql) const { return Statement(*prepared_, sql); }
  /// One or more statements without parameters or rows of interest.
  [[nodiscard]] base::Result<void> execute(const char* sql) const;
  /// How many rows the last INSERT, UPDATE or DELETE changed.
  [[nodiscard]] int changes() const { return sqlite3_changes(handle_.get()); }
  /// Frames in the WAL after the last commit of this connection.
  [[nodiscard]] int wal_frames() const { return *wal_frames_; }

  // Each of these three moves the WAL into the database under the write lock, or not at all.

  /// Does not wait. What this connection writes next then goes to the front of the WAL, in place: that takes half the time
  /// to sync of what makes a file longer. Another process would not know, where nobody is left to tell it (it reads the
  /// WAL anew). A failure, or somebody in the way, is nothing to act on: the WAL stays as it is.
  void empty_wal() const;
  /// The same, and cuts the WAL off, so that the next process knows.
  void truncate_wal() const;
  /// As truncate_wal, waiting for a lock. Errors: busy, where somebody still reads what is in the WAL; io.
  [[nodiscard]] base::Result<void> checkpoint() const;
  /// Copies everything into `to`, whose file is empty, a few pages at a time; others may write meanwhile. A copy of
  /// one moment, without starting anew whenever they do: the caller is in a transaction that has read something.
  [[nodiscard]] base::Result<void> copy_into(const Database& to, const PageProgress& progress) const;
  /// Whether the file is no longer the one of that name: it was moved, removed or replaced after it was opened.
  [[nodiscard]] bool is_moved() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
  };
  using BusyHandler = int (*)(void* database, int tries);
  [[nodiscard]] int move_wal(int mode, BusyHandler busy) const;

  explicit Database(sqlite3* handle) : handle_(handle), prepared_(std::make_unique<Prepared>(handle)) {}
  std::unique_ptr<sqlite3, Close> handle_;
  std::unique_ptr<Prepared> prepared_;  // goes before the handle
  std::unique_ptr<int> wal_frames_ = std::make_unique<int>(0);  // where the WAL hook writes
};

/// BEGIN IMMEDIATE … COMMIT; rolls back where commit was not reached.
class Transaction {
 public:
  [[nodiscard]] static base::Result<Transaction> begin(const Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  [[nodiscard]] base::Result<void> commit();

 private:
  explicit Transaction(const Database& database) : database_(&database) {}
  const Database* database_;
};

/// One snapshot for several reads: BEGIN … COMMIT without a write.
class Snapshot {
 public:
  [[nodiscard]] static base::Result<Snapshot> begin(const Database& database);
  Snapshot(Snapshot&& other) noexcept;
  Snapshot& operator=(Snapshot&&) = delete;
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot();

 private:
  explicit Snapshot(const Database& database) : database_(&database) {}
  const Database* database_;
};

/// The Error for SQLite's (extended) code: busy, full, malformed (a damaged file), unsafe (read-only, no
/// permission), missing (cannot be opened), io.
[[nodiscard]] base::Failure sqlite_failure(int code, std::string_view doing);

}  // namespace pvm::vault
