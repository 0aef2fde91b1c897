// SPDX-License-Identifier: Apache-2.0
// A vault of format 1, as the program of that time made it, and what it takes to go on with it.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "../system/forked.hpp"
#include "libpvm/vault/schema.hpp"
#include "log_attacker.hpp"
#include "upkeep_support.hpp"

using namespace pvm;
using namespace pvm::test;
using base::Code;

namespace {

const base::UnixTime k_later = base::from_unix(1'800'000'000);

std::unique_ptr<vault::Vault> opened(const TemporaryDirectory& directory) {
  auto vault = vault::open_vault(directory.path(), vault::Sharing::own);
  REQUIRE_MESSAGE(vault.has_value(), vault.error().message);
  return std::move(*vault);
}

base::Result<std::optional<vault::Migrated>> migrated(const TemporaryDirectory& directory) {
  return vault::migrate_vault(directory.path(), vault::Sharing::own, k_later);
}

std::string format_of(const std::string& file) { return query(file, "PRAGMA user_version"); }

}  // namespace

TEST_CASE("a vault of an older format is refused, and the hint says who upgrades it") {
  const TemporaryDirectory directory;
  write_format_1(directory.path());
  const auto refused = vault::open_vault(directory.path(), vault::Sharing::own);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Code::older);
  CHECK(refused.error().message == "the vault has format 1, this program wants 3");
  CHECK(refused.error().hint == "a human upgrades it with: pvmctl migrate");
  CHECK(format_of(directory.at("vault.db")) == "1");  // looking has not changed it
}

TEST_CASE("a migrated vault holds what it held, has an index more and an entry that says so") {
  const TemporaryDirectory directory;
  const std::string file = write_format_1(directory.path());
  const std::string entries = query(file, "SELECT count(*) FROM audit");
  const std::string grants = query(file, "SELECT group_concat(hex(statement)) FROM grants ORDER BY rowid");

  const auto done = migrated(directory);
  REQUIRE_MESSAGE(done.has_value(), done.error().message);
  REQUIRE(done->has_value());
  CHECK((*done)->from == 1);
  CHECK((*done)->to == vault::k_schema_version);
  CHECK((*done)->copy == directory.at("vault.db.format1-20270115T080000Z"));

  const auto vault = opened(directory);
  CHECK(query(file, "SELECT count(*) FROM audit WHERE entry_id <= " + entries) == entries);
  CHECK(query(file, "SELECT group_concat(hex(statement)) FROM grants ORDER BY rowid") == grants);
  const auto report = vault->verify_log(format_1_witnesses(), {});
  REQUIRE(report);
  CHECK_MESSAGE(report->faults.empty(), all_faults(*report));
  CHECK(report->heads_checked == 5);
  vault::AuditEntry last;
  REQUIRE(vault->each_entry(report->head.size, [&last](const vault::AuditEntry& entry) {
    last = entry;
    return vault::Vault::Visit::go_on;
  }));
  CHECK(last.type == vault::EntryType::migrate);
  CHECK(last.details == "from=1 to=3 copy=" + (*done)->copy);
}

TEST_CASE("the copy is the old vault: whole, ours alone, and migrated in its turn where it is put back") {
  const TemporaryDirectory directory;
  const std::string file = write_format_1(directory.path());
  const std::string before = query(file, "SELECT group_concat(hex(record)) FROM audit");
  const auto done = migrated(directory);
  REQUIRE(done);
  const std::string copy = (*done)->copy;
  struct stat about {};
  REQUIRE(::stat(copy.c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0600);
  CHECK(format_of(copy) == "1");
  CHECK(query(copy, "SELECT group_concat(hex(record)) FROM audit") == before);

  const TemporaryDirectory other;
  other.write("vault.db", contents_of(copy));
  REQUIRE(migrated(other));
  CHECK(opened(other)->check_integrity()->empty());
}

TEST_CASE("a second migration has nothing to do, and copies nothing") {
  const TemporaryDirectory directory;
  write_format_1(directory.path());
  REQUIRE(migrated(directory));
  const auto names = names_in(directory.path());
  const auto head = *opened(directory)->durable_head();
  const auto again = migrated(directory);
  REQUIRE(again);
  CHECK_FALSE(again->has_value());
  CHECK(names_like(directory.path(), "vault.db.").size() == 1);
  CHECK(*opened(directory)->durable_head() == head);
}

TEST_CASE("a copy of the same second is not taken over") {
  const TemporaryDirectory directory;
  write_format_1(directory.path());
  directory.write("vault.db.format1-20270115T080000Z", "an earlier copy");
  const auto done = migrated(directory);
  REQUIRE(done);
  CHECK((*done)->copy == directory.at("vault.db.format1-20270115T080000Z-2"));
  CHECK(contents_of(directory.at("vault.db.format1-20270115T080000Z")) == "an earlier copy");
}

TEST_CASE("only what is a vault of format 1 to the letter is migrated; else it stays as it was, without a copy") {
  struct Attack {
    std::string sql;
    Code code;
  };
  const Attack attacks[] = {
      {"CREATE TRIGGER t AFTER INSERT ON audit BEGIN UPDATE grants SET used = 0; END", Code::malformed},
      {"DROP INDEX one_pending", Code::malformed},
      {"CREATE TABLE more(x)", Code::malformed},
      {"ALTER TABLE grants ADD COLUMN extra TEXT", Code::malformed},
      // the index of format 2, or one of its name, in a file that says 1
      {"CREATE INDEX audit_resets ON audit(entry_id) WHERE entry_type = 'reset'", Code::malformed},
      {"CREATE INDEX audit_resets ON audit(agent_id)", Code::malformed},
      {"PRAGMA application_id = 7", Code::malformed},
      {"PRAGMA user_version = 0", Code::malformed},
      {"PRAGMA user_version = -1", Code::malformed},
      {"PRAGMA user_version = 2", Code::malformed},
      {"PRAGMA user_version = 4", Code::newer},
      {"DELETE FROM state", Code::malformed},
      // damage that a copy would carry on
      {"PRAGMA foreign_keys=OFF; INSERT INTO grant_anchors VALUES('a', 'rm', x'2f', 1, 'none')", Code::malformed},
  };
  for (const Attack& attack : attacks) {
    CAPTURE(attack.sql);
    const TemporaryDirectory directory;
    const std::string file = write_format_1(directory.path());
    run_sql(file, attack.sql);
    const std::string format = format_of(file);
    const std::string head = query(file, "SELECT coalesce(max(log_size), 0) FROM state");
    const auto done = migrated(directory);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == attack.code);
    CHECK(format_of(file) == format);
    CHECK(query(file, "SELECT coalesce(max(log_size), 0) FROM state") == head);
    CHECK(names_like(directory.path(), "vault.db.").empty());
    CHECK(names_like(directory.path(), ".").empty());
  }
}

TEST_CASE("a vault that others can touch, or that is not there, is not migrated") {
  const TemporaryDirectory directory;
  CHECK(migrated(directory).error().code == Code::missing);
  const std::string file = write_format_1(directory.path());
  REQUIRE(::chmod(file.c_str(), 0644) == 0);
  CHECK(migrated(directory).error().code == Code::unsafe);
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
  CHECK(migrated(directory).error().code == Code::unsafe);
  CHECK(format_of(file) == "1");
}

TEST_CASE("a vault that a group shares is migrated where it lies, by root alone") {
  const TemporaryDirectory directory;
  const std::string file = write_format_1(directory.path());
  REQUIRE(::chmod(file.c_str(), 0660) == 0);
  REQUIRE(::chmod(directory.path().c_str(), 02770) == 0);
  for (const char* beside : {"-wal", "-shm"}) ::chmod((file + beside).c_str(), 0660);
  const auto done = vault::migrate_vault(directory.path(), vault::Sharing::group, k_later);
  if (::geteuid() != 0) {
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == Code::unsafe);
    return;
  }
  REQUIRE_MESSAGE(done.has_value(), done.error().message);
  CHECK(vault::open_vault(directory.path(), vault::Sharing::group).has_value());
  struct stat about {};
  REQUIRE(::stat((*done)->copy.c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0600);
}

TEST_CASE("nobody writes between the copy and the change: who holds the write lock keeps a migration out") {
  const TemporaryDirectory directory;
  const std::string file = write_format_1(directory.path());
  const auto other = vault::Database::open(file, vault::OpenMode::existing);
  REQUIRE(other);
  {
    auto writing = vault::Transaction::begin(*other);
    REQUIRE(writing);
    const auto done = migrated(directory);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == Code::busy);
    CHECK(names_like(directory.path(), "vault.db.").empty());
  }
  CHECK(migrated(directory).has_value());
}

TEST_CASE("many migrations at once: one does it, the others find nothing to do") {
  const TemporaryDirectory directory;
  write_format_1(directory.path());
  constexpr int k_racers = 8;
  std::vector<pid_t> children;
  for (int i = 0; i < k_racers; ++i) {
    children.push_back(fork_and([&directory] {
      for (int tries = 0; tries < 20; ++tries) {
        const auto done = migrated(directory);
        if (done) return done->has_value() ? 1 : 2;
        if (done.error().code != Code::busy) return 3;
      }
      return 4;
    }));
  }
  int did = 0;
  int found_done = 0;
  for (const pid_t child : children) {
    const int status = wait_status(child);
    REQUIRE(WIFEXITED(status));
    did += WEXITSTATUS(status) == 1;
    found_done += WEXITSTATUS(status) == 2;
  }
  CHECK(did == 1);
  CHECK(found_done == k_racers - 1);
  CHECK(names_like(directory.path(), "vault.db.").size() == 1);
  const auto report = opened(directory)->verify_log(format_1_witnesses(), {});
  REQUIRE(report);
  CHECK(report->faults.empty());
}
