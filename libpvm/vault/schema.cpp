// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/schema.hpp"

#include <array>
#include <string>
#include <string_view>

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

// In the order of their names, which is the order check_schema reads them in.
constexpr std::array<std::string_view, 10> k_objects = {
    R"(CREATE TABLE audit(
  entry_id INTEGER PRIMARY KEY,
  timestamp INTEGER NOT NULL,
  entry_type TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  decision TEXT NOT NULL,
  details TEXT NOT NULL,
  grant_id TEXT,
  tier INTEGER NOT NULL,
  record BLOB NOT NULL,
  leaf BLOB NOT NULL
) STRICT)",
    R"(CREATE TABLE grant_anchors(
  agent TEXT NOT NULL,
  action TEXT NOT NULL,
  anchor BLOB NOT NULL,
  not_after INTEGER NOT NULL,
  grant_id TEXT NOT NULL REFERENCES grants(grant_id) ON DELETE CASCADE,
  PRIMARY KEY(agent, action, anchor, not_after DESC, grant_id)
) STRICT, WITHOUT ROWID)",
    R"(CREATE TABLE grants(
  grant_id TEXT PRIMARY KEY,
  agent TEXT NOT NULL,
  action TEXT NOT NULL,
  not_after INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  use_limit INTEGER,
  used INTEGER NOT NULL DEFAULT 0,
  revoked INTEGER,
  added INTEGER NOT NULL,
  statement BLOB NOT NULL,
  signature BLOB NOT NULL
) STRICT)",
    R"(CREATE INDEX grants_by_age ON grants(added))",
    R"(CREATE INDEX grants_by_agent ON grants(agent, added))",
    R"(CREATE UNIQUE INDEX one_pending ON requests(fingerprint) WHERE state = 'pending')",
    R"(CREATE TABLE requests(
  request_id TEXT PRIMARY KEY,
  agent TEXT NOT NULL,
  action TEXT NOT NULL,
  state TEXT NOT NULL,
  wish_key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  operation TEXT NOT NULL,
  scopes TEXT NOT NULL,
  invocation TEXT NOT NULL,
  effect TEXT,
  files INTEGER NOT NULL,
  directories INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  bounded INTEGER NOT NULL,
  manifest BLOB,
  reason TEXT NOT NULL,
  note TEXT NOT NULL,
  wanted_time INTEGER,
  wanted_uses TEXT,
  host TEXT NOT NULL,
  ancestry TEXT NOT NULL,
  asked INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  resolved INTEGER,
  waiting_until INTEGER NOT NULL,
  previous TEXT,
  grant_id TEXT
) STRICT)",
    R"(CREATE INDEX requests_by_state ON requests(state, agent))",
    R"(CREATE INDEX requests_by_wish ON requests(agent, wish_key, asked))",
    R"(CREATE TABLE state(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  vault_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  lock_id TEXT,
  lock_reason TEXT NOT NULL,
  locked_at INTEGER NOT NULL,
  clock_mark INTEGER NOT NULL,
  log_size INTEGER NOT NULL,
  log_edge BLOB NOT NULL
) STRICT)",
};

Result<std::int64_t> read_pragma(const Database& database, std::string_view pragma) {
  Statement statement = database.prepare(pragma);
  const auto row = statement.step();
  if (!row) return base::pass_on(row);
  return *row ? statement.integer(0) : 0;
}

}  // namespace

Result<void> create_schema(const Database& database) {
  // Tables first: an index needs its table.
  for (const bool tables : {true, false}) {
    for (const std::string_view sql : k_objects) {
      if (sql.starts_with("CREATE TABLE") != tables) continue;
      if (auto done = database.execute(std::string(sql).c_str()); !done) return done;
    }
  }
  const std::string marks = "PRAGMA application_id=" + std::to_string(k_application_id) +
                            "; PRAGMA user_version=" + std::to_string(k_schema_version);
  return database.execute(marks.c_str());
}

Result<void> check_schema(const Database& database) {
  const auto application = read_pragma(database, "PRAGMA application_id");
  if (!application) return base::pass_on(application);
  if (*application != k_application_id) {
    return fail(Code::malformed, "the file is not a vault of PVM", "a human must look at it: pvmctl doctor");
  }
  const auto version = read_pragma(database, "PRAGMA user_version");
  if (!version) return base::pass_on(version);
  if (*version > k_schema_version) {
    return fail(Code::newer, "the vault was written by a newer PVM (format " + std::to_string(*version) + ")",
                "upgrade this program");
  }
  if (*version != k_schema_version) {
    return fail(Code::malformed, "the vault has format " + std::to_string(*version) + ", which never was");
  }
  // Automatic indexes have no SQL; the expected objects are compared one by one in the order of their names.
  Statement statement =
      database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
  std::size_t seen = 0;
  for (;;) {
    const auto row = statement.step();
    if (!row) return base::pass_on(row);
    if (!*row) break;
    if (seen >= k_objects.size() || statement.text(0) != k_objects[seen]) {
      return fail(Code::malformed, "the vault's tables are not those of format 1",
                  "something else changed the file; a human must look at it: pvmctl doctor");
    }
    ++seen;
  }
  if (seen != k_objects.size()) {
    return fail(Code::malformed, "the vault lacks some of its tables",
                "a human must look at it: pvmctl doctor");
  }
  return {};
}

}  // namespace pvm::vault
