// SPDX-License-Identifier: Apache-2.0
// The files of a vault while they are moved, and who may have them then.
#include "libpvm/vault/vault_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "upkeep_support.hpp"

using namespace pvm;
using namespace pvm::test;
using base::Code;

namespace {

base::Result<vault::Restored> restore(TestVault& vault, const std::string& backup,
                                      vault::Sharing sharing = vault::Sharing::own) {
  vault.close();
  return vault::restore_vault(backup, vault.directory().path(), sharing, TestVault::believing(),
                              k_noon + base::Seconds(600));
}

}  // namespace

TEST_CASE("a file that was moved since it was opened is known") {
  TestVault vault;
  vault.close();
  const auto database = vault::Database::open(vault.file(), vault::OpenMode::existing);
  REQUIRE(database);
  CHECK_FALSE(database->is_moved());
  REQUIRE(::rename(vault.file().c_str(), vault.directory().at("aside").c_str()) == 0);
  CHECK(database->is_moved());
  vault.directory().write("vault.db", "another");
  CHECK(database->is_moved());
}

TEST_CASE("a vault that a group shares is restored by root alone, for that group") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  const std::string backup = backup_of(vault, elsewhere.at("b.db"));
  vault.close();
  constexpr gid_t k_group = 12345;
  const std::string shared = vault.directory().path();
  const bool is_root = ::geteuid() == 0;
  if (is_root) REQUIRE(::chown(shared.c_str(), 0, k_group) == 0);
  REQUIRE(::chmod(shared.c_str(), 02770) == 0);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string file = vault.file() + suffix;
    if (::access(file.c_str(), F_OK) != 0) continue;
    if (is_root) REQUIRE(::chown(file.c_str(), 0, k_group) == 0);
    REQUIRE(::chmod(file.c_str(), 0660) == 0);
  }
  const auto done = restore(vault, backup, vault::Sharing::group);
  REQUIRE(done.has_value() == is_root);
  if (!is_root) {
    CHECK(done.error().code == Code::unsafe);
    return;
  }
  struct stat about {};
  REQUIRE(::stat(vault.file().c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0660);
  CHECK(about.st_gid == k_group);
  CHECK(vault::open_vault(shared, vault::Sharing::group).has_value());
}

TEST_CASE("only a file that is ours alone is given to a group") {
  const TemporaryDirectory elsewhere;
  const auto aside = vault::PrivateDirectory::make(elsewhere.path(), vault::ParentIs::checked);
  REQUIRE(aside);
  const std::string other = elsewhere.write("other", "secret");
  CHECK_FALSE(aside->share_database(elsewhere.path()).has_value());  // not there yet
  REQUIRE(::symlink(other.c_str(), aside->database().c_str()) == 0);
  CHECK_FALSE(aside->share_database(elsewhere.path()).has_value());
  REQUIRE(::unlink(aside->database().c_str()) == 0);
  REQUIRE(::link(other.c_str(), aside->database().c_str()) == 0);
  CHECK_FALSE(aside->share_database(elsewhere.path()).has_value());
  struct stat about {};
  REQUIRE(::stat(other.c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0600);
}

TEST_CASE("while another process moves the files of a vault, a restore waits, and gives up with busy") {
  TestVault vault;
  const TemporaryDirectory elsewhere;
  const std::string backup = backup_of(vault, elsewhere.at("b.db"));
  {
    const auto mover = vault::lock_directory(vault.directory().path());
    REQUIRE(mover);
    CHECK(restore(vault, backup).error().code == Code::busy);
  }
  CHECK(restore(vault, backup).has_value());
}

TEST_CASE("copies of a shared vault are made where no member can put something else in their place") {
  const TemporaryDirectory above;
  const std::string shared = above.make_directory("vault", 02770);
  CHECK(vault::place_for_copies(shared, vault::Sharing::own).value() == shared);
  const auto place = vault::place_for_copies(shared, vault::Sharing::group);
  REQUIRE(place.has_value() == (::geteuid() == 0));
  if (place) CHECK(*place == above.path());
  if (place) CHECK(vault::place_for_copies("/proc", vault::Sharing::group).error().message.find("mount point") != std::string::npos);
}
