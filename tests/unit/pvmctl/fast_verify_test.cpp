// SPDX-License-Identifier: Apache-2.0
// However the log is read, in one thread or two, at once or in parts, with much memory or little: one report.
#include <atomic>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "../thorough.hpp"
#include "../vault/log_attacker.hpp"
#include "../vault/vault_fixture.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/log/fast_means.hpp"

using namespace pvm;
using namespace pvm::test;

namespace {

vault::Means small(vault::Means means) {
  means.most_ids = 8;
  means.most_heads = 3;
  means.batch_bytes = 4096;
  return means;
}

vault::LogReport verified(TestVault& vault, const vault::Means& means, const vault::LogProgress& progress = {},
                          std::vector<vault::OutsideHead> outside = {}) {
  auto witnesses = TestVault::believing(std::move(outside));
  witnesses.means = means;
  auto report = vault->verify_log(witnesses, progress);
  REQUIRE_MESSAGE(report.has_value(), report.error().message);
  return std::move(*report);
}

std::string told(const vault::LogReport& report) {
  std::string text = all_faults(report);
  for (const std::string& reset : report.resets) text += reset + "\n";
  for (const std::uint64_t number :
       {report.head.size, report.heads_checked, report.heads_outside, report.newest_head, report.heads_untrusted,
        report.heads_set_aside, report.pruned_until}) {
    text += std::to_string(number) + " ";
  }
  return text + base::to_hex(report.head.root);
}

/// The report, which is the same whatever it was made with.
vault::LogReport verified_in_every_way(TestVault& vault, const std::vector<vault::OutsideHead>& outside = {}) {
  auto plain = verified(vault, {}, {}, outside);
  for (const vault::Means& means :
       {small({}), pvmctl::log::fast_means(), small(pvmctl::log::fast_means())}) {
    CHECK(told(verified(vault, means, {}, outside)) == told(plain));
  }
  return plain;
}

constexpr std::size_t k_grants = 30;

/// Grants and requests of several agents, more than are held at once in a small reading.
void fill(TestVault& vault) {
  for (std::size_t i = 0; i < k_grants; ++i) {
    const std::string path = "/w/" + std::to_string(i);
    auto grant = vault.grant_for(path);
    grant.uses = std::nullopt;
    if (i % 4 == 0) {
      grant.terms.agent = "agent-" + std::to_string(i);
    } else if (i % 3 == 0) {
      auto filed = vault->file_request(request_for(wish_for(path)), k_noon);
      REQUIRE(filed);
      grant.request = filed->request.id;
    }
    vault.store(grant);
    if (i % 4 != 0) REQUIRE(is_receipt(vault.decide(wish_for(path))));
    if (i % 4 != 0) REQUIRE(is_receipt(vault.decide(wish_for(path))));
    if (i % 5 == 0) REQUIRE(vault->revoke(grant.id, k_noon));
    if (i % 7 == 0) {
      auto filed = vault->file_request(request_for(wish_for(path, 9, "codex")), k_noon);
      REQUIRE(filed);
      REQUIRE(vault->deny(filed->request.id, "no", k_noon));
    }
    static_cast<void>(vault.decide(wish_for("/nothing/" + path)));
  }
  REQUIRE(vault->revoke_agent("agent-8", k_noon));
  REQUIRE(vault->revoke_agent("claude", k_noon));
  vault.store(vault.grant_for("/w/later"));
}

vault::AuditEntry entry_of(vault::EntryType type) {
  vault::AuditEntry entry;
  entry.time = k_noon;
  entry.agent = "claude";
  entry.type = type;
  return entry;
}

/// What could not have happened, to many ids at once.
std::vector<vault::AuditEntry> impossible_entries(const std::vector<vault::AuditEntry>& log) {
  std::vector<vault::AuditEntry> more;
  for (const vault::AuditEntry& entry : log) {
    if (!entry.grant || entry.type == vault::EntryType::decision) continue;
    auto twice = entry_of(vault::EntryType::allow);
    twice.grant = entry.grant;
    more.push_back(twice);
    auto use = entry_of(vault::EntryType::decision);
    use.decision = "allow";
    use.details = vault::Details()
                      .add("grants", entry.grant->hex() + "," + crypto::random_id<base::GrantId>().hex() + "," +
                                         entry.grant->hex())
                      .text();
    more.push_back(use);
    auto revoke = entry_of(vault::EntryType::revoke);
    revoke.grant = crypto::random_id<base::GrantId>();
    more.push_back(revoke);
    const std::string request = crypto::random_id<base::RequestId>().hex();
    for (const auto type : {vault::EntryType::deny, vault::EntryType::request, vault::EntryType::request,
                            vault::EntryType::cancel, vault::EntryType::deny}) {
      auto about = entry_of(type);
      about.details = vault::Details().add("request", request).text();
      more.push_back(about);
    }
  }
  for (const auto type : {vault::EntryType::lock, vault::EntryType::unlock, vault::EntryType::init,
                          vault::EntryType::request, vault::EntryType::revoke, vault::EntryType::approve}) {
    more.push_back(entry_of(type));
  }
  return more;
}

}  // namespace

TEST_CASE("a whole log is whole however it is read, and read oftener where little is held at once") {
  TestVault vault;
  fill(vault);
  const auto head = vault->durable_head();
  REQUIRE(head);
  const auto report = verified_in_every_way(vault, {{*head, "the last approval"}});
  CHECK_MESSAGE(report.faults.empty(), all_faults(report));
  CHECK(report.heads_checked == k_grants + 1);
  CHECK(report.heads_outside == 1);

  std::uint64_t passes = 0;
  std::uint64_t last = 0;
  static_cast<void>(verified(vault, small({}), [&](const vault::LogPosition& at) {
    CHECK(at.pass <= at.passes);
    CHECK(at.done <= at.all);
    passes = std::max(passes, at.passes);
    last = at.pass;
  }));
  CHECK(passes > 4);
  CHECK(last == passes);
  static_cast<void>(verified(vault, {}, [](const vault::LogPosition& at) { CHECK(at.passes == 1); }));
}

TEST_CASE("whatever was done to the tables or the log, the same faults are told in the same order") {
  const char* const attacks[] = {
      "UPDATE grants SET used = used + 1",
      "UPDATE grants SET used = -5 WHERE rowid % 3 = 0",
      "UPDATE grants SET revoked = NULL",
      "UPDATE grants SET revoked = 1",
      "DELETE FROM grants WHERE rowid % 2 = 0",
      "DELETE FROM grants",
      "DELETE FROM grant_anchors",
      "UPDATE grants SET agent = 'codex', epoch = 7",
      "UPDATE grants SET grant_id = printf('%032x', rowid); DELETE FROM grant_anchors",
      "UPDATE grants SET grant_id = 'no id ' || rowid; DELETE FROM grant_anchors",
      "UPDATE grants SET statement = x'00'",
      "UPDATE requests SET state = 'nonsense'",
      "UPDATE requests SET request_id = 'nonsense' || rowid",
      "DELETE FROM requests",
      "UPDATE state SET epoch = 9, clock_mark = 0, lock_id = '0123456789abcdef0123456789abcdef'",
      "UPDATE state SET log_size = 5, log_edge = zeroblob(64)",
      "UPDATE state SET log_size = log_size + 1024 WHERE 0",
      "DELETE FROM audit WHERE entry_id % 10 = 3",
      "DELETE FROM audit WHERE entry_id > 40",
      "DELETE FROM audit",
      "UPDATE audit SET entry_id = entry_id + 5000 WHERE entry_id > 60",
      "UPDATE audit SET entry_id = -entry_id WHERE entry_id < 4",
      "UPDATE audit SET record = x'' WHERE entry_id % 10 = 3",
      "UPDATE audit SET record = x'', leaf = x'00' WHERE entry_id % 10 = 3",
      "UPDATE audit SET leaf = zeroblob(32) WHERE entry_id % 10 = 3",
      "UPDATE audit SET record = CAST(record || x'0A' AS BLOB) WHERE entry_id % 10 = 3",
      "UPDATE audit SET record = zeroblob(3000000) WHERE entry_id % 40 = 3",
      ("UPDATE audit SET record = (SELECT record FROM audit b WHERE b.entry_id = audit.entry_id + 1)"
       " WHERE entry_id % 10 = 3"),
      "UPDATE audit SET timestamp = timestamp + 1 WHERE entry_id % 10 = 3",
      "UPDATE audit SET entry_type = 'error' WHERE entry_id % 10 = 3",
      "UPDATE audit SET entry_type = 'reset' WHERE entry_id % 10 = 3",
      "UPDATE audit SET agent_id = agent_id || 'x' WHERE entry_id % 10 = 3",
      "UPDATE audit SET scope = '%' WHERE entry_id % 10 = 3",
      "UPDATE audit SET decision = 'allow' WHERE entry_id % 10 = 3",
      "UPDATE audit SET details = '' WHERE entry_id % 10 = 3",
      "UPDATE audit SET grant_id = '' WHERE grant_id IS NULL",
      "UPDATE audit SET grant_id = '-' WHERE grant_id IS NULL",
      "UPDATE audit SET grant_id = NULL WHERE grant_id IS NOT NULL",
      "UPDATE audit SET tier = 7 WHERE entry_id % 10 = 3",
  };
  TestVault sound;
  fill(sound);
  sound.close();
  std::ifstream file(sound.file(), std::ios::binary);
  const std::string database{std::istreambuf_iterator<char>(file), {}};
  std::ifstream wal_file(sound.file() + "-wal", std::ios::binary);
  const std::string wal{std::istreambuf_iterator<char>(wal_file), {}};
  std::size_t found = 0;
  for (const char* attack : attacks) {
    CAPTURE(attack);
    TestVault vault;
    vault.close();
    vault.directory().write("vault.db", database);
    vault.directory().write("vault.db-wal", wal);
    std::remove(vault.directory().at("vault.db-shm").c_str());
    vault.tamper(std::string("PRAGMA foreign_keys=OFF;") + attack);
    if (!verified_in_every_way(vault).faults.empty()) ++found;
  }
  CHECK(found == std::size(attacks) - 1);  // one of them changes nothing
}

TEST_CASE("entries that could not have happened, to more ids than are held at once") {
  TestVault vault;
  fill(vault);
  auto log = vault.entries();
  const auto more = impossible_entries(log);
  const std::size_t before = log.size();
  log.insert(log.end(), more.begin(), more.end());
  log.insert(log.begin() + 40, more.begin(), more.end());  // and heads that no longer agree
  vault.tamper(rewritten_log(log));
  const auto report = verified_in_every_way(vault);
  CHECK(report.faults.size() > before);
  for (const char* words : {"is stored a second time", "which was never stored", "which was revoked", "was never filed",
                            "is filed a second time", "was answered already", "its lock has no id",
                            "it begins another vault",
                            "it names no request", "it keeps a grant and names none", "are not those that were there",
                            "and not there", "by the log, and"}) {
    CHECK_MESSAGE(has_fault(report, words), std::string(words));
  }
}

TEST_CASE("a thousand faults are told, the first ones, of however many there are") {
  TestVault vault;
  auto log = vault.entries();
  for (int i = 0; i < 1500; ++i) {
    auto use = entry_of(vault::EntryType::decision);
    use.decision = "allow";
    use.grant = crypto::random_id<base::GrantId>();
    log.push_back(use);
    auto stored = entry_of(vault::EntryType::allow);
    stored.grant = crypto::random_id<base::GrantId>();
    log.push_back(stored);
  }
  vault.tamper(rewritten_log(log));
  const auto report = is_thorough() ? verified_in_every_way(vault) : vault.verified();
  REQUIRE(report.faults.size() == 1000);
  CHECK(report.faults.front().starts_with("entry 2: it uses grant "));
  CHECK(report.faults.back().starts_with("entry 2000: it uses grant "));
}

TEST_CASE("one statement kept by thousands of entries is told of a thousand times, and the rest is counted") {
  TestVault vault;
  const auto head = vault->durable_head();
  REQUIRE(head);
  model::Reset reset{model::ResetKind::clock, vault->id(), *head, std::nullopt, k_noon, std::nullopt, std::nullopt,
                     k_noon, "alice@host", "why"};
  const auto text = model::encode(reset);
  REQUIRE(text);
  auto entry = entry_of(vault::EntryType::reset);
  entry.details = vault::Details().add_verbatim("statement", *text).add_verbatim("signature", "signed").text();
  auto log = vault.entries();
  log.insert(log.end(), 1200, entry);
  vault.tamper(rewritten_log(log));
  const auto report = is_thorough() ? verified_in_every_way(vault) : vault.verified();
  CHECK_MESSAGE(report.faults.empty(), all_faults(report));
  CHECK(report.heads_checked == 1200);
  REQUIRE(report.resets.size() == 1001);
  CHECK(report.resets.back() == "and 200 more");
}

TEST_CASE("what a judge throws ends the verification, in either thread, and the vault can be verified again") {
  TestVault vault;
  fill(vault);
  for (const vault::Means& means : {vault::Means(), pvmctl::log::fast_means()}) {
    for (const std::size_t when : {std::size_t{1}, k_grants / 2, k_grants}) {
      auto witnesses = TestVault::believing();
      witnesses.means = means;
      std::atomic<std::size_t> asked = 0;
      witnesses.grant = [&asked, when](const vault::StoredGrant&) {
        if (++asked == when) throw std::runtime_error("no memory");
        return vault::Witness::trusted;
      };
      CHECK_THROWS_WITH(static_cast<void>(vault->verify_log(witnesses, {})), "no memory");
    }
    // While the entries are judged.
    REQUIRE(vault->lock("looking", k_noon));
    const auto status = vault->lock_status();
    REQUIRE(status);
    const auto id = base::LockId::from_hex(status->id);
    REQUIRE(id);
    const auto good = model::encode(model::Unlock{vault->id(), *id, k_noon, "alice@host"});
    REQUIRE(good);
    REQUIRE(vault->unlock(status->id, *good, "signed", "alice@host", k_noon));
    auto witnesses = TestVault::believing();
    witnesses.means = means;
    witnesses.statement = [](const vault::KeptStatement&) -> vault::Witness { throw std::runtime_error("no memory"); };
    CHECK_THROWS_WITH(static_cast<void>(vault->verify_log(witnesses, {})), "no memory");
    CHECK(verified(vault, means).faults.empty());
  }
}

TEST_CASE("a file that cannot be read on ends the verification with an error, in two threads too") {
  TestVault vault;
  fill(vault);
  vault.tamper("PRAGMA wal_checkpoint(TRUNCATE)");
  vault.close();
  std::string bytes;
  {
    std::ifstream file(vault.file(), std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  // Pages of the audit table, which is most of the file, from its middle on.
  for (std::size_t at = bytes.size() / 2 / 4096 * 4096; at < bytes.size(); at += 4096) {
    bytes.replace(at, 16, 16, '\xFF');
  }
  vault.directory().write("vault.db", bytes);
  auto opened = vault::open_vault(vault.directory().path(), vault::Sharing::own);
  REQUIRE(opened);
  std::string first;
  for (const vault::Means& means : {vault::Means(), small({}), pvmctl::log::fast_means(),
                                    small(pvmctl::log::fast_means())}) {
    auto witnesses = TestVault::believing();
    witnesses.means = means;
    const auto report = (*opened)->verify_log(witnesses, {});
    REQUIRE_FALSE(report.has_value());
    if (first.empty()) first = report.error().message;
    CHECK(report.error().message == first);
  }
}
