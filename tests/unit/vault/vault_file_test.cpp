// SPDX-License-Identifier: Apache-2.0
// The vault's file as hostile input: what it is, where it lies, what is in it.
#include <sys/stat.h>
#include <unistd.h>

#include "vault_fixture.hpp"

using namespace pvm;
using namespace pvm::test;
using base::Code;

namespace {

Code opening(TestVault& vault) {
  const auto opened = vault.reopen();
  REQUIRE_FALSE(opened.has_value());
  CHECK_FALSE(opened.error().message.empty());
  return opened.error().code;
}

}  // namespace

TEST_CASE("a vault opens again with the same id") {
  TestVault vault;
  const auto id = vault->id();
  const auto opened = vault.reopen();
  REQUIRE(opened);
  CHECK((*opened)->id() == id);
}

TEST_CASE("a second vault is not made over the first") {
  TestVault vault;
  const auto again = vault::create_vault(vault.directory().path(), k_noon);
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code == Code::exists);
}

TEST_CASE("a vault that is not there is missing") {
  const TemporaryDirectory directory;
  CHECK(vault::open_vault(directory.path(), vault::Sharing::own).error().code == Code::missing);
  CHECK(vault::open_vault(directory.at("nowhere"), vault::Sharing::own).error().code == Code::missing);
}

TEST_CASE("a vault file or directory that others can touch is refused") {
  TestVault vault;
  vault.close();
  REQUIRE(::chmod(vault.file().c_str(), 0640) == 0);
  CHECK(opening(vault) == Code::unsafe);
  REQUIRE(::chmod(vault.file().c_str(), 0600) == 0);
  REQUIRE(::chmod(vault.directory().path().c_str(), 0750) == 0);
  CHECK(opening(vault) == Code::unsafe);
  REQUIRE(::chmod(vault.directory().path().c_str(), 0700) == 0);
  CHECK(vault.reopen().has_value());
}

TEST_CASE("a symlink, a hard link, a FIFO or a directory in the vault's place is refused") {
  TestVault vault;
  vault.close();
  const std::string aside = vault.directory().at("aside.db");
  REQUIRE(::rename(vault.file().c_str(), aside.c_str()) == 0);
  REQUIRE(::symlink(aside.c_str(), vault.file().c_str()) == 0);
  CHECK(opening(vault) == Code::unsafe);
  REQUIRE(::unlink(vault.file().c_str()) == 0);
  REQUIRE(::link(aside.c_str(), vault.file().c_str()) == 0);
  CHECK(opening(vault) == Code::unsafe);
  REQUIRE(::unlink(vault.file().c_str()) == 0);
  REQUIRE(::mkfifo(vault.file().c_str(), 0600) == 0);
  CHECK(opening(vault) == Code::unsafe);
  REQUIRE(::unlink(vault.file().c_str()) == 0);
  REQUIRE(::mkdir(vault.file().c_str(), 0700) == 0);
  CHECK(opening(vault) == Code::unsafe);
}

TEST_CASE("a symlinked -wal or -shm beside the vault is refused") {
  for (const char* suffix : {"-wal", "-shm"}) {
    TestVault vault;
    vault.close();
    const std::string beside = vault.file() + suffix;
    ::unlink(beside.c_str());
    REQUIRE(::symlink("/dev/null", beside.c_str()) == 0);
    CHECK(opening(vault) == Code::unsafe);
  }
}

TEST_CASE("a file that is no database, or another program's, is refused") {
  TestVault vault;
  vault.close();
  for (const char* suffix : {"-wal", "-shm"}) ::unlink((vault.file() + suffix).c_str());
  vault.directory().write("vault.db", "this is not a database, not at all, but it is long enough to be looked at");
  CHECK(opening(vault) == Code::malformed);
  vault.directory().write("vault.db", "");
  CHECK(opening(vault) == Code::malformed);
}

TEST_CASE("a vault of a newer version says so") {
  TestVault vault;
  vault.tamper("PRAGMA user_version = 99");
  CHECK(opening(vault) == Code::newer);
}

TEST_CASE("any change of the schema is refused: a trigger, a view, a column, a missing index") {
  for (const char* sql : {"CREATE TRIGGER t AFTER INSERT ON audit BEGIN UPDATE grants SET used = 0; END",
                          "CREATE VIEW v AS SELECT * FROM grants", "ALTER TABLE grants ADD COLUMN extra TEXT",
                          "DROP INDEX one_pending", "CREATE TABLE more(x)", "CREATE INDEX i ON audit(agent_id)"}) {
    TestVault vault;
    vault.tamper(sql);
    CAPTURE(sql);
    CHECK(opening(vault) == Code::malformed);
  }
}

TEST_CASE("a state row that is gone or not sound refuses") {
  for (const char* sql : {"DELETE FROM state", "UPDATE state SET log_size = -5", "UPDATE state SET log_size = 1000",
                          "UPDATE state SET log_edge = x'00'", "UPDATE state SET epoch = -1",
                          "UPDATE state SET epoch = 9223372036854775807", "UPDATE state SET generation = -1",
                          "UPDATE state SET vault_id = 'x'"}) {
    TestVault vault;
    vault.tamper(sql);
    CAPTURE(sql);
    CHECK(opening(vault) == Code::malformed);
  }
}

TEST_CASE("the WAL does not grow without bound from call to call") {
  TestVault vault;
  vault.close();
  off_t largest = 0;
  for (int call = 0; call < 100; ++call) {
    auto opened = vault::open_vault(vault.directory().path(), vault::Sharing::own);
    REQUIRE(opened);
    REQUIRE((*opened)->record_error("claude", {Code::io, "call", ""}, k_noon));
    opened->reset();
    struct stat about {};
    REQUIRE(::stat((vault.file() + "-wal").c_str(), &about) == 0);
    largest = std::max(largest, about.st_size);
  }
  CHECK(largest > 0);
  CHECK(largest < 100 * 1024);  // 64 frames and one call's
}

TEST_CASE("nothing is moved out of the WAL while somebody else may write") {
  TestVault vault;
  REQUIRE(vault->record_error("claude", {Code::io, "one", ""}, k_noon));
  const std::string before = contents_of(vault.file());
  {
    auto other = vault::Database::open(vault.file(), vault::OpenMode::existing);
    REQUIRE(other);
    auto writing = vault::Transaction::begin(*other);
    REQUIRE(writing);
    CHECK(vault->checkpoint());  // nothing to complain of
    CHECK(contents_of(vault.file()) == before);
  }
  CHECK(vault->checkpoint());
  CHECK(contents_of(vault.file()) != before);
  CHECK(vault->record_error("claude", {Code::io, "two", ""}, k_noon));  // no interruption is left over
}

TEST_CASE("nothing is moved out of a WAL that is not the vault's any more") {
  TestVault vault;
  REQUIRE(vault->record_error("claude", {Code::io, "one", ""}, k_noon));
  const std::string before = contents_of(vault.file());
  const std::string wal = vault.file() + "-wal";
  SUBCASE("it was moved") { REQUIRE(::rename(wal.c_str(), (wal + ".old").c_str()) == 0); }
  SUBCASE("it was replaced") {
    const std::string bytes = contents_of(wal);
    REQUIRE(::unlink(wal.c_str()) == 0);
    vault.directory().write("vault.db-wal", bytes);
  }
  SUBCASE("the index was removed") { REQUIRE(::unlink((vault.file() + "-shm").c_str()) == 0); }
  const auto done = vault->checkpoint();
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == Code::conflict);
  CHECK(contents_of(vault.file()) == before);
}

TEST_CASE("damage in any page is an error or no change, never a crash") {
  TestVault vault;
  vault.store(vault.grant_for("/w/a"));
  for (int i = 0; i < 20; ++i) static_cast<void>(vault.decide(wish_for("/w/" + std::to_string(i))));
  vault.tamper("PRAGMA wal_checkpoint(TRUNCATE)");
  vault.close();
  const std::string good = contents_of(vault.file());
  int refused = 0;
  for (std::size_t at = 0; at + 16 < good.size(); at += 997) {
    std::string bad = good;
    for (std::size_t i = at; i < at + 16; ++i) bad[i] = static_cast<char>(bad[i] ^ 0x5A);
    for (const char* suffix : {"-wal", "-shm"}) ::unlink((vault.file() + suffix).c_str());
    vault.directory().write("vault.db", bad);
    auto opened = vault::open_vault(vault.directory().path(), vault::Sharing::own);
    if (!opened) {
      ++refused;
      continue;
    }
    const auto report = (*opened)->verify_log(TestVault::believing(), {});
    if (!report || !report->faults.empty()) ++refused;
    const auto requests = (*opened)->requests({}, k_noon);
    CHECK((requests.has_value() || !requests.error().message.empty()));
  }
  CHECK(refused > 0);
}
