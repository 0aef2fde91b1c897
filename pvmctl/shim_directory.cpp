// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/shim_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace pvm::pvmctl {

bool is_program(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

bool has_shims(const std::string& directory) {
  return std::all_of(k_shims.begin(), k_shims.end(), [&directory](const Shim& shim) {
    return is_program(directory + "/" + std::string(shim.name));
  });
}

base::Result<std::string> program_directory() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return base::fail_errno("cannot tell where pvmctl is installed", error.value());
  return self.parent_path().string();
}

std::optional<std::string> find_shims(Context& context) {
  if (const auto site = context.site()) {
    std::string own = (*site)->places.state_directory + "/shims";
    if (has_shims(own)) return own;
  }
  if (const auto programs = program_directory()) {
    std::string installed = (std::filesystem::path(*programs).parent_path() / "lib/pvm/shims").string();
    if (has_shims(installed)) return installed;
  }
  return std::nullopt;
}

}  // namespace pvm::pvmctl
