// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/shim/directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "libpvm/base/text.hpp"

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

namespace {

std::vector<std::string> path_components(std::string_view path) {
  std::vector<std::string> components;
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t end = std::min(path.find(':', from), path.size());
    components.emplace_back(path.substr(from, end - from));
    from = end + 1;
  }
  return components;
}

}  // namespace

std::string find_in_path(std::string_view path, std::string_view name) {
  for (const std::string& directory : path_components(path)) {
    std::string candidate = (directory.empty() ? "." : directory) + "/" + std::string(name);
    if (is_program(candidate)) return candidate;
  }
  return {};
}

std::string path_with_first(const std::string& directory, std::string_view path) {
  std::string all = directory;
  for (const std::string& component : path_components(path)) {
    if (component != directory) all += ":" + component;
  }
  return all;
}

base::Result<std::string> program_directory() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return base::fail_errno("cannot tell where pvmctl is installed", error.value());
  return self.parent_path().string();
}

base::Result<std::string> find_wrapper(std::string_view name) {
  const auto programs = program_directory();
  if (!programs) return base::pass_on(programs);
  const std::filesystem::path here = *programs;
  for (const auto& directory : {here, here.parent_path() / "bin"}) {
    std::string path = (directory / name).string();
    if (is_program(path)) return path;
  }
  return base::fail(base::Code::missing, std::string(name) + " is not beside pvmctl in " + base::quoted(here.string()),
              "install the wrappers together with pvmctl");
}

base::Result<std::string> own_shims(Context& context) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  // Where root's trust rules, the vault's directory is shared: shims there would be everybody's to change.
  if ((*site)->places.owner == system::TrustOwner::user) return (*site)->places.state_directory + "/shims";
  const auto own = system::own_state_directory(context.environment());
  if (!own) return base::pass_on(own);
  return *own + "/shims";
}

std::optional<std::string> installed_shims() {
  const auto programs = program_directory();
  if (!programs) return std::nullopt;
  std::string installed = (std::filesystem::path(*programs).parent_path() / "lib/pvm/shims").string();
  if (!has_shims(installed)) return std::nullopt;
  return installed;
}

std::optional<std::string> find_shims(Context& context) {
  if (const auto own = own_shims(context); own && has_shims(*own)) return *own;
  return installed_shims();
}

}  // namespace pvm::pvmctl
