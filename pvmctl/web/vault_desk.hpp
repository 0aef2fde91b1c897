// SPDX-License-Identifier: Apache-2.0
// The desk over a vault of this machine: pvmctl's own verbs, answered to the page.
#pragma once

#include <memory>
#include <string>

#include "pvmctl/context.hpp"
#include "pvmctl/web/desk.hpp"

namespace pvm::pvmctl::web {

class VaultDesk final : public Desk {
 public:
  /// `issuer` may be null, and outlives the desk. The vault is opened at the first call that needs it.
  VaultDesk(const system::Environment& environment, Issuer* issuer);

  /// Another vault may stand in the place of the one that was opened: opens it anew at the next quick call. Slow ones open
  /// it for themselves, each time.
  void reopen();

  [[nodiscard]] base::Result<Json> pending() override;
  [[nodiscard]] base::Result<Json> history(const std::string& query, std::uint64_t from) override;
  [[nodiscard]] base::Result<Json> grants() override;
  [[nodiscard]] base::Result<Json> audit(const std::string& query, std::uint64_t before) override;
  [[nodiscard]] base::Result<Json> status() override;
  [[nodiscard]] base::Result<Counts> counts() override;
  [[nodiscard]] base::Result<Json> review(const std::string& id) override;
  [[nodiscard]] base::Result<Json> approve(const Order& order, const Person& person) override;
  [[nodiscard]] base::Result<void> deny(const std::string& id, const std::string& note) override;
  [[nodiscard]] base::Result<void> revoke(const std::string& id) override;
  [[nodiscard]] base::Result<void> lock(const std::string& reason) override;
  [[nodiscard]] base::Result<void> panic(const std::string& reason) override;

 private:
  system::Environment environment_;
  Issuer* issuer_;
  std::unique_ptr<Context> context_;  // of the quick calls
  Counts counts_;
  base::UnixTime counted_;
};

}  // namespace pvm::pvmctl::web
