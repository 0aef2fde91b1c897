// SPDX-License-Identifier: Apache-2.0
// The part of launch.hpp that says which program is started, and with which environment.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "libpvm/base/text.hpp"
#include "libpvm/system/launch.hpp"

namespace pvm::system {
namespace {

using base::Code;

// Never PATH: the shims are first in it, and whoever sets it is whom we gate.
constexpr std::array<const char*, 4> k_directories = {"/usr/bin/", "/bin/", "/usr/local/bin/",
                                                      "/run/current-system/sw/bin/"};
constexpr std::array<std::string_view, 6> k_kept_variables = {"HOME", "LANG", "POSIXLY_CORRECT",
                                                              "TERM", "TZ",   "XDG_DATA_HOME"};

bool is_same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// What keeps `path` from being the real command; empty: nothing.
std::string fault_of(const std::string& path, const struct stat& self) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return "does not exist or cannot be reached";
  if (!S_ISREG(status.st_mode)) return "is not a regular file";
  if (is_same_file(status, self)) return "is this program itself";
  if (::access(path.c_str(), X_OK) != 0) return "cannot be executed";
  return {};
}

base::Result<std::string> check_configured(const std::string& path, const struct stat& self) {
  const std::string fault = path.starts_with('/') ? fault_of(path, self) : "is not an absolute path";
  if (fault.empty()) return path;
  struct stat status {};
  const bool is_missing = path.starts_with('/') && ::stat(path.c_str(), &status) != 0 && errno == ENOENT;
  return base::fail(is_missing ? Code::missing : Code::unsafe,
                    "the configured command " + base::quoted(path) + " " + fault,
                    "the user mends 'real:' in config.yaml");
}

bool is_kept(std::string_view name) {
  return name.starts_with("LC_") ||
         std::find(k_kept_variables.begin(), k_kept_variables.end(), name) != k_kept_variables.end();
}

}  // namespace

base::Result<std::string> find_real_command(const std::string& name,
                                            const std::optional<std::string>& configured) {
  struct stat self {};
  if (::stat("/proc/self/exe", &self) != 0) {
    return base::fail(Code::io,
                      std::string("cannot tell the real command from this program: /proc/self/exe: ") +
                          std::strerror(errno));
  }
  if (configured) return check_configured(*configured, self);
  for (const char* directory : k_directories) {
    std::string path = directory + name;
    if (fault_of(path, self).empty()) return path;
  }
  return base::fail(Code::missing, "the real command " + base::quoted(name) + " is not installed",
                    "install it, or name it under 'real:' in config.yaml");
}

std::vector<std::string> plain_environment(const Environment& environment) {
  std::vector<std::string> kept;
  for (const auto& [name, value] : environment.all()) {
    if (!is_kept(name)) continue;
    kept.push_back(name);
    kept.back().append("=").append(value);
  }
  return kept;
}

}  // namespace pvm::system
