// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/private_directory.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace pvm::pvmctl::approval {

base::Result<PrivateDirectory> PrivateDirectory::make() {
  std::string path = "/tmp/pvm-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return base::fail_errno("cannot make a directory in /tmp", errno);
  return PrivateDirectory(std::move(path));
}

PrivateDirectory::PrivateDirectory(PrivateDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

PrivateDirectory::~PrivateDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace pvm::pvmctl::approval
