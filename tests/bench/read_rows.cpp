// SPDX-License-Identifier: Apache-2.0
// read_rows FILE: reads every column of every row of table `audit`, on one thread, and prints how many rows
// and bytes there were. What verifying the log is compared with: less cannot be done with it.
#include <sqlite3.h>

#include <cstdint>
#include <cstdio>

namespace {

/// A sum over the bytes, so that each of them is looked at.
std::uint64_t g_sum = 0;
std::uint64_t g_bytes = 0;

void touch(sqlite3_stmt* row, int column) {
  if (sqlite3_column_type(row, column) == SQLITE_INTEGER) {
    g_sum += static_cast<std::uint64_t>(sqlite3_column_int64(row, column));
    g_bytes += sizeof(std::int64_t);
    return;
  }
  const auto* bytes = static_cast<const unsigned char*>(sqlite3_column_blob(row, column));
  const int size = sqlite3_column_bytes(row, column);
  for (int i = 0; i < size; ++i) g_sum += bytes[i];
  g_bytes += static_cast<std::uint64_t>(size);
}

bool read_all(sqlite3* database, std::uint64_t& rows) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, "SELECT * FROM audit ORDER BY entry_id", -1, &statement, nullptr) !=
      SQLITE_OK) {
    return false;
  }
  const int columns = sqlite3_column_count(statement);
  int stepped = SQLITE_ROW;
  while ((stepped = sqlite3_step(statement)) == SQLITE_ROW) {
    for (int column = 0; column < columns; ++column) touch(statement, column);
    ++rows;
  }
  sqlite3_finalize(statement);
  return stepped == SQLITE_DONE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  sqlite3* database = nullptr;
  std::uint64_t rows = 0;
  const bool is_read = sqlite3_open_v2(argv[1], &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK &&
                       read_all(database, rows);
  if (!is_read) std::fprintf(stderr, "read_rows: %s\n", sqlite3_errmsg(database));
  sqlite3_close(database);
  std::printf("%llu rows, %llu bytes, sum %llu\n", static_cast<unsigned long long>(rows),
              static_cast<unsigned long long>(g_bytes), static_cast<unsigned long long>(g_sum));
  return is_read ? 0 : 1;
}
