// SPDX-License-Identifier: Apache-2.0
// least DATABASE COMMAND…: what a granted call cannot do without, and nothing else: one row found in a SQLite file that is
// in WAL mode, one row added, the commit synced, the command run and waited for. It looks at no grant, no signature, no
// path, and leaves the WAL to whoever keeps the file open. So much of a granted call's time is SQLite's, the disk's and
// the command's.
#include <fcntl.h>
#include <spawn.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace {

bool run_sql(sqlite3* database, const char* sql) {
  return sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

bool find_row(sqlite3* database) {
  sqlite3_stmt* row = nullptr;
  sqlite3_prepare_v2(database, "SELECT text FROM grants WHERE id = 500", -1, &row, nullptr);
  const bool is_found = sqlite3_step(row) == SQLITE_ROW;
  sqlite3_finalize(row);
  return is_found;
}

bool sync_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  return file >= 0 && ::fdatasync(file) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3* database = nullptr;
  if (sqlite3_open(argv[1], &database) != SQLITE_OK) return 3;
  if (!run_sql(database, "PRAGMA synchronous=NORMAL") || !find_row(database)) return 3;
  if (!run_sql(database, "BEGIN IMMEDIATE; INSERT INTO audit(text) VALUES(hex(zeroblob(300))); COMMIT")) return 3;
  if (!sync_file(std::string(argv[1]) + "-wal")) return 3;

  pid_t child = -1;
  int status = 0;
  if (::posix_spawn(&child, argv[2], nullptr, nullptr, argv + 2, environ) != 0) return 3;
  return ::waitpid(child, &status, 0) == child && status == 0 ? 0 : 4;
}
