// SPDX-License-Identifier: Apache-2.0
// Backups and old vaults to test with. Floor: tests.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "libpvm/gate/trust.hpp"
#include "vault_fixture.hpp"

namespace pvm::test {

/// SQL of any kind on any file, with no check of ours; the file is one file again afterwards.
inline void run_sql(const std::string& file, const std::string& sql) {
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &raw) == SQLITE_OK);
  char* message = nullptr;
  const int code = sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, &message);
  CAPTURE(sql.substr(0, 200));
  REQUIRE_MESSAGE(code == SQLITE_OK, std::string(message != nullptr ? message : ""));
  REQUIRE(sqlite3_close(raw) == SQLITE_OK);
}

/// The first value that a query gives.
inline std::string query(const std::string& file, const std::string& sql) {
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &raw) == SQLITE_OK);
  std::string value;
  {
    vault::Prepared prepared(raw);
    vault::Statement row(prepared, sql);
    const auto found = row.step();
    REQUIRE(found);
    REQUIRE(*found);
    value = row.text(0);
  }
  REQUIRE(sqlite3_close(raw) == SQLITE_OK);
  return value;
}

inline std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

/// Those names of a directory that begin so.
inline std::vector<std::string> names_like(const std::string& directory, const std::string& start) {
  std::vector<std::string> names = names_in(directory);
  std::erase_if(names, [&start](const std::string& name) { return !name.starts_with(start); });
  return names;
}

/// A backup of the vault, which must work.
inline std::string backup_of(TestVault& vault, const std::string& path, base::UnixTime now = k_noon) {
  const auto done = vault->backup(path, now, {});
  REQUIRE_MESSAGE(done.has_value(), done.error().message);
  return path;
}

/// A vault of format 1, made by the program of that time, in `directory`.
inline std::string write_format_1(const std::string& directory) {
  const std::string path = directory + "/vault.db";
  run_sql(path, contents_of(std::string(PVM_TEST_DATA) + "/vault_format_1.sql") + "PRAGMA journal_mode=WAL;");
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  return path;
}

/// Who signed in that vault.
inline vault::LogWitnesses format_1_witnesses() {
  const auto signers =
      crypto::parse_allowed_signers(contents_of(std::string(PVM_TEST_DATA) + "/vault_format_1.allowed_signers"));
  REQUIRE(signers);
  return {[trusted = *signers](const vault::StoredGrant& stored) { return gate::judge_grant(stored, trusted); },
          [trusted = *signers](const vault::KeptStatement& kept) { return gate::judge_statement(kept, trusted); },
          {}};
}

}  // namespace pvm::test
