// SPDX-License-Identifier: Apache-2.0
// Putting a backup in the vault's place.
#include <sys/stat.h>
#include <unistd.h>

#include "libpvm/vault/restore.hpp"
#include "libpvm/vault/schema.hpp"
#include "log_attacker.hpp"
#include "upkeep_support.hpp"

using namespace pvm;
using namespace pvm::test;
using base::Code;

namespace {

const base::UnixTime k_later = k_noon + base::Seconds(600);

base::Result<vault::Restored> restore(TestVault& vault, const std::string& backup, base::UnixTime now = k_later,
                                      std::vector<vault::OutsideHead> outside = {}) {
  vault.close();
  return vault::restore_vault(backup, vault.directory().path(), vault::Sharing::own,
                              TestVault::believing(std::move(outside)), now);
}

/// Restores, which must work, and goes on with the restored vault.
vault::Restored restored(TestVault& vault, const std::string& backup, base::UnixTime now = k_later) {
  auto done = restore(vault, backup, now);
  REQUIRE_MESSAGE(done.has_value(), done.error().message);
  auto opened = vault.reopen();
  REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
  vault.adopt(std::move(*opened));
  return std::move(*done);
}

void check_whole(TestVault& vault) {
  const auto report = vault.verified();
  CHECK_MESSAGE(report.faults.empty(), all_faults(report));
  const auto complaints = vault->check_integrity();
  REQUIRE(complaints);
  CHECK(complaints->empty());
}

}  // namespace

TEST_CASE("a restored vault is the backup's, with entries that say so, and the old one is kept beside it") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  vault.store(vault.grant_for("/w/a"));
  const std::string backup = backup_of(vault, elsewhere.at("b.db"));
  const std::string bytes = contents_of(backup);
  const auto id = vault->id();
  const auto size = vault.entries().size();
  for (int i = 0; i < 7; ++i) static_cast<void>(vault.decide(wish_for("/other")));
  const auto old_head = *vault->durable_head();

  const auto done = restored(vault, backup);
  CHECK(done.id == id);
  CHECK(vault->id() == id);
  CHECK(done.head == *vault->durable_head());
  CHECK(done.epoch == *vault->epoch());
  CHECK(done.replaced == vault.directory().at("vault.db.replaced-20260921T142320Z"));
  CHECK(contents_of(backup) == bytes);
  check_whole(vault);

  const auto entries = vault.entries();
  REQUIRE(entries.size() == size + 2);
  CHECK(entries[size].type == vault::EntryType::restore);
  CHECK(entries[size].details == "backup=" + backup + " log=" + std::to_string(size) + " epoch=" +
                                     std::to_string(done.epoch) + " replaced-log=" + std::to_string(old_head.size) +
                                     " replaced-root=" + base::to_base64(old_head.root) + " kept=" + done.replaced);
  CHECK(entries[size + 1].type == vault::EntryType::revoke);
  CHECK(entries[size + 1].details == "what=all epoch=" + std::to_string(done.epoch));

  // What was there is whole as well, and opens where it is put back.
  const TemporaryDirectory other;
  other.write("vault.db", contents_of(done.replaced));
  const auto old_vault = vault::open_vault(other.path(), vault::Sharing::own);
  REQUIRE(old_vault);
  CHECK(*(*old_vault)->durable_head() == old_head);
  CHECK(names_like(vault.directory().path(), ".").empty());
}

TEST_CASE("no grant outlives a restore: neither the backup's, nor one signed after it and put back by hand") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  vault.store(vault.grant_for("/w/unused"));
  vault.store(vault.grant_for("/w/used"));
  vault.store(vault.grant_for("/w/revoked"));
  const std::string backup = backup_of(vault, elsewhere.at("b.db"));
  CHECK(is_receipt(vault.decide(wish_for("/w/used"))));
  REQUIRE(vault->revoke_agent("claude", k_noon));
  REQUIRE(vault->revoke_all(k_noon));
  REQUIRE(vault->revoke_all(k_noon));
  const auto after = vault.grant_for("/w/after");
  vault.store(after);
  CHECK(is_receipt(vault.decide(wish_for("/w/after"))));

  const auto done = restored(vault, backup);
  CHECK(done.epoch > static_cast<std::uint64_t>(base::unix_seconds(k_later)));
  for (const char* path : {"/w/unused", "/w/used", "/w/revoked"}) {
    CAPTURE(path);
    CHECK(denial_of(vault.decide(wish_for(path), k_later)) == "revoked");
  }
  CHECK(vault->grants({std::nullopt, k_noon, 10})->empty());

  // The statement is signed for good; whoever can write the vault can put it back.
  const std::string text = *model::encode(after);
  vault.tamper("INSERT INTO grants VALUES('" + after.id.hex() + "', 'claude', 'rm', " +
               std::to_string(base::unix_seconds(after.terms.window.not_after)) + ", " + std::to_string(done.epoch) +
               ", 1, 0, NULL, 0, " + hex_literal(text) + ", x'00'); INSERT INTO grant_anchors VALUES('claude', 'rm', " +
               hex_literal("/w/after") + ", " + std::to_string(base::unix_seconds(after.terms.window.not_after)) +
               ", '" + after.id.hex() + "')");
  CHECK(denial_of(vault.decide(wish_for("/w/after"), k_later)) == "revoked");
}

TEST_CASE("the revocation floor is above any that was reached, whatever the clock says") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  const std::string first = backup_of(vault, elsewhere.at("first.db"));
  const auto one = restored(vault, first, k_later);
  const std::string second = backup_of(vault, elsewhere.at("second.db"), k_later);
  REQUIRE(vault->revoke_all(k_later));
  // The clock went back; the vault that is there and the second backup know better.
  const auto two = restored(vault, second, k_noon);
  CHECK(two.epoch > one.epoch + 1);
  // Where there is none to ask, the backup's own floor and times still count.
  vault.close();
  REQUIRE(::unlink(vault.file().c_str()) == 0);
  const auto three = restored(vault, second, k_noon - base::Seconds(1'000'000));
  CHECK(three.epoch > one.epoch);
  check_whole(vault);
}

TEST_CASE("requests that waited wait again, and can be answered") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  const auto filed = vault->file_request(request_for(wish_for("/w/a")), k_noon);
  REQUIRE(filed);
  const std::string backup = backup_of(vault, elsewhere.at("b.db"));
  REQUIRE(vault->deny(filed->request.id, "", k_noon));
  restored(vault, backup);
  CHECK(vault->request(filed->request.id, k_later)->state == vault::RequestState::pending);
  auto grant = vault.grant_for("/w/a");
  grant.request = filed->request.id;
  REQUIRE(vault->store_grant({grant, *model::encode(grant), "no signature", false}, "", k_later));
  CHECK(is_receipt(vault.decide(wish_for("/w/a"), k_later)));
  check_whole(vault);
}

TEST_CASE("a lock outlives a restore, the present vault's as the backup's") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  const std::string open = backup_of(vault, elsewhere.at("open.db"));
  REQUIRE(vault->lock("looking into it", k_noon));
  const std::string locked = backup_of(vault, elsewhere.at("locked.db"));
  const auto backup_lock = vault->lock_status()->id;

  restored(vault, open);
  auto status = vault->lock_status();
  REQUIRE(status);
  CHECK(status->state == model::LockState::locked);
  CHECK(status->reason == "looking into it");
  CHECK(status->id != backup_lock);  // an unlock that was signed before does not open it
  CHECK(vault.entries().back().type == vault::EntryType::lock);
  check_whole(vault);

  REQUIRE(vault->unlock(status->id, "", "", "alice@host", k_later));
  restored(vault, locked);
  CHECK(vault->lock_status()->id == backup_lock);
  check_whole(vault);
}

TEST_CASE("who still has the old vault open decides nothing any more") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  vault.store(vault.grant_for("/w/a"));
  const std::string backup = backup_of(vault, elsewhere.at("b.db"));
  auto other = vault::open_vault(vault.directory().path(), vault::Sharing::own);
  REQUIRE(other);
  const auto done = vault::restore_vault(backup, vault.directory().path(), vault::Sharing::own,
                                         TestVault::believing(), k_later);
  REQUIRE_MESSAGE(done.has_value(), done.error().message);

  // `vault` and `other` hold the file that is called vault.db.replaced-… now.
  const auto decided = vault.decide(wish_for("/w/a"));
  REQUIRE_FALSE(decided.has_value());
  CHECK(decided.error().code == Code::unsafe);
  CHECK((*other)->revoke_all(k_noon).error().code == Code::unsafe);
  other->reset();
  auto opened = vault.reopen();
  REQUIRE(opened);
  vault.adopt(std::move(*opened));
  CHECK(*vault->durable_head() == done->head);
  check_whole(vault);
}

TEST_CASE("a vault that is not there is restored, and nothing that lay about gets into it") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  const std::string backup = backup_of(vault, elsewhere.at("b.db"));
  for (int i = 0; i < 7; ++i) static_cast<void>(vault.decide(wish_for("/w/a")));
  vault.close();
  const std::string wal = contents_of(vault.file() + "-wal");
  REQUIRE_FALSE(wal.empty());
  REQUIRE(::unlink(vault.file().c_str()) == 0);  // -wal and -shm are left, as after a kill between two renames
  vault.directory().write("vault.db-journal", std::string(600, 'j'));
  const auto done = restored(vault, backup);
  CHECK(done.replaced.empty());
  CHECK(*vault->durable_head() == done.head);
  check_whole(vault);
  const auto kept = names_like(vault.directory().path(), "vault.db.replaced-");
  REQUIRE(kept.size() == 2);
  CHECK(contents_of(vault.directory().at(kept[1])) == wal);
}

TEST_CASE("a damaged vault, or something else in its place, is set aside as it is") {
  const auto spoil = [](TestVault& vault, const std::string& how) {
    vault.close();
    if (how == "noise") vault.directory().write("vault.db", std::string(5000, '\x5a'));
    if (how == "empty") vault.directory().write("vault.db", "");
    if (how == "cut") std::filesystem::resize_file(vault.file(), 3000);
    if (how == "other id") run_sql(vault.file(), "UPDATE state SET vault_id = 'x'");
    if (how == "table") run_sql(vault.file(), "CREATE TABLE more(x)");
    if (how == "symlink" || how == "directory" || how == "fifo") REQUIRE(::unlink(vault.file().c_str()) == 0);
    if (how == "symlink") REQUIRE(::symlink("nowhere", vault.file().c_str()) == 0);
    if (how == "directory") vault.directory().make_directory("vault.db");
    if (how == "fifo") REQUIRE(::mkfifo(vault.file().c_str(), 0600) == 0);
  };
  for (const std::string how : {"noise", "empty", "cut", "other id", "table", "symlink", "directory", "fifo"}) {
    CAPTURE(how);
    TestVault vault;
    const TemporaryDirectory elsewhere;
    const std::string backup = backup_of(vault, elsewhere.at("b.db"));
    static_cast<void>(vault.decide(wish_for("/w/a")));
    spoil(vault, how);
    struct stat before {};
    REQUIRE(::lstat(vault.file().c_str(), &before) == 0);
    const auto done = restored(vault, backup);
    struct stat after {};
    REQUIRE(::lstat(done.replaced.c_str(), &after) == 0);
    CHECK(before.st_ino == after.st_ino);
    check_whole(vault);
  }
}

TEST_CASE("a vault that a person can still mend is not set aside") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  const std::string backup = backup_of(vault, elsewhere.at("b.db"));
  vault.close();
  REQUIRE(::chmod(vault.file().c_str(), 0644) == 0);
  CHECK(restore(vault, backup).error().code == Code::unsafe);
  REQUIRE(::chmod(vault.file().c_str(), 0600) == 0);
  run_sql(vault.file(), "PRAGMA user_version = 99");
  CHECK(restore(vault, backup).error().code == Code::newer);
  run_sql(vault.file(), "PRAGMA user_version = " + std::to_string(vault::k_schema_version));
  {
    const auto other = vault::Database::open(vault.file(), vault::OpenMode::existing);
    REQUIRE(other);
    const auto writing = vault::Transaction::begin(*other);
    REQUIRE(writing);
    CHECK(restore(vault, backup).error().code == Code::busy);
  }
  CHECK(names_like(vault.directory().path(), "vault.db.").empty());
  restored(vault, backup);
}

TEST_CASE("another vault's backup is refused, unless what is there cannot be read") {
  TestVault mine;
  TestVault theirs;
  const TemporaryDirectory elsewhere;
  const std::string backup = backup_of(theirs, elsewhere.at("b.db"));
  const auto refused = restore(mine, backup);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Code::conflict);
  for (const char* suffix : {"-wal", "-shm"}) ::unlink((mine.file() + suffix).c_str());
  mine.directory().write("vault.db", "nothing that can be read");
  const auto done = restored(mine, backup);
  CHECK(done.id == theirs->id());
}

TEST_CASE("the vault that is replaced must be the one that was shown") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  const std::string backup = backup_of(vault, elsewhere.at("b.db"));
  const auto witnesses = [](const base::VaultId&) { return base::Result<vault::LogWitnesses>(TestVault::believing()); };
  auto shown = vault::Restoration::prepare(backup, vault.directory().path(), vault::Sharing::own, witnesses, k_later, {});
  REQUIRE_MESSAGE(shown.has_value(), shown.error().message);
  CHECK(shown->plan().common == shown->plan().state.log.size());
  CHECK(shown->plan().pending == 0);
  // Somebody else restored in between, or took it away.
  vault.close();
  REQUIRE(::rename(vault.file().c_str(), vault.directory().at("aside").c_str()) == 0);
  const auto done = shown->finish(k_later);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == Code::conflict);
  CHECK_FALSE(std::filesystem::exists(vault.file()));
  REQUIRE(::rename(vault.directory().at("aside").c_str(), vault.file().c_str()) == 0);
  CHECK(shown->finish(k_later).has_value());
}

TEST_CASE("what was decided between the question and the yes counts: a lock is kept") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  const std::string backup = backup_of(vault, elsewhere.at("b.db"));
  const auto witnesses = [](const base::VaultId&) { return base::Result<vault::LogWitnesses>(TestVault::believing()); };
  auto shown = vault::Restoration::prepare(backup, vault.directory().path(), vault::Sharing::own, witnesses, k_later, {});
  REQUIRE(shown);
  REQUIRE(vault->lock("meanwhile", k_later));
  vault.close();
  REQUIRE(shown->finish(k_later));
  auto opened = vault.reopen();
  REQUIRE(opened);
  CHECK((*opened)->lock_status()->reason == "meanwhile");
}
