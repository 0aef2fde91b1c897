// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/landlock.hpp"

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace pvm::system {
namespace {

constexpr std::uint64_t k_removals = LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR;

base::Failure landlock_failure(const char* what, int error) {
  return base::fail(base::Code::io, std::string(what) + ": " + std::strerror(error));
}

}  // namespace

Confinement available_confinement() {
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi >= 1 ? Confinement::landlock : Confinement::none;
}

base::Result<base::Descriptor> removal_ruleset(const std::vector<int>& roots) {
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = k_removals;
  base::Descriptor ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
  if (!ruleset) return landlock_failure("the kernel cannot confine removals (Landlock)", errno);
  for (const int root : roots) {
    landlock_path_beneath_attr rule{};
    rule.allowed_access = k_removals;
    rule.parent_fd = root;
    if (::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
      return landlock_failure("cannot confine removals to a directory (Landlock)", errno);
    }
  }
  return ruleset;
}

int confine_to(int ruleset) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  if (::syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) return errno;
  return 0;
}

}  // namespace pvm::system
