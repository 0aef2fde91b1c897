// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/landlock.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace pvm::system {
namespace {

constexpr std::uint64_t k_removals = LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR;
constexpr std::uint64_t k_moves = LANDLOCK_ACCESS_FS_REFER;
constexpr long k_abi_with_moves = 2;

base::Failure landlock_failure(const char* what, int error) {
  return base::fail(base::Code::io, std::string(what) + ": " + std::strerror(error));
}

base::Result<void> allow_beneath(const base::Descriptor& ruleset, int directory, std::uint64_t rights) {
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = directory;
  if (::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    return landlock_failure("cannot confine removals to a directory (Landlock)", errno);
  }
  return {};
}

}  // namespace

Confinement available_confinement(Moves moves) {
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi >= (moves == Moves::allowed ? k_abi_with_moves : 1) ? Confinement::landlock : Confinement::none;
}

base::Result<base::Descriptor> removal_ruleset(const std::vector<int>& roots, Moves moves) {
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = k_removals | (moves == Moves::allowed ? k_moves : 0);
  base::Descriptor ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
  if (!ruleset) return landlock_failure("the kernel cannot confine removals (Landlock)", errno);
  for (const int root : roots) {
    if (auto allowed = allow_beneath(ruleset, root, k_removals); !allowed) return base::pass_on(allowed);
  }
  if (moves == Moves::refused) return ruleset;
  // Where something comes from is bounded by the right to remove it there; where it goes is not.
  const base::Descriptor top(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!top) return landlock_failure("cannot open '/'", errno);
  if (auto allowed = allow_beneath(ruleset, top.get(), k_moves); !allowed) return base::pass_on(allowed);
  return ruleset;
}

int confine_to(int ruleset) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  if (::syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) return errno;
  return 0;
}

}  // namespace pvm::system
