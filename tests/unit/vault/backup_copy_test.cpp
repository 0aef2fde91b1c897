// SPDX-License-Identifier: Apache-2.0
// A backup as hostile input: what is wrong with it refuses, and the vault that is there stays as it was.
#include <sys/stat.h>
#include <unistd.h>

#include "log_attacker.hpp"
#include "tests/unit/thorough.hpp"
#include "upkeep_support.hpp"

using namespace pvm;
using namespace pvm::test;
using base::Code;

namespace {

const base::UnixTime k_later = k_noon + base::Seconds(600);

/// A vault with some history, a sound backup of it, and what the vault is like before an attack.
class Scene {
 public:
  Scene() {
    for (int i = 0; i < 3; ++i) static_cast<void>(vault.decide(wish_for("/w/" + std::to_string(i))));
    REQUIRE(vault->file_request(request_for(wish_for("/w/a")), k_noon));
    vault.store(vault.grant_for("/w/a"));
    CHECK(is_receipt(vault.decide(wish_for("/w/a"))));
    REQUIRE(vault->revoke_all(k_noon));
    vault.store(vault.grant_for("/w/b"));
    backup = backup_of(vault, elsewhere.at("b.db"));
    vault.close();
    run_sql(vault.file(), "PRAGMA wal_checkpoint(TRUNCATE)");
    before = contents_of(vault.file());
  }

  base::Result<vault::Restored> restore(const std::string& file, vault::LogWitnesses witnesses = TestVault::believing()) {
    return vault::restore_vault(file, vault.directory().path(), vault::Sharing::own, witnesses, k_later);
  }

  /// The error of a restore, which must fail and leave everything as it was.
  base::Error refusal(const std::string& file, vault::LogWitnesses witnesses = TestVault::believing()) {
    const auto done = restore(file, std::move(witnesses));
    REQUIRE_FALSE(done.has_value());
    CHECK(contents_of(vault.file()) == before);
    CHECK(names_like(vault.directory().path(), "vault.db.").empty());
    CHECK(names_like(vault.directory().path(), ".").empty());
    return done.error();
  }

  TestVault vault;
  TemporaryDirectory elsewhere;
  std::string backup;
  std::string before;
};

}  // namespace

TEST_CASE("a sound backup is taken, with heads seen before it and after it") {
  Scene scene;
  const std::uint64_t size = std::stoul(query(scene.backup, "SELECT log_size FROM state"));
  base::Digest other{};
  // Of a log that had more entries by then, this backup says nothing.
  const vault::OutsideHead later{{size + 5, other}, "your look"};
  CHECK(scene.restore(scene.backup, TestVault::believing({later})).has_value());
}

TEST_CASE("a backup that contradicts a head seen before it was made is refused") {
  Scene scene;
  const base::Digest other{};
  const vault::OutsideHead earlier{{3, other}, "your look"};
  const auto error = scene.refusal(scene.backup, TestVault::believing({earlier}));
  CHECK(error.code == Code::broken);
  CHECK(error.message.find("your look") != std::string::npos);
}

TEST_CASE("a backup whose contents somebody changed is refused, naming what is wrong") {
  struct Attack {
    std::string sql;
    Code code;
    const char* words;
  };
  const Attack attacks[] = {
      {"CREATE TRIGGER t AFTER INSERT ON audit BEGIN UPDATE grants SET used = 0; END", Code::malformed, "tables"},
      {"CREATE VIEW v AS SELECT * FROM grants", Code::malformed, "tables"},
      {"ALTER TABLE grants ADD COLUMN extra TEXT", Code::malformed, "tables"},
      {"DROP INDEX audit_resets", Code::malformed, "tables"},
      {"PRAGMA application_id = 1", Code::malformed, "no backup of a vault"},
      {"PRAGMA user_version = 99", Code::newer, "newer PVM"},
      {"PRAGMA user_version = 0", Code::malformed, "never was"},
      {"DELETE FROM state", Code::malformed, "no state row"},
      {"UPDATE state SET vault_id = 'x'", Code::malformed, "id"},
      {"INSERT INTO grant_anchors VALUES('claude', 'rm', x'2f', 1, 'none')", Code::malformed, "damaged"},
      {"UPDATE audit SET details = '' WHERE entry_id = 3", Code::broken, "entry 3"},
      {"UPDATE audit SET record = x'00' WHERE entry_id = 3", Code::broken, "entry 3"},
      {"DELETE FROM audit WHERE entry_id = 2", Code::broken, "entry 2 is missing"},
      {"DELETE FROM audit WHERE entry_id = (SELECT max(entry_id) FROM audit)", Code::broken, "truncated"},
      {"UPDATE grants SET used = 0", Code::broken, "by the log"},
      {"UPDATE grants SET revoked = 1", Code::broken, "by no entry"},
      {"DELETE FROM grants; DELETE FROM grant_anchors", Code::broken, "not there"},
      {"UPDATE grants SET statement = x'00'", Code::broken, "not what was signed"},
      {"UPDATE requests SET state = 'approved'", Code::broken, "request"},
      {"UPDATE state SET epoch = 1", Code::broken, "revocation floor"},
      {"UPDATE state SET lock_id = '00112233445566778899aabbccddeeff'", Code::broken, "stop switch"},
      {"UPDATE state SET clock_mark = clock_mark - 1", Code::broken, "clock mark"},
  };
  for (const Attack& attack : attacks) {
    CAPTURE(attack.sql);
    Scene scene;
    run_sql(scene.backup, "PRAGMA foreign_keys=OFF;" + attack.sql);
    const auto error = scene.refusal(scene.backup);
    CHECK(error.code == attack.code);
    CAPTURE(error.message);
    CHECK(error.message.find(attack.words) != std::string::npos);
  }
}

TEST_CASE("a backup with a grant that nobody signed is refused") {
  Scene scene;
  auto witnesses = TestVault::believing();
  witnesses.grant = [](const vault::StoredGrant&) { return vault::Witness::forged; };
  const auto error = scene.refusal(scene.backup, std::move(witnesses));
  CHECK(error.code == Code::broken);
}

TEST_CASE("a log of the attacker's own making cannot lift the floor or the clock out of reach") {
  const std::uint64_t far = std::uint64_t{1} << 55U;
  for (const bool is_time : {true, false}) {
    CAPTURE(is_time);
    Scene scene;
    scene.vault.adopt(std::move(*scene.vault.reopen()));
    auto entries = scene.vault.entries();
    scene.vault.close();
    vault::AuditEntry last;
    last.type = vault::EntryType::revoke;
    last.time = is_time ? base::from_unix(static_cast<std::int64_t>(far)) : k_noon;
    last.details = vault::Details().add("what", "all").add("epoch", is_time ? 3 : far).text();
    entries.push_back(last);
    run_sql(scene.backup, rewritten_log(entries) + "UPDATE state SET epoch = " + std::to_string(is_time ? 3 : far));
    const auto error = scene.refusal(scene.backup);
    CAPTURE(error.message);
    CHECK(error.code == Code::malformed);
  }
}

TEST_CASE("no bytes of a file make it a backup: cut, empty, noise, damage in any page") {
  Scene scene;
  const std::string good = contents_of(scene.backup);
  CHECK(scene.refusal(scene.elsewhere.write("empty", "")).code == Code::malformed);
  CHECK(scene.refusal(scene.elsewhere.write("noise", std::string(9000, '\x5a'))).code == Code::malformed);
  CHECK(scene.refusal(scene.elsewhere.write("magic", good.substr(0, 100))).code == Code::malformed);
  for (const std::size_t size : {good.size() / 2, good.size() - 1024, good.size() - 1}) {
    CAPTURE(size);
    const Code code = scene.refusal(scene.elsewhere.write("cut", good.substr(0, size))).code;
    CHECK((code == Code::malformed || code == Code::broken));
  }
  int refused = 0;
  for (std::size_t at = 0; at + 16 < good.size(); at += is_thorough() ? std::size_t{97} : std::size_t{997}) {
    std::string bad = good;
    for (std::size_t i = at; i < at + 16; ++i) bad[i] = static_cast<char>(bad[i] ^ 0x5A);
    const auto done = scene.restore(scene.elsewhere.write("bad", bad));
    if (!done) {
      ++refused;
      continue;
    }
    // It hit what is not in use, or what only shows: the log is whole, and no index lies.
    scene.vault.adopt(std::move(*scene.vault.reopen()));
    CHECK(scene.vault.verified().faults.empty());
    scene.vault.close();
  }
  CHECK(refused > 0);
}

TEST_CASE("a backup is a regular file that nobody else could have written") {
  Scene scene;
  CHECK(scene.refusal(scene.elsewhere.at("nowhere")).code == Code::missing);
  CHECK(scene.refusal(scene.elsewhere.make_directory("directory")).code == Code::unsafe);
  REQUIRE(::symlink(scene.backup.c_str(), scene.elsewhere.at("link").c_str()) == 0);
  CHECK(scene.refusal(scene.elsewhere.at("link")).code == Code::unsafe);
  REQUIRE(::mkfifo(scene.elsewhere.at("fifo").c_str(), 0600) == 0);
  CHECK(scene.refusal(scene.elsewhere.at("fifo")).code == Code::unsafe);
  REQUIRE(::chmod(scene.backup.c_str(), 0622) == 0);
  CHECK(scene.refusal(scene.backup).code == Code::unsafe);
}

TEST_CASE("the vault itself is no backup, and neither is a copy whose -wal was left beside it") {
  Scene scene;
  CHECK(scene.refusal(scene.vault.file()).code == Code::usage);
  REQUIRE(::link(scene.vault.file().c_str(), scene.elsewhere.at("second name").c_str()) == 0);
  CHECK(scene.restore(scene.elsewhere.at("second name")).error().code == Code::usage);
  REQUIRE(::unlink(scene.elsewhere.at("second name").c_str()) == 0);
  scene.elsewhere.write("b.db-wal", "half of the vault");
  CHECK(scene.refusal(scene.backup).code == Code::usage);
  scene.elsewhere.write("b.db-wal", "");
  CHECK(scene.restore(scene.backup).has_value());
}

TEST_CASE("a backup of format 1 is restored as a vault of the present format") {
  const TemporaryDirectory elsewhere;
  const std::string backup = write_format_1(elsewhere.path());
  run_sql(backup, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE");
  const TemporaryDirectory place;
  const auto now = base::from_unix(1'800'000'000);
  const auto done =
      vault::restore_vault(backup, place.path(), vault::Sharing::own, format_1_witnesses(), now);
  REQUIRE_MESSAGE(done.has_value(), done.error().message);
  const auto vault = vault::open_vault(place.path(), vault::Sharing::own);
  REQUIRE_MESSAGE(vault.has_value(), vault.error().message);
  const auto report = (*vault)->verify_log(format_1_witnesses(), {});
  REQUIRE(report);
  CHECK_MESSAGE(report->faults.empty(), all_faults(*report));
  CHECK((*vault)->grants({std::nullopt, now, 10})->empty());
  CHECK(query(backup, "PRAGMA user_version") == "1");
}
