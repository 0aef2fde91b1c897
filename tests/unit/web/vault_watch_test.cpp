// SPDX-License-Identifier: Apache-2.0
// Where events come from, while others write to the vault or put something in its place.
#include "pvmctl/web/vault_watch.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "../vault/vault_fixture.hpp"

using namespace pvm;
using namespace pvm::test;
using pvmctl::web::Events;
using pvmctl::web::VaultWatch;

namespace {

struct Scene {
  TestVault vault;
  system::Places places{system::TrustOwner::user, vault.directory().path(), vault.directory().path()};
  Events events;
  VaultWatch watch{places, events};

  VaultWatch::News look() {
    const auto news = watch.look();
    REQUIRE_MESSAGE(news.has_value(), news.error().message);
    return *news;
  }
};

}  // namespace

TEST_CASE("what others write is news, once") {
  Scene scene;
  CHECK(scene.look() == VaultWatch::News::other_vault);
  CHECK(scene.look() == VaultWatch::News::none);
  REQUIRE(scene.vault->file_request(request_for(wish_for("/w/a")), k_noon));
  CHECK(scene.look() == VaultWatch::News::some);
  CHECK(scene.look() == VaultWatch::News::none);
}

TEST_CASE("before a vault was opened there is nothing to watch, and afterwards there is") {
  Scene scene;
  CHECK(scene.watch.changes().error().code == base::Code::missing);
  static_cast<void>(scene.look());
  CHECK(scene.watch.changes());
}

TEST_CASE("something else in the vault's place is an error, and no more than that") {
  Scene scene;
  static_cast<void>(scene.look());
  const std::string file = scene.vault.file();
  std::filesystem::rename(file, file + ".away");
  std::ofstream(file) << "x";
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  CHECK_FALSE(scene.watch.look());
  CHECK_FALSE(scene.watch.changes());
  CHECK_FALSE(scene.watch.look());
}
