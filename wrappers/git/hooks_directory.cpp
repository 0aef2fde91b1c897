// SPDX-License-Identifier: Apache-2.0
// The directory that stands in for the hooks of a repository, for the length of a push.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "libpvm/base/text.hpp"
#include "wrappers/git/hook.hpp"

namespace pvm::wrappers::git {
namespace {

using base::Result;

bool leads_to(const std::string& link, const std::string& program) {
  struct stat a {};
  struct stat b {};
  return ::stat(link.c_str(), &a) == 0 && ::stat(program.c_str(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// Missing directories above it too, as for whatever is kept in the state directory.
Result<void> make_directory(const std::string& path) {
  constexpr mode_t k_own = 0700;
  if (::mkdir(path.c_str(), k_own) == 0 || errno == EEXIST) return {};
  if (errno != ENOENT || path.rfind('/') == 0) return base::fail_errno("cannot make " + base::quoted(path), errno);
  if (auto above = make_directory(path.substr(0, path.rfind('/'))); !above) return above;
  if (::mkdir(path.c_str(), k_own) == 0 || errno == EEXIST) return {};
  return base::fail_errno("cannot make " + base::quoted(path), errno);
}

}  // namespace

Result<std::string> hooks_directory(const std::string& state_directory, const std::string& program) {
  const std::string directory = state_directory + "/git-hooks";
  const std::string link = directory + "/" + k_hook_name;
  if (leads_to(link, program)) return directory;
  if (auto made = make_directory(directory); !made) return base::pass_on(made);
  // Renamed into its place, so that whoever pushes meanwhile finds the one or the other.
  const std::string fresh = link + "." + std::to_string(::getpid());
  ::unlink(fresh.c_str());
  if (::symlink(program.c_str(), fresh.c_str()) != 0 || ::rename(fresh.c_str(), link.c_str()) != 0) {
    return base::fail_errno("cannot make " + base::quoted(link), errno);
  }
  return directory;
}

}  // namespace pvm::wrappers::git
