// SPDX-License-Identifier: Apache-2.0
// Damage by SQL: the file stays sound, and what stands in it is what an attacker would like.
#include "damage.hpp"

namespace pvm::test {
namespace {

using Texts = std::vector<std::string>;

// {a} and {b} are numbers of rows, {n} a number, {agent}, {path} and {text} literals, {table} and {index}
// names, {foreign} the other vault's id.
const Texts k_rows = {
    "UPDATE grants SET statement = (SELECT statement FROM grants WHERE rowid = {b}) WHERE rowid = {a}",
    "UPDATE grants SET signature = (SELECT signature FROM grants WHERE rowid = {b}) WHERE rowid = {a}",
    "UPDATE grants SET (statement, signature) = (SELECT statement, signature FROM grants WHERE rowid = {b}) "
    "WHERE rowid = {a}; UPDATE grant_anchors SET anchor = CAST({path} AS BLOB)",
    "UPDATE grants SET signature = (SELECT signature FROM grants WHERE rowid = {b})",
    "UPDATE grants SET grant_id = 'x' WHERE rowid = {a}; UPDATE grants SET grant_id = (SELECT "
    "substr(CAST(statement "
    "AS TEXT), 16, 32) FROM grants WHERE rowid = {a}) WHERE rowid = {b}",
    "UPDATE grants SET agent = {agent}; UPDATE OR REPLACE grant_anchors SET agent = {agent}",
    "UPDATE grants SET not_after = {n}; UPDATE OR REPLACE grant_anchors SET not_after = {n}",
    "UPDATE grants SET used = {n} WHERE rowid = {a}",
    "UPDATE grants SET used = 0",
    "UPDATE grants SET revoked = NULL",
    "UPDATE grants SET revoked = {n} WHERE rowid = {a}",
    "UPDATE grants SET use_limit = NULL, used = 0",
    "UPDATE grants SET use_limit = {n}",
    "UPDATE grants SET epoch = {n}",
    "UPDATE grants SET added = {n}",
    "UPDATE grants SET statement = zeroblob({n} % 100000) WHERE rowid = {a}",
    "UPDATE grants SET statement = CAST({text} AS BLOB), signature = CAST({text} AS BLOB) WHERE rowid = {a}",
    "UPDATE OR REPLACE grant_anchors SET anchor = CAST({path} AS BLOB)",
    "INSERT OR REPLACE INTO grant_anchors SELECT {agent}, action, CAST({path} AS BLOB), {n}, grant_id FROM "
    "grants",
    "INSERT OR REPLACE INTO grant_anchors SELECT 'claude', 'rm', CAST('/w' AS BLOB), 1900000000, grant_id "
    "FROM grants; "
    "UPDATE grants SET agent = 'claude', action = 'rm', not_after = 1900000000, used = 0, revoked = NULL, "
    "use_limit = "
    "NULL, epoch = 2",
    "INSERT OR REPLACE INTO grants SELECT lower(hex(randomblob(16))), agent, action, not_after, epoch, "
    "use_limit, 0, "
    "NULL, added, statement, signature FROM grants",
    "DELETE FROM grants WHERE rowid = {a}",
    "DELETE FROM grant_anchors",
    "DELETE FROM audit WHERE entry_id > {n} % 300",
    "DELETE FROM audit WHERE entry_id = {n} % 300",
    "UPDATE audit SET record = CAST({text} AS BLOB) WHERE entry_id = {n} % 300",
    "UPDATE audit SET entry_id = {n} WHERE entry_id = 1 + abs({n} % 300)",
    "UPDATE audit SET details = {text}, scope = {text}",
    "UPDATE audit SET record = replace(record, 'deny', 'allow')",
    "UPDATE audit SET leaf = zeroblob(32), tier = {n}",
    "UPDATE requests SET state = 'approved'",
    "UPDATE requests SET state = {text}",
    "UPDATE requests SET operation = {text}",
    "UPDATE requests SET operation = replace(operation, '/w/', '/')",
    "UPDATE requests SET scopes = {text}",
    "UPDATE requests SET invocation = {text}",
    "UPDATE requests SET manifest = CAST({text} AS BLOB)",
    "UPDATE requests SET manifest = (SELECT statement FROM grants WHERE rowid = {a}), effect = NULL",
    "UPDATE requests SET files = {n}, directories = {n}, bytes = {n}, bounded = {n}",
    "UPDATE requests SET asked = {n}, expires = {n}, resolved = {n}, waiting_until = {n}",
    "UPDATE requests SET wanted_time = {n}, wanted_uses = {text}",
    "UPDATE requests SET request_id = {text} WHERE rowid = {a}",
    "UPDATE requests SET previous = request_id, grant_id = {text}",
    "UPDATE requests SET agent = {agent}, wish_key = {text}",
    "UPDATE requests SET reason = hex(zeroblob(1000000)), note = {text}, host = {text}, ancestry = {text}",
    "INSERT INTO grants SELECT 'g' || n, 'claude', 'rm', 1900000000, 2, NULL, 0, NULL, n, zeroblob(500), "
    "zeroblob(300) FROM "
    "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 400) SELECT n FROM c); INSERT "
    "INTO "
    "grant_anchors SELECT agent, action, CAST('/w/good' AS BLOB), not_after, grant_id FROM grants WHERE "
    "grant_id LIKE 'g%'",
};

// Words of a statement, and what they would better say.
const Texts k_rewrites = {"'uses 1', 'uses unlimited'",
                          "'uses 1', 'uses 9'",
                          "'agent codex', 'agent claude'",
                          "'/w/flat', '/w'",
                          "'/w/good', '/w'",
                          "'/w/good', '/w/nothing'",
                          "'/w/expired', '/w/nothing'",
                          "'may -', 'may recursive'",
                          "'epoch 1', 'epoch 2'",
                          "'not-after 17', 'not-after 19'",
                          "'not-before 17', 'not-before 16'",
                          "'effect sha256:', 'effect -'",
                          "'request -', 'request 00112233445566778899aabbccddeeff'",
                          "'rm', 'trash'",
                          "'alice@host', 'mallory'",
                          "'approver alice@host', 'approver alice@host' || char(10) || 'approver mallory'",
                          "char(10), char(13, 10)",
                          "'pvm-grant/1', 'pvm-grant/2'",
                          "'vault ', 'vault 0'",
                          "'cli', 'CLI'",
                          "'reason', 'scope path /' || char(10) || 'reason'"};

const Texts k_states = {
    "UPDATE state SET vault_id = '{foreign}'",
    "UPDATE state SET vault_id = lower(hex(randomblob(16)))",
    "UPDATE state SET vault_id = {text}",
    "UPDATE state SET epoch = 1",
    "UPDATE state SET epoch = {n}",
    "UPDATE state SET generation = {n}",
    "UPDATE state SET clock_mark = {n}",
    "UPDATE state SET clock_mark = 0",
    "UPDATE state SET lock_id = {text}, lock_reason = {text}, locked_at = {n}",
    "UPDATE state SET lock_id = NULL",
    "UPDATE state SET log_size = {n}",
    "UPDATE state SET log_edge = zeroblob({n} % 4096)",
    "UPDATE state SET log_size = log_size + 1",
    "UPDATE state SET log_size = 0, log_edge = x''",
    "DELETE FROM state",
    "UPDATE state SET one = 2",
    "INSERT OR REPLACE INTO state SELECT 2, vault_id, generation, 1, NULL, '', 0, 0, 0, x'' FROM state"};

const Texts k_schemas = {
    "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = {index}) WHERE "
    "name = {table}",
    "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = {table}) WHERE "
    "name = {index}",
    "UPDATE sqlite_schema SET rootpage = {n} WHERE name = {index}",
    "UPDATE sqlite_schema SET rootpage = {n} WHERE name = {table}",
    "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = {index}) WHERE "
    "name = {index}",
    "UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '')",
    "UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '')",
    "UPDATE sqlite_schema SET sql = replace(sql, 'agent TEXT NOT NULL', 'agent TEXT NOT NULL COLLATE "
    "NOCASE')",
    "UPDATE sqlite_schema SET sql = replace(sql, 'used INTEGER NOT NULL DEFAULT 0', 'used INTEGER AS (0)')",
    "UPDATE sqlite_schema SET sql = {text} WHERE name = {table}",
    "UPDATE sqlite_schema SET sql = NULL WHERE name = {index}",
    "UPDATE sqlite_schema SET name = {text} WHERE name = {table}",
    "UPDATE sqlite_schema SET tbl_name = {table} WHERE name = {index}",
    "UPDATE sqlite_schema SET type = 'view' WHERE name = {table}",
    "UPDATE sqlite_schema SET type = 'trigger' WHERE name = {index}",
    "DELETE FROM sqlite_schema WHERE name = {index}",
    "DELETE FROM sqlite_schema WHERE name LIKE 'sqlite_autoindex%'",
    "INSERT INTO sqlite_schema SELECT type, name || 'x', tbl_name, rootpage, NULL FROM sqlite_schema WHERE "
    "name = {index}",
    "INSERT INTO sqlite_schema VALUES('table', 'grants', 'grants', 2, NULL)",
    "CREATE TRIGGER t AFTER UPDATE ON grants BEGIN UPDATE grants SET used = 0; END",
    "CREATE TEMP TABLE grants(x)",
    "CREATE VIEW v AS SELECT * FROM grants",
    "CREATE TABLE more(x)",
    "ANALYZE",
    "ALTER TABLE grants RENAME COLUMN used TO was_used",
    "ALTER TABLE grants ADD COLUMN extra",
    "DROP INDEX one_pending",
    "PRAGMA user_version = {n}",
    "PRAGMA application_id = {n}",
    "PRAGMA auto_vacuum = 1; VACUUM",
    "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA journal_mode = PERSIST; UPDATE grants SET added = added",
    "REINDEX; VACUUM"};

const Texts k_cells = {"grants.grant_id",
                       "grants.agent",
                       "grants.action",
                       "grants.not_after",
                       "grants.epoch",
                       "grants.use_limit",
                       "grants.used",
                       "grants.revoked",
                       "grants.added",
                       "grants.statement",
                       "grants.signature",
                       "grant_anchors.agent",
                       "grant_anchors.action",
                       "grant_anchors.anchor",
                       "grant_anchors.not_after",
                       "grant_anchors.grant_id",
                       "requests.request_id",
                       "requests.agent",
                       "requests.action",
                       "requests.state",
                       "requests.wish_key",
                       "requests.fingerprint",
                       "requests.operation",
                       "requests.scopes",
                       "requests.invocation",
                       "requests.effect",
                       "requests.files",
                       "requests.directories",
                       "requests.bytes",
                       "requests.bounded",
                       "requests.manifest",
                       "requests.reason",
                       "requests.note",
                       "requests.wanted_time",
                       "requests.wanted_uses",
                       "requests.host",
                       "requests.ancestry",
                       "requests.asked",
                       "requests.expires",
                       "requests.resolved",
                       "requests.waiting_until",
                       "requests.previous",
                       "requests.grant_id",
                       "audit.entry_id",
                       "audit.timestamp",
                       "audit.entry_type",
                       "audit.agent_id",
                       "audit.scope",
                       "audit.decision",
                       "audit.details",
                       "audit.grant_id",
                       "audit.tier",
                       "audit.record",
                       "audit.leaf",
                       "state.vault_id",
                       "state.generation",
                       "state.epoch",
                       "state.lock_id",
                       "state.lock_reason",
                       "state.locked_at",
                       "state.clock_mark",
                       "state.log_size",
                       "state.log_edge"};

const Texts k_numbers = {"0",
                         "1",
                         "2",
                         "-1",
                         "255",
                         "2147483648",
                         "1790000000",
                         "1790000900",
                         "1900000000",
                         "253402300799",
                         "253402300800",
                         "1152921504606846976",
                         "9223372036854775807",
                         "(-9223372036854775807 - 1)",
                         "9223372036854775"};
const Texts k_literals = {"''",
                          "'x'",
                          "'%'",
                          "'%00'",
                          "'/'",
                          "char(10)",
                          "'00112233445566778899aabbccddeeff'",
                          "'scope path /'",
                          "'claude'",
                          "'pending'",
                          "hex(zeroblob(70000))",
                          "char(27, 91, 50, 74)",
                          "CAST(x'ff00fe' AS TEXT)",
                          "char(8238)",
                          "'pvm-operation/1' || char(10)",
                          "'%41'"};
const Texts k_agents = {"'claude'", "'codex'", "'CLAUDE'", "'claude' || char(0)", "''", "'default'"};
const Texts k_paths = {"'/'", "'/w'", "'/w/good'", "'/w/nothing'", "'/w/flat'", "''", "'/w/'", "'/W'"};
const Texts k_tables = {"'audit'", "'grant_anchors'", "'grants'", "'requests'", "'state'"};
const Texts k_indexes = {"'sqlite_autoindex_grants_1'",
                         "'sqlite_autoindex_requests_1'",
                         "'grants_by_age'",
                         "'grants_by_agent'",
                         "'one_pending'",
                         "'requests_by_state'",
                         "'requests_by_wish'"};

}  // namespace

// `sql` with each name in braces replaced by something of its kind, the same one wherever it stands.
std::string Damager::filled(std::string_view sql) {
  const std::vector<std::pair<std::string, std::string>> values = {{"{a}", std::to_string(1 + below(14))},
                                                                   {"{b}", std::to_string(1 + below(14))},
                                                                   {"{n}", one_of(k_numbers)},
                                                                   {"{agent}", one_of(k_agents)},
                                                                   {"{path}", one_of(k_paths)},
                                                                   {"{text}", one_of(k_literals)},
                                                                   {"{table}", one_of(k_tables)},
                                                                   {"{index}", one_of(k_indexes)},
                                                                   {"{foreign}", images_.foreign_id}};
  std::string out(sql);
  for (const auto& [name, value] : values) {
    for (std::size_t at = out.find(name); at != std::string::npos; at = out.find(name, at + value.size())) {
      out.replace(at, name.size(), value);
    }
  }
  return out;
}

std::string Damager::row_sql() {
  std::string sql;
  for (std::size_t count = 1 + below(3); count > 0; --count) {
    if (below(3) == 0) {
      sql += "UPDATE grants SET statement = CAST(replace(CAST(statement AS TEXT), " + one_of(k_rewrites) +
             ") AS BLOB); ";
    } else {
      sql += filled(one_of(k_rows)) + "; ";
    }
  }
  return sql;
}

std::string Damager::state_sql() {
  std::string sql = filled(one_of(k_states));
  if (below(2) == 0) sql += "; " + filled(one_of(k_states));
  if (below(3) == 0) sql += "; " + row_sql();
  return sql;
}

std::string Damager::schema_sql() {
  return filled(one_of(k_schemas));
}

std::string Damager::any_cell_sql() {
  const std::string& cell = one_of(k_cells);
  const std::size_t dot = cell.find('.');
  const std::string value = below(3) == 0 ? "NULL" : one_of(below(2) == 0 ? k_numbers : k_literals);
  const bool is_blob = below(3) == 0;
  return "UPDATE OR IGNORE " + cell.substr(0, dot) + " SET " + cell.substr(dot + 1) + " = " +
         (is_blob ? "CAST(" + value + " AS BLOB)" : value);
}

}  // namespace pvm::test
