// SPDX-License-Identifier: Apache-2.0
// The log replayed against the tables: what an attacker changes in a row without an entry is found.
#include "log_attacker.hpp"
#include "vault_fixture.hpp"

using namespace pvm;
using namespace pvm::test;

namespace {

/// Some of everything: grants used, revoked and untouched, requests of every state.
void fill(TestVault& vault) {
  const auto file = [&vault](const std::string& path) {
    auto filed = vault->file_request(request_for(wish_for(path)), k_noon);
    REQUIRE(filed);
    return filed->request.id;
  };
  static_cast<void>(file("/w/pending"));
  REQUIRE(vault->deny(file("/w/denied"), "no", k_noon));
  REQUIRE(vault->cancel(file("/w/cancelled"), k_noon));
  auto approved = vault.grant_for("/w/used");
  approved.request = file("/w/used");
  vault.store(approved);
  REQUIRE(is_receipt(vault.decide(wish_for("/w/used"))));
  auto many = vault.grant_for("/w/many");
  many.uses = std::nullopt;
  vault.store(many);
  REQUIRE(is_receipt(vault.decide(wish_for("/w/many"))));
  REQUIRE(is_receipt(vault.decide(wish_for("/w/many"))));
  const auto revoked = vault.grant_for("/w/revoked");
  vault.store(revoked);
  REQUIRE(vault->revoke(revoked.id, k_noon));
  vault.store(vault.grant_for("/w/fresh"));
  static_cast<void>(vault.decide(wish_for("/w/nothing")));
}

}  // namespace

TEST_CASE("every kind of change leaves tables that its log bears out") {
  TestVault vault;
  fill(vault);
  CHECK_MESSAGE(vault.verified().faults.empty(), all_faults(vault.verified()));

  // A request that goes by, one that goes stale in place, and one after its approval.
  auto old = request_for(wish_for("/w/expires"));
  old.life = base::Seconds(5);
  REQUIRE(vault->file_request(old, k_noon));
  const auto later = k_noon + base::Seconds(10);
  REQUIRE(vault->file_request(request_for(wish_for("/w/changes", 3)), later));
  REQUIRE(vault->file_request(request_for(wish_for("/w/changes", 4)), later));
  auto filed = vault->file_request(request_for(wish_for("/w/goes-stale")), later);
  REQUIRE(filed);
  auto bound = vault.grant_for("/w/goes-stale");
  bound.request = filed->request.id;
  vault.store(bound);
  REQUIRE(vault->mark_stale(filed->request.id, later));
  CHECK_MESSAGE(vault.verified().faults.empty(), all_faults(vault.verified()));

  // Revocation of an agent's, then of all, then panic; grants before and after each.
  CHECK(vault->revoke_agent("claude", later).value_or(0) > 0);
  vault.store(vault.grant_for("/w/after-agent"));
  CHECK_MESSAGE(vault.verified().faults.empty(), all_faults(vault.verified()));
  CHECK(vault->revoke_all(later).value_or(0) > 0);
  vault.store(vault.grant_for("/w/after-all"));
  REQUIRE(vault->lock("looking", later));
  REQUIRE(vault->panic("now", later));
  REQUIRE(vault->record_error("claude", {base::Code::io, "the disk", ""}, later));
  CHECK_MESSAGE(vault.verified().faults.empty(), all_faults(vault.verified()));
}

TEST_CASE("a row changed without an entry is found, and named") {
  struct Attack {
    const char* sql;
    const char* words;
  };
  const Attack attacks[] = {
      {"UPDATE grants SET used = 0 WHERE use_limit = 1 AND used = 1", "used 1 time by the log, and 0 by its row"},
      {"UPDATE grants SET used = -5 WHERE use_limit IS NULL", "used 2 times by the log, and -5 by its row"},
      {"UPDATE grants SET used = 9 WHERE use_limit IS NULL", "and 9 by its row"},
      {"UPDATE grants SET revoked = NULL", "revoked by the log, and not by its row"},
      {"UPDATE grants SET revoked = 1 WHERE use_limit IS NULL", "revoked by its row, and by no entry"},
      {"DELETE FROM grants WHERE used = 1", ", and not there"},
      {"DELETE FROM grants", ", and not there"},
      {"UPDATE grants SET use_limit = 7 WHERE use_limit = 1", "its row is not what its text says"},
      {"UPDATE grants SET not_after = not_after + 1", "its row is not what its text says"},
      {"UPDATE grants SET agent = 'codex'", "its row is not what its text says"},
      {"UPDATE grants SET epoch = 7", "its row is not what its text says"},
      {"DELETE FROM grant_anchors", "the index does not lead to its scope '/w/used'"},
      {"INSERT INTO grant_anchors SELECT agent, action, anchor, not_after + 9, grant_id FROM grant_anchors LIMIT 1",
       "the index of scopes has 1 row that no grant's text accounts for"},
      {"UPDATE grants SET grant_id = 'ffffffffffffffffffffffffffffffff' WHERE use_limit IS NULL; DELETE FROM "
       "grant_anchors",
       "its text is not what was signed"},
      {"UPDATE requests SET state = 'pending' WHERE state = 'denied'", "denied by the log, and pending by its row"},
      {"UPDATE requests SET state = 'approved' WHERE state = 'pending'", "pending by the log, and approved by its row"},
      {"UPDATE requests SET state = 'nonsense' WHERE state = 'pending'", "and nonsense by its row"},
      {"DELETE FROM requests WHERE state = 'denied'", ", and not there"},
      {"UPDATE requests SET request_id = 'ffffffffffffffffffffffffffffffff' WHERE state = 'denied'",
       "request ffffffff: no entry says that it was filed"},
      {"UPDATE state SET epoch = 9", "the revocation floor: 1 by the log, and 9 by its row"},
      {"UPDATE state SET lock_id = '0123456789abcdef0123456789abcdef'",
       "the stop switch: open by the log, and locked by 01234567"},
      {"UPDATE state SET clock_mark = 0", "the clock mark: "},
      {"UPDATE state SET clock_mark = clock_mark + 100", "the clock mark: "},
  };
  for (const Attack& attack : attacks) {
    TestVault vault;
    fill(vault);
    vault.tamper(std::string("PRAGMA foreign_keys=OFF;") + attack.sql);
    CAPTURE(attack.sql);
    const auto report = vault.verified();
    CHECK_MESSAGE(has_fault(report, attack.words), all_faults(report));
  }
}

TEST_CASE("a request that a grant did not answer is found among those that it did") {
  const char* const attacks[] = {"UPDATE requests SET state = 'pending' WHERE wish_key = (SELECT wish_key FROM requests "
                                 "ORDER BY rowid LIMIT 1 OFFSET 1)",
                                 "UPDATE requests SET state = 'approved' WHERE state = 'pending'"};
  for (const char* attack : attacks) {
    TestVault vault;
    std::vector<base::RequestId> ids;
    for (const char* path : {"/w/a", "/w/b", "/w/c"}) {
      auto filed = vault->file_request(request_for(wish_for(path)), k_noon);
      REQUIRE(filed);
      ids.push_back(filed->request.id);
    }
    auto grant = vault.grant_for("/w");
    grant.request = ids[0];
    REQUIRE(vault->store_grant({grant, *model::encode(grant), "s", false, {ids[1]}}, "", k_noon));
    CHECK(vault.verified().faults.empty());
    vault.tamper(attack);
    CAPTURE(attack);
    CHECK_MESSAGE(vault.verified().faults.size() == 1, all_faults(vault.verified()));
  }
}

TEST_CASE("a lock cleared without a signed statement is found") {
  TestVault vault;
  REQUIRE(vault->lock("looking", k_noon));
  vault.tamper("UPDATE state SET lock_id = NULL, lock_reason = ''");
  CHECK(has_fault(vault.verified(), "the stop switch: locked by "));

  // With an entry that ends it, by a statement that is none, or about another lock, or signed by nobody.
  const auto end_lock = [](const std::string& statement, const std::string& signature) {
    TestVault locked;
    REQUIRE(locked->lock("looking", k_noon));
    const auto status = locked->lock_status();
    REQUIRE(status);
    const auto id = base::LockId::from_hex(status->id);
    REQUIRE(id);
    const auto good = model::encode(model::Unlock{locked->id(), *id, k_noon, "alice@host"});
    REQUIRE(good);
    REQUIRE(locked->unlock(status->id, statement == "good" ? *good : statement, signature, "alice@host", k_noon));
    return locked.verified();
  };
  CHECK_MESSAGE(end_lock("good", "signed").faults.empty(), all_faults(end_lock("good", "signed")));
  CHECK(has_fault(end_lock("good", "nobody's"), "by a statement that nobody signed"));
  CHECK(has_fault(end_lock("nonsense", "signed"), "by a statement about another"));
  const auto other =
      model::encode(model::Unlock{crypto::random_id<base::VaultId>(), crypto::random_id<base::LockId>(), k_noon, "a"});
  REQUIRE(other);
  CHECK(has_fault(end_lock(*other, "signed"), "by a statement about another"));
}

TEST_CASE("entries that could not have happened are found, however well they hash") {
  TestVault vault;
  fill(vault);
  const auto entries = vault.entries();
  const auto with = [&entries](const vault::AuditEntry& more) {
    TestVault other;
    auto log = entries;
    log.push_back(more);
    other.tamper(rewritten_log(log));
    return other.verified();
  };
  vault::AuditEntry entry;
  entry.time = k_noon;
  entry.agent = "claude";
  entry.type = vault::EntryType::decision;
  entry.decision = "allow";
  CHECK(has_fault(with(entry), "it allows and names no grant"));
  entry.grant = crypto::random_id<base::GrantId>();
  CHECK(has_fault(with(entry), ", which was never stored"));
  for (const auto& before : entries) {
    if (before.type == vault::EntryType::revoke) entry.grant = before.grant;
  }
  CHECK(has_fault(with(entry), ", which was revoked"));
  entry.decision.clear();
  entry.type = vault::EntryType::allow;
  CHECK(has_fault(with(entry), "is stored a second time"));
  entry.type = vault::EntryType::revoke;
  entry.details = vault::Details().add("what", "all").add("epoch", 1).text();
  CHECK(has_fault(with(entry), "the revocation floor does not rise"));
  entry.type = vault::EntryType::deny;
  entry.details = vault::Details().add("request", crypto::random_id<base::RequestId>().hex()).text();
  CHECK(has_fault(with(entry), "was never filed"));
  entry.type = vault::EntryType::init;
  CHECK(has_fault(with(entry), "it begins another vault"));
}
