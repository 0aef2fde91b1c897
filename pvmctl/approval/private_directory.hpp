// SPDX-License-Identifier: Apache-2.0
// A directory of mode 0700 in /tmp that goes with its object, with the files in it.
#pragma once

#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"

namespace pvm::pvmctl::approval {

class PrivateDirectory {
 public:
  /// Errors: as errno says for mkdtemp.
  [[nodiscard]] static base::Result<PrivateDirectory> make();

  PrivateDirectory(PrivateDirectory&& other) noexcept;
  PrivateDirectory& operator=(PrivateDirectory&&) = delete;
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  ~PrivateDirectory();

  [[nodiscard]] std::string at(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  explicit PrivateDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;  // empty: moved from
};

}  // namespace pvm::pvmctl::approval
