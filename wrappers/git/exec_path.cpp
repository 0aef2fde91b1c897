// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/exec_path.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/system/places.hpp"

namespace pvm::wrappers::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr const char* k_pushing = "pvm-pushing";
constexpr const char* k_way_out = "the user runs: pvmctl shim install";

std::string read_link(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  return size > 0 && static_cast<std::size_t>(size) < target.size() ? std::string(target.data(), static_cast<std::size_t>(size))
                                                                    : std::string();
}

std::string contents(const std::string& path) {
  std::array<char, 1024> text{};
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t size = file ? ::read(file.get(), text.data(), text.size()) : -1;
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// PREFIX/lib/pvm/git-core of the running PREFIX/bin/program.
std::string installed_exec_path() {
  const std::string self = read_link("/proc/self/exe");
  return self.empty() ? std::string() : directory_of(directory_of(self)) + "/lib/pvm" + k_exec_path_name;
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
  return *state + k_exec_path_name;
}

Result<ExecPath> find_exec_path(const system::Environment& environment) {
  const auto own = own_exec_path(environment);
  // Where git started us it says which it has: a server's CGI has no HOME of its own.
  const std::string given = environment.find_filled("GIT_EXEC_PATH").value_or("");
  for (const std::string& directory : {own ? *own : std::string(), given, installed_exec_path()}) {
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

// By the name of the process, which only itself can change; and whose program it is, the kernel says.
void say_that_a_push_runs() { ::prctl(PR_SET_NAME, k_pushing); }

bool is_part_of_a_push(const ExecPath& path) {
  constexpr int k_most_ancestors = 32;
  const std::string ours = read_link("/proc/self/exe");
  std::string pid = std::to_string(::getppid());
  for (int i = 0; i < k_most_ancestors && pid.size() > 0 && pid != "0" && pid != "1"; ++i) {
    const std::string place = "/proc/" + pid;
    const std::string stat = contents(place + "/stat");  // "PID (NAME) STATE PARENT …"
    const auto begin = stat.find('(');
    const auto end = stat.rfind(')');
    if (begin == std::string::npos || end == std::string::npos || stat.size() < end + 4) return false;
    const bool is_pushing = stat.substr(begin + 1, end - begin - 1) == k_pushing;
    const std::string program = read_link(place + "/exe");
    if (is_pushing && program == ours) return true;
    if (program.empty() || (program != path.program && directory_of(program) != path.real)) return false;
    pid = stat.substr(end + 4, stat.find(' ', end + 4) - end - 4);
  }
  return false;
}

}  // namespace pvm::wrappers::git
