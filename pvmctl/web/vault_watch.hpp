// SPDX-License-Identifier: Apache-2.0
// Where events come from: the entries of the vault's log, as they are written. Has a connection of its own, so that it
// sees what the desk writes, too.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>

#include "libpvm/base/result.hpp"
#include "libpvm/system/places.hpp"
#include "libpvm/vault/vault.hpp"
#include "pvmctl/web/events.hpp"

namespace pvm::pvmctl::web {

class VaultWatch {
 public:
  /// `places` and `events` outlive it.
  VaultWatch(const system::Places& places, Events& events) : places_(places), events_(events) {}

  enum class News { none, some, other_vault };
  /// Looks whether anybody has written, and takes in what was. other_vault: at the first call, and where another file is
  /// in the vault's place; then the events start over. Cheap where nothing was written. Errors: as opening and reading
  /// the vault; the next call tries again.
  [[nodiscard]] base::Result<News> look();
  /// As Vault::watch. Errors also: missing, before look has opened a vault.
  [[nodiscard]] base::Result<base::Descriptor> changes() const;
  /// REQUIRES: look has just succeeded.
  [[nodiscard]] vault::Vault& vault() { return *vault_; }

 private:
  [[nodiscard]] base::Result<News> open(dev_t device, ino_t inode);
  [[nodiscard]] base::Result<void> take_from(std::uint64_t entry);

  const system::Places& places_;
  Events& events_;
  std::unique_ptr<vault::Vault> vault_;
  std::uint64_t version_ = 0;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace pvm::pvmctl::web
