// SPDX-License-Identifier: Apache-2.0
// Which vault an approver found at which ssh destination.
//
// The file `hosts` in the approver's own state directory, mode 0600:
//
//   pvm-hosts/1 LF
//   DESTINATION SP VAULT LF      by destination, percent-encoded; VAULT in hexadecimal
#pragma once

#include <optional>
#include <string>

#include "libpvm/base/id.hpp"
#include "libpvm/base/result.hpp"

namespace pvm::pvmctl::remote {

class SeenHosts {
 public:
  explicit SeenHosts(std::string directory) : directory_(std::move(directory)) {}
  [[nodiscard]] std::string path() const { return directory_ + "/hosts"; }

  /// nullopt: nothing was found there yet. Errors: unsafe; malformed, naming the file; io.
  [[nodiscard]] base::Result<std::optional<base::VaultId>> find(const std::string& destination) const;
  /// Another destination at which that vault was found. Errors: as find.
  [[nodiscard]] base::Result<std::optional<std::string>> other_with(const base::VaultId& vault,
                                                                    const std::string& destination) const;
  /// Errors: as find; full.
  [[nodiscard]] base::Result<void> remember(const std::string& destination, const base::VaultId& vault) const;

 private:
  std::string directory_;
};

}  // namespace pvm::pvmctl::remote
