// SPDX-License-Identifier: Apache-2.0
// Grants that `pvmctl serve` signs: within the limits of libpvm/model/limited_grant.hpp, which every wrapper holds it to.
#pragma once

#include <memory>
#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/system/environment.hpp"
#include "pvmctl/serve/service_key.hpp"
#include "pvmctl/web/desk.hpp"

namespace pvm::pvmctl::serve {

class KeyIssuer final : public web::Issuer {
 public:
  /// Errors: untrusted, where no line of allowed_signers trusts `key` with limited grants, or it bears no plain name there; as
  /// the reading of the trust says.
  [[nodiscard]] static base::Result<std::unique_ptr<KeyIssuer>> make(const system::Environment& environment, ServiceKey key, bool is_same_user);

  [[nodiscard]] std::string name() const override { return principal_; }
  [[nodiscard]] std::string weakness() const override;
  /// Errors: conflict (not pending any more; gone); untrusted, for what such a key may not say yes to; as draft_grant, and
  /// the vault's.
  [[nodiscard]] base::Result<Json> issue(const approval::Review& review, const web::Order& order,
                                         const web::Person& person) override;

 private:
  KeyIssuer(const system::Environment& environment, ServiceKey key, std::string principal, bool is_same_user)
      : environment_(environment), key_(std::move(key)), principal_(std::move(principal)), is_same_user_(is_same_user) {}

  system::Environment environment_;
  ServiceKey key_;
  std::string principal_;
  bool is_same_user_;
};

}  // namespace pvm::pvmctl::serve
