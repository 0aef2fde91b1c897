// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/exec_path.hpp"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "libpvm/base/text.hpp"
#include "libpvm/system/places.hpp"

namespace pvm::wrappers::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr const char* k_name = "/git-core";
constexpr const char* k_way_out = "the user runs: pvmctl shim install";

std::string read_link(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  return size > 0 && static_cast<std::size_t>(size) < target.size() ? std::string(target.data(), static_cast<std::size_t>(size))
                                                                    : std::string();
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// PREFIX/lib/pvm/git-core of the running PREFIX/bin/program.
std::string installed_exec_path() {
  const std::string self = read_link("/proc/self/exe");
  return self.empty() ? std::string() : directory_of(directory_of(self)) + "/lib/pvm" + k_name;
}

// nullopt: there is none.
std::optional<Result<ExecPath>> read(const std::string& directory) {
  ExecPath path{directory, read_link(directory + "/" + k_program_mark), read_link(directory + "/" + k_exec_path_mark)};
  if (!path.program.starts_with('/') || !path.real.starts_with('/')) return std::nullopt;
  const auto stamp = stamp_of(path.program);
  if (stamp && *stamp == read_link(directory + "/" + k_stamp_mark)) return Result<ExecPath>(std::move(path));
  return Result<ExecPath>(fail(Code::usage,
                               base::quoted(path.program) + " is not the git that " + base::quoted(directory) +
                                   " was made for: it was upgraded",
                               k_way_out));
}

}  // namespace

Result<std::string> own_exec_path(const system::Environment& environment) {
  const auto state = system::own_state_directory(environment);
  if (!state) return base::pass_on(state);
  return *state + k_name;
}

Result<ExecPath> find_exec_path(const system::Environment& environment) {
  const auto own = own_exec_path(environment);
  for (const std::string& directory : {own ? *own : std::string(), installed_exec_path()}) {
    if (directory.empty()) continue;
    if (auto found = read(directory)) return std::move(*found);
  }
  return fail(Code::usage, "what git starts could go around the shim: there is no git-core directory of PVM's", k_way_out);
}

Result<std::string> stamp_of(const std::string& program) {
  struct stat about {};
  if (::stat(program.c_str(), &about) != 0) return base::fail_errno(base::quoted(program), errno);
  return std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino) + ":" + std::to_string(about.st_size) + ":" +
         std::to_string(about.st_mtim.tv_sec) + "." + std::to_string(about.st_mtim.tv_nsec);
}

bool is_started_by_git(const ExecPath& path) {
  const std::string parent = read_link("/proc/" + std::to_string(::getppid()) + "/exe");
  return !parent.empty() && (parent == path.program || directory_of(parent) == path.real);
}

}  // namespace pvm::wrappers::git
