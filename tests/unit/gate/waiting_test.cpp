// SPDX-License-Identifier: Apache-2.0
#include "libpvm/gate/waiting.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "../vault/vault_fixture.hpp"

using namespace pvm;
using namespace pvm::test;

namespace {

class FixedClock final : public base::Clock {
 public:
  [[nodiscard]] base::UnixTime now() const override { return k_noon; }
};

/// Does `work` on the vault in another process after a moment, as a human at another terminal would.
class Elsewhere {
 public:
  Elsewhere(const std::string& directory, const std::function<bool(vault::Vault&)>& work) : child_(::fork()) {
    REQUIRE(child_ >= 0);
    if (child_ != 0) return;
    ::usleep(150'000);
    auto vault = vault::open_vault(directory, vault::Sharing::own);
    ::_exit(vault && work(**vault) ? 0 : 1);
  }
  Elsewhere(const Elsewhere&) = delete;
  Elsewhere& operator=(const Elsewhere&) = delete;
  ~Elsewhere() {
    int status = 1;
    ::waitpid(child_, &status, 0);
    CHECK(status == 0);
  }

 private:
  pid_t child_;
};

base::RequestId file(TestVault& vault) {
  auto filed = vault->file_request(request_for(wish_for("/w/a")), k_noon);
  REQUIRE(filed);
  return filed->request.id;
}

base::Result<std::optional<gate::Asking>> asking(const char* wait, const char* reason) {
  std::map<std::string, std::string, std::less<>> values;
  if (wait != nullptr) values["PVM_WAIT"] = wait;
  if (reason != nullptr) values["PVM_REASON"] = reason;
  return gate::read_asking(system::Environment(values));
}

}  // namespace

TEST_CASE("a waiter is told when a person denies, with the note") {
  TestVault vault;
  const auto id = file(vault);
  std::string told;
  gate::DecisionCallbacks callbacks;
  callbacks.approved = [&told](const vault::Request&) { told = "approved"; };
  callbacks.denied = [&told](const vault::Request& request) { told = "denied: " + request.note; };
  const Elsewhere human(vault.directory().path(),
                        [id](vault::Vault& theirs) { return theirs.deny(id, "no", k_noon).has_value(); });
  const auto request = gate::wait_for_decision(*vault, id, base::Seconds(30), FixedClock(), callbacks);
  REQUIRE(request);
  CHECK(request->state == vault::RequestState::denied);
  CHECK(told == "denied: no");
}

TEST_CASE("a waiter is told when a person approves") {
  TestVault vault;
  const auto id = file(vault);
  auto grant = vault.grant_for("/w/a");
  grant.request = id;
  const auto text = model::encode(grant);
  REQUIRE(text);
  bool approved = false;
  gate::DecisionCallbacks callbacks;
  callbacks.approved = [&approved](const vault::Request&) { approved = true; };
  // The log grows between the draft and its storing: the head is still a prefix.
  const Elsewhere human(vault.directory().path(), [&](vault::Vault& theirs) {
    return theirs.store_grant({grant, *text, "s", false}, "", k_noon).has_value();
  });
  const auto request = gate::wait_for_decision(*vault, id, base::Seconds(30), FixedClock(), callbacks);
  REQUIRE(request);
  CHECK(request->state == vault::RequestState::approved);
  CHECK(approved);
}

TEST_CASE("a waiter is told once that a person was told, and goes on waiting") {
  TestVault vault;
  const auto id = file(vault);
  int told = 0;
  gate::DecisionCallbacks callbacks;
  callbacks.told = [&told](const vault::Request& request) { told += request.told.empty() ? 100 : 1; };
  const Elsewhere service(vault.directory().path(), [id](vault::Vault& theirs) {
    const auto note = [&](const char* channel, vault::DeliveryResult result) {
      return theirs.note_delivery(id, {channel, 1, result, "", k_noon}).has_value();
    };
    using vault::DeliveryResult;
    return note("a", DeliveryResult::failed) && note("b", DeliveryResult::sent) && note("c", DeliveryResult::sent);
  });
  const auto request = gate::wait_for_decision(*vault, id, base::Seconds(2), FixedClock(), callbacks);
  REQUIRE(request);
  CHECK(request->state == vault::RequestState::pending);
  CHECK(request->told.size() == 3);
  CHECK(told == 1);
}

TEST_CASE("when the time is over the request stays pending and no callback is called") {
  TestVault vault;
  const auto id = file(vault);
  bool called = false;
  gate::DecisionCallbacks callbacks;
  callbacks.approved = callbacks.denied = [&called](const vault::Request&) { called = true; };
  const auto request = gate::wait_for_decision(*vault, id, base::Seconds(0), FixedClock(), callbacks);
  REQUIRE(request);
  CHECK(request->state == vault::RequestState::pending);
  CHECK_FALSE(called);
}

TEST_CASE("waiting for a request that is not there is an error") {
  TestVault vault;
  const auto nothing = crypto::random_id<base::RequestId>();
  CHECK(gate::wait_for_decision(*vault, nothing, base::Seconds(1), FixedClock()).error().code == base::Code::missing);
}

TEST_CASE("PVM_WAIT is seconds or a duration, PVM_REASON says something") {
  CHECK_FALSE(asking(nullptr, "clean")->has_value());
  CHECK_FALSE(asking("", "clean")->has_value());
  CHECK(asking("90", "clean")->value().wait == base::Seconds(90));
  CHECK(asking("2m", nullptr)->value().wait == base::Seconds(120));
  CHECK(asking("0", nullptr)->value().wait == base::Seconds(0));
  for (const char* bad : {"-1", "x", "1.5", "25h", " 5", "5 ", "0x10", "999999999999999999999"}) {
    CAPTURE(bad);
    CHECK(asking(bad, "clean").error().code == base::Code::usage);
  }
}

TEST_CASE("a reason that says nothing is refused") {
  for (const char* bad : {"", " ", "<why>", "<reason for this>", "...", "???", "why", "Why", "todo", "TBD.", "n/a", "-"}) {
    CAPTURE(bad);
    CHECK(gate::check_reason(bad).error().code == base::Code::usage);
  }
  CHECK(gate::check_reason(std::string(1001, 'x')).error().code == base::Code::usage);
  CHECK(gate::check_reason(std::string(1'000'000, 'x')).error().message.size() < 200);
  for (const char* good : {"clean build", "ü", "why not: the build is stale", "none of these are used"}) {
    CAPTURE(good);
    CHECK(gate::check_reason(good).has_value());
  }
}
