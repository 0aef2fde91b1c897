// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/schema.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

/// A table or an index, and the first format that has it.
struct Object {
  int since;
  std::string_view sql;
};

// Resets are few among millions of entries, and a verification wants them first.
constexpr std::string_view k_audit_resets =
    "CREATE INDEX audit_resets ON audit(entry_id) WHERE entry_type = 'reset'";

// Each try to tell somebody of a request. `result` is sent, failed or retrying; `handle` is the service's name for what was sent.
constexpr std::string_view k_deliveries = R"(CREATE TABLE deliveries(
  request_id TEXT NOT NULL REFERENCES requests(request_id) ON DELETE CASCADE,
  channel TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  result TEXT NOT NULL,
  why TEXT NOT NULL,
  at INTEGER NOT NULL,
  handle TEXT NOT NULL,
  PRIMARY KEY(request_id, channel, attempt)
) STRICT, WITHOUT ROWID)";

// In the order of their names, which is the order they are compared in.
constexpr std::array<Object, 12> k_objects = {{
    {1, R"(CREATE TABLE audit(
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
) STRICT)"},
    {2, k_audit_resets},
    {3, k_deliveries},
    {1, R"(CREATE TABLE grant_anchors(
  agent TEXT NOT NULL,
  action TEXT NOT NULL,
  anchor BLOB NOT NULL,
  not_after INTEGER NOT NULL,
  grant_id TEXT NOT NULL REFERENCES grants(grant_id) ON DELETE CASCADE,
  PRIMARY KEY(agent, action, anchor, not_after DESC, grant_id)
) STRICT, WITHOUT ROWID)"},
    {1, R"(CREATE TABLE grants(
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
) STRICT)"},
    {1, R"(CREATE INDEX grants_by_age ON grants(added))"},
    {1, R"(CREATE INDEX grants_by_agent ON grants(agent, added))"},
    {1, R"(CREATE UNIQUE INDEX one_pending ON requests(fingerprint) WHERE state = 'pending')"},
    {1, R"(CREATE TABLE requests(
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
) STRICT)"},
    {1, R"(CREATE INDEX requests_by_state ON requests(state, agent))"},
    {1, R"(CREATE INDEX requests_by_wish ON requests(agent, wish_key, asked))"},
    {1, R"(CREATE TABLE state(
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
) STRICT)"},
}};

// What makes a format of the one before it. The next format is one row here, and its objects above.
constexpr std::array<Step, 2> k_steps = {{
    {1, k_audit_resets},
    {2, k_deliveries},
}};
static_assert(k_steps.size() + 1 == k_schema_version);

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
    for (const Object& object : k_objects) {
      if (object.sql.starts_with("CREATE TABLE") != tables) continue;
      if (auto done = database.execute(std::string(object.sql).c_str()); !done) return done;
    }
  }
  if (auto done = database.execute(("PRAGMA application_id=" + std::to_string(k_application_id)).c_str()); !done) {
    return done;
  }
  return write_format(database, k_schema_version);
}

Result<int> read_format(const Database& database) {
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
  if (*version < 1) {
    return fail(Code::malformed, "the vault has format " + std::to_string(*version) + ", which never was");
  }
  return static_cast<int>(*version);
}

Result<void> write_format(const Database& database, int format) {
  return database.execute(("PRAGMA user_version=" + std::to_string(format)).c_str());
}

Result<void> check_schema(const Database& database) {
  const auto format = read_format(database);
  if (!format) return base::pass_on(format);
  if (*format < k_schema_version) {
    return fail(Code::older,
                "the vault has format " + std::to_string(*format) + ", this program wants " +
                    std::to_string(k_schema_version),
                "a human upgrades it with: pvmctl migrate");
  }
  return check_objects(database, *format);
}

Result<void> check_objects(const Database& database, int format) {
  // Automatic indexes have no SQL; the expected objects are compared one by one in the order of their names.
  Statement statement =
      database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
  const auto is_of_format = [format](const Object& object) { return object.since <= format; };
  auto expected = std::find_if(k_objects.begin(), k_objects.end(), is_of_format);
  for (;;) {
    const auto row = statement.step();
    if (!row) return base::pass_on(row);
    if (!*row) break;
    if (expected == k_objects.end() || statement.text(0) != expected->sql) {
      return fail(Code::malformed, "the vault's tables are not those of format " + std::to_string(format),
                  "something else changed the file; a human must look at it: pvmctl doctor");
    }
    expected = std::find_if(std::next(expected), k_objects.end(), is_of_format);
  }
  if (expected == k_objects.end()) return {};
  return fail(Code::malformed, "the vault lacks some of its tables", "a human must look at it: pvmctl doctor");
}

Result<int> check_any_schema(const Database& database) {
  auto format = read_format(database);
  if (!format) return format;
  if (auto done = check_objects(database, *format); !done) return base::pass_on(done);
  return format;
}

std::span<const Step> migration_steps() { return k_steps; }

}  // namespace pvm::vault
