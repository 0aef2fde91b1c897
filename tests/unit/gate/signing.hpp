// SPDX-License-Identifier: Apache-2.0
// A vault whose grants are signed by a real key with the real ssh-keygen.
#pragma once

#include <string>

#include "../crypto/ssh_support.hpp"
#include "../vault/vault_fixture.hpp"
#include "libpvm/gate/trust.hpp"

namespace pvm::test {

class SigningVault : public TestVault {
 public:
  SigningVault() { signers_ = read_signers(); }

  [[nodiscard]] const gate::Signers& signers() const { return signers_; }
  [[nodiscard]] std::string sign(const std::string& statement, std::string_view name_space = "pvm-grant-v1") {
    return keygen_.sign("key", statement, name_space);
  }
  /// Signs and keeps `grant`.
  void grant(const model::Grant& grant) {
    const auto text = model::encode(grant);
    REQUIRE(text);
    const auto done = (*this)->store_grant({grant, *text, sign(*text), false}, "", k_noon);
    REQUIRE_MESSAGE(done.has_value(), done.error().message);
  }
  [[nodiscard]] base::Result<vault::Decided> ask(const vault::Wish& wish, base::UnixTime now = k_noon) {
    return gate::decide(**this, signers_, wish, now);
  }
  [[nodiscard]] gate::Refusal refusal(const vault::Wish& wish, base::UnixTime now = k_noon) {
    auto decided = ask(wish, now);
    REQUIRE_MESSAGE(decided.has_value(), decided.error().message);
    REQUIRE(std::holds_alternative<model::Denial>(*decided));
    auto refusal = gate::explain(**this, wish, std::get<model::Denial>(*decided), now);
    REQUIRE_MESSAGE(refusal.has_value(), refusal.error().message);
    return std::move(*refusal);
  }

 private:
  gate::Signers read_signers() {
    const std::string line = "alice@host namespaces=\"pvm-grant-v1\" " + keygen_.make_key("key", "ed25519") + "\n";
    auto signers = crypto::parse_allowed_signers(line);
    REQUIRE(signers);
    return std::move(*signers);
  }

  SshKeygen keygen_;
  gate::Signers signers_;
};

}  // namespace pvm::test
