// SPDX-License-Identifier: Apache-2.0
// A vault in a directory of its own, and things to put into it.
#pragma once

#include <doctest/doctest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../system/temporary_directory.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/gate/decide.hpp"
#include "libpvm/vault/sqlite.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::test {

inline const base::UnixTime k_noon = base::from_unix(1'790'000'000);

inline model::Scope scope(std::string_view pattern) {
  auto parsed = model::Scope::parse(model::ScopeType::path, pattern);
  REQUIRE(parsed);
  return std::move(*parsed);
}

/// rm -r of a directory with one file of `size` bytes.
inline vault::Wish wish_for(const std::string& path, std::uint64_t size = 3, const std::string& agent = "claude") {
  model::Operation operation{agent, model::Action::rm, {model::Attribute::recursive}, {{path, model::Extent::tree}}};
  model::Effect effect;
  effect.operands.push_back({path, {{'d', 1, 10, 0, 0, ""}, {'f', 1, 11, size, 5, "a"}}});
  return gate::make_wish(operation, {"/work", {"rm", "-r", path}}, effect);
}

inline vault::NewRequest request_for(const vault::Wish& wish, const std::string& reason = "clean build") {
  vault::NewRequest request;
  request.wish = wish;
  request.reason = reason;
  request.host = "laptop";
  request.ancestry = "bash < claude (4121)";
  return request;
}

/// Made, opened and taken away with its directory.
class TestVault {
 public:
  TestVault() {
    auto made = vault::create_vault(directory_.path(), k_noon);
    REQUIRE_MESSAGE(made.has_value(), made.error().message);
    vault_ = std::move(*made);
  }

  vault::Vault* operator->() { return vault_.get(); }
  vault::Vault& operator*() { return *vault_; }
  [[nodiscard]] const TemporaryDirectory& directory() const { return directory_; }
  [[nodiscard]] std::string file() const { return directory_.at("vault.db"); }
  void close() { vault_.reset(); }
  void adopt(std::unique_ptr<vault::Vault> opened) { vault_ = std::move(opened); }
  [[nodiscard]] base::Result<std::unique_ptr<vault::Vault>> reopen() {
    close();
    return vault::open_vault(directory_.path(), vault::Sharing::own);
  }
  /// What an attacker with the file does: SQL of any kind, with no check of ours.
  void tamper(const std::string& sql) {
    close();
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(file().c_str(), &raw) == SQLITE_OK);
    char* message = nullptr;
    const int code = sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, &message);
    CAPTURE(sql);
    REQUIRE_MESSAGE(code == SQLITE_OK, std::string(message != nullptr ? message : ""));
    sqlite3_close(raw);
    auto opened = vault::open_vault(directory_.path(), vault::Sharing::own);
    if (opened) vault_ = std::move(*opened);
  }

  /// A grant for `path` and beneath, of the vault's id and epoch; a test changes what it likes.
  [[nodiscard]] model::Grant grant_for(const std::string& path) {
    const auto epoch = vault_->epoch();
    REQUIRE(epoch);
    const auto head = vault_->durable_head();
    REQUIRE(head);
    return {crypto::random_id<base::GrantId>(),
            vault_->id(),
            {"claude", model::Action::rm, {scope(path)}, {model::Attribute::recursive},
             {k_noon, k_noon + base::Seconds(900)}},
            std::nullopt,
            std::nullopt,
            1,
            *epoch,
            *head,
            "alice@host",
            "cli",
            "clean build"};
  }

  /// Keeps `grant` with a signature that is none: the vault's own calls do not look at it.
  void store(const model::Grant& grant) {
    auto text = model::encode(grant);
    REQUIRE(text);
    const auto done = vault_->store_grant({grant, *text, "no signature", false}, "", k_noon);
    REQUIRE_MESSAGE(done.has_value(), done.error().message);
  }

  /// What the gate does after verification.
  [[nodiscard]] base::Result<vault::Decided> decide(const vault::Wish& wish, base::UnixTime now = k_noon) {
    auto candidates = vault_->find_candidates(wish.operation, now);
    REQUIRE(candidates);
    std::vector<model::Candidate> believed;
    for (const vault::StoredGrant& stored : candidates->grants) {
      auto grant = model::decode_grant(stored.statement);
      REQUIRE(grant);
      believed.push_back({std::move(*grant), stored.used, model::Revocation::none});
    }
    const vault::Question question{wish.operation, wish.invocation, wish.effect, wish.summary};
    return vault_->decide(question, candidates->generation, std::move(believed), now);
  }

  [[nodiscard]] std::vector<vault::AuditEntry> entries() {
    std::vector<vault::AuditEntry> all;
    const auto done = vault_->each_entry(1, [&all](const vault::AuditEntry& entry) {
      all.push_back(entry);
      return vault::Vault::Visit::go_on;
    });
    REQUIRE(done);
    return all;
  }

  /// Signatures are the gate's business: here every grant counts as well signed, and every statement whose signature
  /// says "signed".
  [[nodiscard]] static vault::LogWitnesses believing(std::vector<vault::OutsideHead> outside = {}) {
    return {[](const vault::StoredGrant&) { return vault::Witness::trusted; },
            [](const vault::KeptStatement& kept) {
              if (kept.signature == "signed") return vault::Witness::trusted;
              return kept.signature == "by a stranger" ? vault::Witness::untrusted : vault::Witness::forged;
            },
            std::move(outside)};
  }
  [[nodiscard]] vault::LogReport verified(std::vector<vault::OutsideHead> outside = {}) {
    auto report = vault_->verify_log(believing(std::move(outside)), {});
    REQUIRE_MESSAGE(report.has_value(), report.error().message);
    return std::move(*report);
  }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<vault::Vault> vault_;
};

inline bool is_receipt(const base::Result<vault::Decided>& decided) {
  return decided.has_value() && std::holds_alternative<vault::Receipt>(*decided);
}

inline std::string denial_of(const base::Result<vault::Decided>& decided) {
  REQUIRE_MESSAGE(decided.has_value(), decided.error().message);
  REQUIRE(std::holds_alternative<model::Denial>(*decided));
  return std::string(model::to_text(std::get<model::Denial>(*decided).kind));
}

}  // namespace pvm::test
