// SPDX-License-Identifier: Apache-2.0
// The audit log under an attacker who can write the file.
#include "log_attacker.hpp"
#include "vault_fixture.hpp"

using namespace pvm;
using namespace pvm::test;

namespace {

/// A vault with some history: denials, a request, grants that witness the log, an outcome.
void fill(TestVault& vault) {
  for (int i = 0; i < 5; ++i) static_cast<void>(vault.decide(wish_for("/w/" + std::to_string(i))));
  REQUIRE(vault->file_request(request_for(wish_for("/w/a")), k_noon));
  vault.store(vault.grant_for("/w/a"));
  CHECK(is_receipt(vault.decide(wish_for("/w/a"))));
  REQUIRE(vault->record_outcome(9, "claude", "exit 0", k_noon));
  vault.store(vault.grant_for("/w/b"));
}

}  // namespace

TEST_CASE("an untouched log is whole and bears out every head that was signed") {
  TestVault vault;
  fill(vault);
  const auto report = vault.verified();
  CHECK(report.faults.empty());
  CHECK(report.heads_checked == 2);
  CHECK(report.head.size == vault.entries().size());
}

TEST_CASE("an edit is found, in the record and in each column beside it") {
  for (const char* sql :
       {"UPDATE audit SET record = replace(CAST(record AS TEXT), 'claude', 'cloude') WHERE entry_id = 3",
        "UPDATE audit SET timestamp = timestamp + 1 WHERE entry_id = 3",
        "UPDATE audit SET entry_type = 'outcome' WHERE entry_id = 3",
        "UPDATE audit SET agent_id = 'codex' WHERE entry_id = 3", "UPDATE audit SET scope = '/x' WHERE entry_id = 3",
        "UPDATE audit SET decision = 'allow' WHERE entry_id = 3",
        "UPDATE audit SET details = '' WHERE entry_id = 3",
        "UPDATE audit SET grant_id = '00112233445566778899aabbccddeeff' WHERE entry_id = 3",
        "UPDATE audit SET tier = 1 WHERE entry_id = 3",
        "UPDATE audit SET leaf = zeroblob(32) WHERE entry_id = 3"}) {
    TestVault vault;
    fill(vault);
    vault.tamper(std::string("PRAGMA ignore_check_constraints=1;") +
                 (std::string(sql).find("CAST") == std::string::npos
                      ? sql
                      : "UPDATE audit SET record = CAST(replace(CAST(record AS TEXT), 'claude', 'cloude') AS BLOB) "
                        "WHERE entry_id = 3"));
    CAPTURE(sql);
    CHECK(has_fault(vault.verified(), "entry 3"));
  }
}

TEST_CASE("a deletion, a truncation, an insertion and a reordering are found") {
  struct Attack {
    const char* sql;
    const char* words;
  };
  const Attack attacks[] = {
      {"DELETE FROM audit WHERE entry_id = 4", "entry 4 is missing"},
      {"DELETE FROM audit WHERE entry_id = 1", "entry 1 is missing"},
      {"DELETE FROM audit WHERE entry_id > 9", "truncated"},
      {"DELETE FROM audit", "truncated"},
      {"INSERT INTO audit SELECT 100, timestamp, entry_type, agent_id, scope, decision, details, grant_id, tier, "
       "record, leaf FROM audit WHERE entry_id = 3",
       "entry 100: its record is that of entry 3"},
      {"UPDATE audit SET entry_id = -1 WHERE entry_id = 3; UPDATE audit SET entry_id = 3 WHERE entry_id = 4; "
       "UPDATE audit SET entry_id = 4 WHERE entry_id = -1",
       "entry 3: its record is that of entry 4"},
      {"UPDATE state SET log_size = 0, log_edge = x''", "inserted or appended"},
  };
  for (const Attack& attack : attacks) {
    TestVault vault;
    fill(vault);
    vault.tamper(attack.sql);
    CAPTURE(attack.sql);
    CHECK(has_fault(vault.verified(), attack.words));
  }
}

TEST_CASE("a log rewritten consistently is betrayed by the heads inside grants") {
  TestVault vault;
  fill(vault);
  const auto entries = vault.entries();

  // The attacker drops entry 2 and writes every later record, leaf and the tree anew.
  auto kept = entries;
  kept.erase(kept.begin() + 1);
  vault.tamper(rewritten_log(kept));
  const auto report = vault.verified();
  CHECK(has_fault(report, "are not those that were there when grant"));
  CHECK(report.faults.size() == 2);  // the two heads, and nothing else to see
}

TEST_CASE("a row put where the next entry belongs stops the log, it is not taken over") {
  TestVault vault;
  fill(vault);
  vault.tamper("INSERT INTO audit SELECT (SELECT log_size FROM state) + 1, timestamp, entry_type, agent_id, scope, "
               "decision, details, grant_id, tier, record, leaf FROM audit WHERE entry_id = 3");
  CHECK_FALSE(vault.decide(wish_for("/w/a")).has_value());
}

TEST_CASE("records have one encoding") {
  vault::AuditEntry entry;
  entry.entry = 7;
  entry.time = k_noon;
  entry.type = vault::EntryType::decision;
  entry.agent = "claude";
  entry.scope = "/w/a\n/w/b \xff";
  entry.decision = "deny";
  entry.details = vault::Details().add("why", "no-grant").add("cwd", "/a b").text();
  const std::string text = vault::encode_record(entry);
  const auto read = vault::decode_record(text);
  REQUIRE(read);
  CHECK(vault::encode_record(*read) == text);
  CHECK(read->scope == entry.scope);
  for (std::size_t i = 0; i < text.size(); ++i) {
    CHECK_FALSE(vault::decode_record(text.substr(0, i)).has_value());
    std::string doubled = text;
    doubled.insert(i, 1, text[i] == '\n' ? '\n' : '\r');
    CHECK_FALSE(vault::decode_record(doubled).has_value());
  }
  CHECK(vault::read_details(entry.details) ==
        std::vector<std::pair<std::string, std::string>>{{"why", "no-grant"}, {"cwd", "/a b"}});
}
