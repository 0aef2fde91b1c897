// SPDX-License-Identifier: Apache-2.0
// What every verb works with: environment, places, clock, vault, trusted signers. Opened when first needed.
#pragma once

#include <memory>
#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/gate/gate.hpp"
#include "libpvm/gate/trust.hpp"
#include "libpvm/system/environment.hpp"
#include "libpvm/system/places.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::pvmctl {

class Context {
 public:
  explicit Context(system::Environment environment) : environment_(std::move(environment)) {}

  [[nodiscard]] const system::Environment& environment() const { return environment_; }
  [[nodiscard]] base::UnixTime now() const { return clock_.now(); }
  [[nodiscard]] const base::Clock& clock() const { return clock_; }

  /// Each is read once and kept; the pointers live as long as the context and are never null on success.
  [[nodiscard]] base::Result<const system::Site*> site();
  [[nodiscard]] base::Result<vault::Vault*> vault();
  [[nodiscard]] base::Result<const gate::Signers*> signers();
  /// PVM_AGENT, AGENT_ID or "default".
  [[nodiscard]] base::Result<std::string> agent() const { return system::agent_name(environment_); }

 private:
  system::Environment environment_;
  base::SystemClock clock_;
  std::unique_ptr<system::Site> site_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<gate::Signers> signers_;
};

}  // namespace pvm::pvmctl
