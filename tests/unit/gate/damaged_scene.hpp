// SPDX-License-Identifier: Apache-2.0
// A vault with every kind of grant in it, as the files that damage.hpp starts from. Floor: tests.
#pragma once

#include <map>

#include "damage.hpp"
#include "signing.hpp"

namespace pvm::test {

/// When the damaged vaults are asked: some of what was granted at noon is over by then.
inline const base::UnixTime k_later = k_noon + base::Seconds(600);

/// Under /w lie, each with a grant of its own: good; once (one use); used (it is used up); others (codex's);
/// expired; revoked; forged (by a stranger's key); foreign (another vault's); old (of an earlier epoch);
/// bound (to another effect); flat (not recursive).
class DamagedScene {
 public:
  DamagedScene() {
    make_foreign();
    make_old();
    images_.earlier = image_of(vault_);
    make_present();
    vault_.tamper("PRAGMA wal_checkpoint(TRUNCATE)");
    images_.whole = image_of(vault_);
    REQUIRE(images_.whole.wal.empty());
    find_grant_pages();
    grant(standing("/w/late"));
    REQUIRE(vault_->revoke(revoked_.value(), k_noon));
    write_some(vault_, "/w/some");
    images_.with_wal = image_of(vault_);
    vault_.close();
  }

  [[nodiscard]] const VaultImages& images() const { return images_; }
  [[nodiscard]] const gate::Signers& signers() const { return vault_.signers(); }
  /// The grants that the trusted key has signed.
  [[nodiscard]] const std::map<base::GrantId, model::Grant>& truly_signed() const { return signed_; }

 private:
  model::Grant standing(const std::string& path) {
    auto grant = vault_.grant_for(path);
    grant.uses.reset();
    return grant;
  }
  void grant(const model::Grant& grant) {
    vault_.grant(grant);
    signed_.emplace(grant.id, grant);
  }

  // Nobody else holds the vault, so reading beside SQLite takes no lock away that counts.
  static VaultImage image_of(TestVault& vault) {
    return {contents_of(vault.file()), contents_of(vault.file() + "-wal")};
  }
  static void write_some(TestVault& vault, const std::string& path) {
    for (int i = 0; i < 8; ++i) REQUIRE(vault.decide(wish_for(path + std::to_string(i))));
    REQUIRE(contents_of(vault.file() + "-wal").size() > 8 * 1024);
  }
  void ask_often(const std::string& path) {
    for (int i = 0; i < 60; ++i) REQUIRE(vault_.ask(wish_for(path + std::to_string(i))));
  }

  void make_foreign() {
    foreign_grant_ = foreign_.grant_for("/w/foreign");
    foreign_grant_->uses.reset();
    images_.foreign_id = foreign_->id().hex();
    foreign_.tamper("PRAGMA wal_checkpoint(TRUNCATE)");
    write_some(foreign_, "/w/elsewhere");
    images_.foreign = image_of(foreign_);
  }

  // Of the first epoch: what revoke --all ended.
  void make_old() {
    grant(standing("/w/old"));
    ask_often("/w/early");
    vault_.tamper("PRAGMA wal_checkpoint(TRUNCATE)");
    write_some(vault_, "/w/then");
  }

  void make_present() {
    REQUIRE(vault_->revoke_all(k_noon));
    grant(standing("/w/good"));
    auto expired = standing("/w/expired");
    expired.terms.window.not_after = k_later - base::Seconds(1);
    grant(expired);
    auto others = standing("/w/others");
    others.terms.agent = "codex";
    grant(others);
    auto bound = standing("/w/bound");
    bound.effect = wish_for("/w/bound", 99).effect;
    grant(bound);
    auto flat = standing("/w/flat");
    flat.terms.may = {};
    grant(flat);
    grant(once("/w/once"));
    grant(once("/w/used"));
    REQUIRE(is_receipt(vault_.ask(wish_for("/w/used"))));
    const auto revoked = standing("/w/revoked");
    grant(revoked);
    REQUIRE(vault_->revoke(revoked.id, k_noon));
    const auto revoked_later = standing("/w/good");
    grant(revoked_later);
    revoked_ = revoked_later.id;
    store_forged();
    store_foreign();
    file_requests();
    ask_often("/w/more");
  }

  model::Grant once(const std::string& path) { return vault_.grant_for(path); }

  void store_forged() {
    SshKeygen stranger;
    static_cast<void>(stranger.make_key("other", "ed25519"));
    const auto forged = standing("/w/forged");
    const auto text = model::encode(forged);
    REQUIRE(text);
    REQUIRE(vault_->store_grant({forged, *text, stranger.sign("other", *text, "pvm-grant-v1"), false}, "",
                                k_noon));
  }

  // Signed by the trusted key, for another vault: put into the table by hand, as the vault would not take it.
  void store_foreign() {
    const auto decoy = standing("/w/foreign");
    vault_.store(decoy);
    foreign_grant_->epoch = decoy.epoch;
    const auto text = model::encode(*foreign_grant_);
    REQUIRE(text);
    const std::string id = foreign_grant_->id.hex();
    const std::string row = decoy.id.hex();
    auto database = vault::Database::open(vault_.file(), vault::OpenMode::existing);
    REQUIRE(database);
    REQUIRE(database->execute("PRAGMA foreign_keys = OFF"));
    const std::string signature = vault_.sign(*text);
    REQUIRE(
        database
            ->prepare("UPDATE grants SET grant_id = ?1, statement = ?2, signature = ?3 WHERE grant_id = ?4")
            .bind(id, vault::Blob{*text}, vault::Blob{signature}, row)
            .run());
    REQUIRE(
        database->prepare("UPDATE grant_anchors SET grant_id = ?1 WHERE grant_id = ?2").bind(id, row).run());
    signed_.emplace(foreign_grant_->id, *foreign_grant_);
  }

  void file_requests() {
    for (int i = 0; i < 8; ++i) {
      const auto filed = vault_->file_request(request_for(wish_for("/w/asked" + std::to_string(i))), k_noon);
      REQUIRE(filed);
      if (i % 3 == 0) REQUIRE(vault_->deny(filed->request.id, "not that one", k_noon));
      if (i % 3 == 1) REQUIRE(vault_->cancel(filed->request.id, k_noon));
    }
    for (const char* path : {"/w/nothing", "/w/flat", "/w/forged"}) {
      REQUIRE(vault_->file_request(request_for(wish_for(path)), k_noon));
    }
  }

  void find_grant_pages() {
    const auto database = vault::Database::open(vault_.file(), vault::OpenMode::existing);
    REQUIRE(database);
    auto row = database->prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'grants'");
    REQUIRE(row.step());
    images_.grant_pages = pages_of_table(images_.whole.database, static_cast<std::size_t>(row.integer(0)));
    REQUIRE(images_.grant_pages.size() > 2);
  }

  SigningVault vault_;
  TestVault foreign_;
  VaultImages images_;
  std::map<base::GrantId, model::Grant> signed_;
  std::optional<model::Grant> foreign_grant_;
  std::optional<base::GrantId> revoked_;
};

}  // namespace pvm::test
