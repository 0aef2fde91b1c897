// SPDX-License-Identifier: Apache-2.0
// Looking for damage, and copying a vault that is in use.
#include "upkeep_support.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libpvm/base/descriptor.hpp"

using namespace pvm;
using namespace pvm::test;
using base::Code;

namespace {

/// The copy as a vault of its own.
std::unique_ptr<vault::Vault> opened_elsewhere(const std::string& copy, const TemporaryDirectory& directory) {
  run_sql(directory.write("vault.db", contents_of(copy)), "PRAGMA journal_mode=WAL");
  auto opened = vault::open_vault(directory.path(), vault::Sharing::own);
  REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
  return std::move(*opened);
}

/// An entry that fills some pages.
void append_much(vault::Vault& vault, std::size_t bytes) {
  vault::AuditEntry entry;
  entry.type = vault::EntryType::error;
  entry.time = k_noon;
  entry.details = vault::Details().add_verbatim("message", std::string(bytes, 'x')).text();
  REQUIRE(vault.append(entry));
}

}  // namespace

TEST_CASE("a sound vault has nothing to complain of, and damage is named") {
  TestVault vault;
  REQUIRE(vault->file_request(request_for(wish_for("/w/a")), k_noon));
  auto complaints = vault->check_integrity();
  REQUIRE(complaints);
  CHECK(complaints->empty());

  // An index that has lost its entries, as a page that was not written would look.
  const auto page = std::stoul(query(vault.file(), "SELECT rootpage FROM sqlite_schema WHERE name = 'requests_by_state'"));
  vault.tamper("PRAGMA wal_checkpoint(TRUNCATE)");
  vault.close();
  std::string bytes = contents_of(vault.file());
  bytes.at((page - 1) * 1024 + 3) = bytes.at((page - 1) * 1024 + 4) = '\0';
  for (const char* suffix : {"-wal", "-shm"}) ::unlink((vault.file() + suffix).c_str());
  vault.directory().write("vault.db", bytes);
  auto opened = vault.reopen();
  REQUIRE(opened);
  complaints = (*opened)->check_integrity();
  REQUIRE(complaints);
  REQUIRE_FALSE(complaints->empty());
  CHECK(std::any_of(complaints->begin(), complaints->end(), [](const std::string& complaint) {
    return complaint.find("requests_by_state") != std::string::npos;
  }));
  CHECK(complaints->front().find('*') == std::string::npos);  // one line, without SQLite's heading
}

TEST_CASE("a row that refers to nothing is damage too") {
  TestVault vault;
  vault.tamper("INSERT INTO grant_anchors VALUES('claude', 'rm', x'2f', 1, 'no such grant')");
  const auto complaints = vault->check_integrity();
  REQUIRE(complaints);
  REQUIRE(complaints->size() == 1);
  CHECK(complaints->front().find("grant_anchors") != std::string::npos);
}

TEST_CASE("a backup is one file of our own with everything in it, and the log says so") {
  TestVault vault;
  vault.store(vault.grant_for("/w/a"));
  REQUIRE(vault->file_request(request_for(wish_for("/w/b")), k_noon));
  const TemporaryDirectory elsewhere;
  const std::string copy = backup_of(vault, elsewhere.at("monday.db"));

  CHECK(names_in(elsewhere.path()) == std::vector<std::string>{"monday.db"});
  struct stat about {};
  REQUIRE(::stat(copy.c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0600);
  const std::string bytes = contents_of(copy);
  CHECK(bytes[18] == 1);  // fileformat2.html: 2 would want a -wal beside it
  CHECK(bytes[19] == 1);

  const auto entries = vault.entries();
  REQUIRE(entries.back().type == vault::EntryType::backup);
  CHECK(vault::read_details(entries.back().details) ==
        std::vector<std::pair<std::string, std::string>>{{"path", copy}});
  const TemporaryDirectory other;
  const auto opened = opened_elsewhere(copy, other);
  CHECK(opened->id() == vault->id());
  CHECK(*opened->durable_head() == *vault->durable_head());
  CHECK(opened->grants({})->size() == 1);
  CHECK(opened->requests({}, k_noon)->size() == 1);
}

TEST_CASE("a backup is no vault until it is restored: put in place by hand it is refused, and the hint says how") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  const std::string copy = backup_of(vault, elsewhere.at("monday.db"));
  const TemporaryDirectory other;
  other.write("vault.db", contents_of(copy));
  const auto opened = vault::open_vault(other.path(), vault::Sharing::own);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == Code::unsafe);
  CHECK(opened.error().hint.find("pvmctl restore") != std::string::npos);
}

TEST_CASE("a backup takes the place of nothing") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  elsewhere.write("file", "mine");
  elsewhere.make_directory("directory");
  REQUIRE(::symlink("nowhere", elsewhere.at("dangling").c_str()) == 0);
  REQUIRE(::symlink("file", elsewhere.at("link").c_str()) == 0);
  REQUIRE(::mkfifo(elsewhere.at("fifo").c_str(), 0600) == 0);
  const auto before = names_in(elsewhere.path());
  for (const auto& name : before) {
    CAPTURE(name);
    const auto done = vault->backup(elsewhere.at(name), k_noon, {});
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == Code::exists);
  }
  CHECK(names_in(elsewhere.path()) == before);
  CHECK(contents_of(elsewhere.at("file")) == "mine");
  CHECK(vault.entries().size() == 1);  // and the log does not say that there was one
}

TEST_CASE("a file that appears under the name while the copy is made stays, and the copy goes") {
  TestVault vault;
  for (int i = 0; i < 20; ++i) append_much(*vault, 300'000);
  const TemporaryDirectory elsewhere;
  const auto done = vault->backup(elsewhere.at("b.db"), k_noon,
                                  [&elsewhere](std::uint64_t, std::uint64_t) { elsewhere.write("b.db", "mine"); });
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == Code::exists);
  CHECK(contents_of(elsewhere.at("b.db")) == "mine");
  CHECK(names_in(elsewhere.path()) == std::vector<std::string>{"b.db"});
}

TEST_CASE("a backup goes only where nobody else could put another in its place") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  elsewhere.make_directory("everybody", 0777);
  auto done = vault->backup(elsewhere.at("everybody/b.db"), k_noon, {});
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == Code::unsafe);
  CHECK(names_in(elsewhere.at("everybody")).empty());
  CHECK(vault->backup(elsewhere.at("nowhere/b.db"), k_noon, {}).error().code == Code::missing);
  CHECK(vault->backup(elsewhere.path() + "/", k_noon, {}).error().code == Code::usage);
  // what SQLite would take for a part of the vault itself
  for (const char* name : {"vault.db-journal", "vault.db-wal2"}) {
    CHECK(vault->backup(vault.directory().at(name), k_noon, {}).error().code == Code::usage);
  }
  // a sticky directory is everybody's, and yet what is in it is ours
  elsewhere.make_directory("sticky", 01777);
  backup_of(vault, elsewhere.at("sticky/b.db"));
}

TEST_CASE("others write while a backup is made, and it is of one moment") {
  TestVault vault;
  for (int i = 0; i < 20; ++i) append_much(*vault, 300'000);
  auto other = vault::open_vault(vault.directory().path(), vault::Sharing::own);
  REQUIRE(other);
  const auto before = vault->durable_head();
  REQUIRE(before);
  int calls = 0;
  const TemporaryDirectory elsewhere;
  const auto done = vault->backup(elsewhere.at("b.db"), k_noon, [&](std::uint64_t done_pages, std::uint64_t all) {
    ++calls;
    CHECK(done_pages <= all);
    append_much(**other, 5000);
  });
  REQUIRE_MESSAGE(done.has_value(), done.error().message);
  CHECK(calls >= 2);
  CHECK(calls < 100);  // it did not start anew with each of them
  const TemporaryDirectory place;
  const auto copy = opened_elsewhere(elsewhere.at("b.db"), place);
  CHECK(copy->durable_head()->size == before->size + 1);
  CHECK(vault->durable_head()->size == before->size + 1 + static_cast<std::uint64_t>(calls));
  const auto report = copy->verify_log(TestVault::believing(), {});
  REQUIRE(report);
  CHECK(report->faults.empty());
}

TEST_CASE("a damaged vault is not backed up as if it were sound") {
  TestVault vault;
  vault.tamper("INSERT INTO grant_anchors VALUES('claude', 'rm', x'2f', 1, 'no such grant')");
  const TemporaryDirectory elsewhere;
  const auto done = vault->backup(elsewhere.at("b.db"), k_noon, {});
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == Code::malformed);
  CHECK(names_in(elsewhere.path()).empty());
}

TEST_CASE("what a killed backup left goes with the next one, and what another is making stays") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  elsewhere.make_directory(".pvm-copy.killed");
  elsewhere.write(".pvm-copy.killed/vault.db", "half a copy");
  elsewhere.make_directory(".pvm-copy.in-use");
  elsewhere.write(".pvm-copy.in-use/vault.db", "being made");
  REQUIRE(::symlink(elsewhere.path().c_str(), elsewhere.at(".pvm-copy.link").c_str()) == 0);
  const base::Descriptor maker(::open(elsewhere.at(".pvm-copy.in-use").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(::flock(maker.get(), LOCK_EX) == 0);
  backup_of(vault, elsewhere.at("b.db"));
  CHECK(names_in(elsewhere.path()) == std::vector<std::string>{".pvm-copy.in-use", ".pvm-copy.link", "b.db"});
  CHECK(contents_of(elsewhere.at(".pvm-copy.in-use/vault.db")) == "being made");
}
