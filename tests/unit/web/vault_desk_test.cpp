// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/vault_desk.hpp"

#include <doctest/doctest.h>

#include "../vault/vault_fixture.hpp"
#include "libpvm/system/process.hpp"
#include "pvmctl/web/vault_watch.hpp"
#include "wrappers/operands/effect.hpp"

using namespace pvm;
using namespace pvm::pvmctl;
using namespace pvm::pvmctl::web;

namespace {

class NotingIssuer final : public Issuer {
 public:
  int issued = 0;
  [[nodiscard]] std::string name() const override { return "serve@host"; }
  [[nodiscard]] std::string weakness() const override { return "weak"; }
  base::Result<Json> issue(const approval::Review&, const Order&, const Person&) override {
    ++issued;
    return Json{{"id", "x"}};
  }
};

/// A vault in which an agent asks to remove the directory "build" of this machine.
struct Scene {
  test::TestVault vault;
  test::TemporaryDirectory work;
  NotingIssuer issuer;
  base::SystemClock clock;
  VaultDesk desk{environment(), &issuer};
  std::string request;

  Scene() {
    work.make_directory("build");
    work.write("build/one", "one");
    request = ask();
  }
  [[nodiscard]] system::Environment environment() const {
    return system::Environment({{"PVM_HOME", vault.directory().path()}, {"HOME", vault.directory().path()}});
  }
  std::string ask() {
    const std::string path = work.at("build");
    const model::Operation operation{"claude", model::Action::rm, {model::Attribute::recursive}, {{path, model::Extent::tree}}};
    const auto effect = wrappers::operands::effect_of(operation, system::Mounts::cross);
    REQUIRE_MESSAGE(effect.has_value(), effect.error().message);
    auto asked = test::request_for(gate::make_wish(operation, {work.path(), {"rm", "-r", path}}, *effect));
    asked.host = system::host_name();
    const auto filed = vault->file_request(asked, clock.now());
    REQUIRE_MESSAGE(filed.has_value(), filed.error().message);
    return filed->request.id.hex();
  }
  Order order() {
    const auto seen = desk.review(request);
    REQUIRE_MESSAGE(seen.has_value(), seen.error().message);
    Order made;
    made.request = request;
    made.seen = (*seen)["seen"]["sight"].get<std::string>();
    return made;
  }
  base::Code refused(const Order& given) {
    const auto done = desk.approve(given, {"alice@host", false});
    REQUIRE_FALSE(done.has_value());
    CHECK(issuer.issued == 0);
    return done.error().code;
  }
};

}  // namespace

TEST_CASE("what was seen and is there still is handed to who signs") {
  Scene scene;
  REQUIRE(scene.desk.approve(scene.order(), {"alice@host", false}));
  CHECK(scene.issuer.issued == 1);
}

// Whoever writes to the vault can put another wish under an id, and say of it that it does the same.
TEST_CASE("what was put in the place of what was seen is not approved, though its effect be told to be the same") {
  for (const char* change : {"host = 'elsewhere'", "operation = replace(operation, 'agent claude', 'agent clause')",
                             "operation = replace(operation, '/build', '/builx'), host = 'elsewhere'",
                             "operation = replace(operation, 'action rm', 'action trash')", "operation = replace(operation, 'recursive', '-')",
                             "reason = 'something quite harmless'", "invocation = replace(invocation, 'arg rm', 'arg ls')"}) {
    CAPTURE(change);
    Scene scene;
    const Order order = scene.order();
    scene.vault.tamper("UPDATE requests SET " + std::string(change));
    CHECK_FALSE(scene.desk.approve(order, {"alice@host", false}));
    CHECK(scene.issuer.issued == 0);
  }
}

TEST_CASE("what was not seen, or is not there any more, is not approved") {
  Scene scene;
  Order order = scene.order();
  SUBCASE("it was never looked at") {
    order.seen = std::nullopt;
    CHECK(scene.refused(order) == base::Code::conflict);
  }
  SUBCASE("another digest") {
    order.seen = "sha256:" + std::string(64, '0');
    CHECK(scene.refused(order) == base::Code::conflict);
  }
  SUBCASE("a file came to be in it after it was shown") {
    scene.work.write("build/two", "two");
    CHECK(scene.refused(order) == base::Code::conflict);
  }
  SUBCASE("it is gone") {
    std::filesystem::remove_all(scene.work.at("build"));
    CHECK(scene.refused(order) == base::Code::conflict);
  }
  SUBCASE("it was denied meanwhile") {
    REQUIRE(scene.desk.deny(scene.request, "no"));
    CHECK(scene.refused(order) == base::Code::conflict);
  }
  SUBCASE("no such request") {
    order.request = std::string(32, '0');
    CHECK(scene.refused(order) == base::Code::usage);
  }
}

TEST_CASE("without who signs, approving stays with pvmctl approve") {
  Scene scene;
  VaultDesk desk(scene.environment(), nullptr);
  const auto done = desk.approve(scene.order(), {"alice@host", false});
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == base::Code::conflict);
  CHECK(done.error().message == k_no_issuer);
  CHECK((*desk.status())["signer"].is_null());
  CHECK((*scene.desk.status())["signer"] == "serve@host");
}

TEST_CASE("the history is searched, and goes on page by page") {
  Scene scene;
  for (int i = 0; i < 60; ++i) {
    const auto filed = scene.vault->file_request(test::request_for(test::wish_for("/w/n" + std::to_string(i), 3, "a" + std::to_string(i % 2))), scene.clock.now());
    REQUIRE(filed);
    REQUIRE(scene.desk.deny(filed->request.id.hex(), "no"));
  }
  const auto first = scene.desk.history("", 0);
  REQUIRE(first);
  CHECK((*first)["requests"].size() == k_page);
  CHECK((*first)["next"] == k_page);
  const auto rest = scene.desk.history("", k_page);
  CHECK((*rest)["requests"].size() == 10);
  CHECK((*rest)["next"].is_null());
  CHECK((*scene.desk.history("/w/n59", 0))["requests"].size() == 1);
  CHECK((*scene.desk.history(scene.request, 0))["requests"].empty());  // it is pending

  const auto log = scene.desk.audit("", 0);
  REQUIRE(log);
  CHECK((*log)["entries"].size() == k_page);
  CHECK((*log)["entries"][0]["entry_id"] == 122);
  CHECK((*log)["entries"][49]["entry_id"] == 73);
  const auto older = scene.desk.audit("", (*log)["next"].get<std::uint64_t>());
  CHECK((*older)["entries"][0]["entry_id"] == 72);
  const auto found = scene.desk.audit("/w/n0", 0);
  CHECK((*found)["entries"].size() == 2);
}

TEST_CASE("what anybody writes is news, once; another vault in its place is looked at anew") {
  Scene scene;
  system::Places places;
  places.state_directory = scene.vault.directory().path();
  Events events;
  VaultWatch watch(places, events);
  CHECK(watch.look() == VaultWatch::News::other_vault);
  CHECK(events.newest() == 2);
  CHECK(watch.look() == VaultWatch::News::none);
  REQUIRE(scene.desk.deny(scene.request, "no"));
  CHECK(watch.look() == VaultWatch::News::some);
  CHECK(events.after(2).text.find("event: decided\n") != std::string::npos);
  CHECK(watch.look() == VaultWatch::News::none);

  scene.vault.close();
  std::filesystem::rename(scene.vault.file(), scene.vault.directory().at("old.db"));
  CHECK_FALSE(watch.look());
  for (const char* part : {"vault.db-wal", "vault.db-shm"}) std::filesystem::remove(scene.vault.directory().at(part));
  REQUIRE(vault::create_vault(scene.vault.directory().path(), scene.clock.now()));
  CHECK(watch.look() == VaultWatch::News::other_vault);
  CHECK(events.newest() == 1);
  CHECK(events.after(3).text.find("event: reset\n") != std::string::npos);
}
