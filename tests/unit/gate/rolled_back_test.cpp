// SPDX-License-Identifier: Apache-2.0
// An old copy of the vault, put back by whoever can write it: what that regains, and what it does not. Each case has
// its line in share/doc/THREAT-MODEL.md, "An old copy put back".
#include <filesystem>

#include "../vault/log_attacker.hpp"
#include "signing.hpp"

using namespace pvm;
using namespace pvm::test;

namespace {

namespace fs = std::filesystem;
constexpr base::Seconds k_life{900};

/// A vault with a copy of its files as they were at some moment.
class CopiedVault : public SigningVault {
 public:
  void copy() {
    close();
    for (const char* file : {"vault.db", "vault.db-wal"}) {
      fs::copy_file(directory().at(file), outside_.at(file), fs::copy_options::overwrite_existing);
    }
    open();
  }
  void put_back() {
    close();
    fs::remove(directory().at("vault.db-shm"));
    for (const char* file : {"vault.db", "vault.db-wal"}) {
      fs::copy_file(outside_.at(file), directory().at(file), fs::copy_options::overwrite_existing);
    }
    open();
  }
  /// What the approver's `heads` file holds after an approval.
  void look() {
    auto edge = (*this)->extend(seen_, {});
    REQUIRE(edge);
    seen_ = *edge;
  }
  [[nodiscard]] bool extends_what_was_seen() {
    const auto edge = (*this)->extend(seen_, {});
    return edge.has_value();
  }
  [[nodiscard]] std::vector<vault::OutsideHead> remembered() const { return {{seen_.head(), "the last approval"}}; }

 private:
  void open() {
    auto opened = reopen();
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    adopt(std::move(*opened));
  }
  TemporaryDirectory outside_;
  crypto::TreeEdge seen_;
};

}  // namespace

TEST_CASE("a copy put back regains a use, a revocation, a floor and a lock, and nothing that was not signed") {
  CopiedVault vault;
  const auto used = vault.grant_for("/w/used");
  const auto revoked = vault.grant_for("/w/revoked");
  vault.grant(used);
  vault.grant(revoked);
  vault.copy();

  SUBCASE("a use: until the grant is over, and once more for each time it is put back") {
    REQUIRE(is_receipt(vault.ask(wish_for("/w/used"))));
    CHECK_FALSE(is_receipt(vault.ask(wish_for("/w/used"))));
    vault.put_back();
    CHECK(is_receipt(vault.ask(wish_for("/w/used"))));
    vault.put_back();
    CHECK_FALSE(is_receipt(vault.ask(wish_for("/w/used"), k_noon + k_life + base::Seconds(1))));
  }
  SUBCASE("a revocation: until the grant is over") {
    REQUIRE(vault->revoke(revoked.id, k_noon));
    CHECK_FALSE(is_receipt(vault.ask(wish_for("/w/revoked"))));
    vault.put_back();
    CHECK(is_receipt(vault.ask(wish_for("/w/revoked"))));
    CHECK_FALSE(is_receipt(vault.ask(wish_for("/w/revoked"), k_noon + k_life + base::Seconds(1))));
  }
  SUBCASE("the revocation floor, and the lock of a panic with it") {
    REQUIRE(vault->panic("now", k_noon));
    CHECK_FALSE(is_receipt(vault.ask(wish_for("/w/used"))));
    vault.put_back();
    CHECK(is_receipt(vault.ask(wish_for("/w/used"))));
  }
  SUBCASE("nothing for another path, another agent or a longer time") {
    vault.put_back();
    CHECK_FALSE(is_receipt(vault.ask(wish_for("/w/other"))));
    CHECK_FALSE(is_receipt(vault.ask(wish_for("/w/used", 3, "codex"))));
    CHECK_FALSE(is_receipt(vault.ask(wish_for("/w/used"), k_noon + k_life + base::Seconds(1))));
  }
}

TEST_CASE("a bound grant that is unused again still fits only what was shown") {
  CopiedVault vault;
  const auto wish = wish_for("/w/bound", 3);
  auto bound = vault.grant_for("/w/bound");
  bound.effect = wish.effect;
  vault.grant(bound);
  vault.copy();
  REQUIRE(is_receipt(vault.ask(wish)));
  vault.put_back();
  CHECK_FALSE(is_receipt(vault.ask(wish_for("/w/bound", 4))));  // the tree is another by now
  CHECK(is_receipt(vault.ask(wish)));                           // and where it is the same, it may go once more
}

TEST_CASE("a denied request waits again, and still needs a person") {
  CopiedVault vault;
  auto filed = vault->file_request(request_for(wish_for("/w/a")), k_noon);
  REQUIRE(filed);
  vault.copy();
  REQUIRE(vault->deny(filed->request.id, "no", k_noon));
  vault.put_back();
  CHECK(vault->request(filed->request.id, k_noon).value().state == vault::RequestState::pending);
  CHECK_FALSE(is_receipt(vault.ask(wish_for("/w/a"))));
}

TEST_CASE("what was approved after the copy was made is lost, and can be put back only as it was signed") {
  CopiedVault vault;
  vault.copy();
  const auto grant = vault.grant_for("/w/a");
  const auto text = model::encode(grant);
  REQUIRE(text);
  const std::string signature = vault.sign(*text);
  REQUIRE(vault->store_grant({grant, *text, signature, false}, "", k_noon));
  vault.put_back();
  CHECK_FALSE(is_receipt(vault.ask(wish_for("/w/a"))));
  REQUIRE(vault->store_grant({grant, *text, signature, false}, "", k_noon));
  CHECK(is_receipt(vault.ask(wish_for("/w/a"))));
}

TEST_CASE("the approver who remembers a head finds out, at the next approval and by verifying") {
  CopiedVault vault;
  vault.grant(vault.grant_for("/w/a"));
  vault.copy();
  REQUIRE(is_receipt(vault.ask(wish_for("/w/a"))));
  vault.look();
  CHECK(vault.extends_what_was_seen());
  vault.put_back();
  CHECK_FALSE(vault.extends_what_was_seen());
  CHECK(has_fault(vault.verified(vault.remembered()), "truncated"));
  // Growing it to the old size again does not help.
  for (int i = 0; i < 5; ++i) CHECK(vault.ask(wish_for("/w/" + std::to_string(i))).has_value());
  CHECK_FALSE(vault.extends_what_was_seen());
  CHECK(has_fault(vault.verified(vault.remembered()), "are not those that were there at the last approval"));
}

TEST_CASE("a copy made and put back between two looks of the approver is not found") {
  CopiedVault vault;
  vault.grant(vault.grant_for("/w/a"));
  vault.look();
  vault.copy();
  REQUIRE(is_receipt(vault.ask(wish_for("/w/a"))));
  vault.put_back();
  CHECK(vault.extends_what_was_seen());
  CHECK(vault.verified(vault.remembered()).faults.empty());
}
