// SPDX-License-Identifier: Apache-2.0
// The part of safe_file.hpp that says whether a vault can live on a file system.
#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/system/safe_file.hpp"

namespace pvm::system {
namespace {

using base::Code;

// statfs(2) and <linux/magic.h>; those that the headers do not name are from the file systems' own sources.
struct RemoteKind {
  std::uint32_t type;
  std::string_view name;
};
constexpr std::array<RemoteKind, 18> k_remote_kinds = {{
    {0x00006969, "NFS"},
    {0x0000517B, "SMB"},
    {0xFF534D42, "CIFS"},
    {0xFE534D42, "SMB2"},
    {0x65735546, "FUSE"},
    {0x01021997, "9P"},
    {0x00C36400, "Ceph"},
    {0x5346414F, "AFS"},
    {0x6B414653, "AFS"},
    {0x73757245, "Coda"},
    {0x0000564C, "NCP"},
    {0x01161970, "GFS2"},
    {0x7461636F, "OCFS2"},
    {0x0BD00BD0, "Lustre"},
    {0x47504653, "GPFS"},
    {0x19830326, "BeeGFS"},
    {0xBACBACBC, "VMware"},
    {0x786F4256, "VirtualBox"},
}};

}  // namespace

base::Result<void> check_local_file_system(const std::string& path) {
  struct statfs status {};
  if (::statfs(path.c_str(), &status) != 0) return base::fail_errno(base::quoted(path), errno);
  const auto kind = remote_file_system(static_cast<std::uint32_t>(status.f_type));
  if (kind.empty()) return {};
  return base::fail(Code::unsafe,
                    base::quoted(path) + " is on a file system of kind " + std::string(kind) +
                        ", where a vault cannot be locked safely",
                    "keep the vault on a local disk");
}

base::Result<void> check_locks(const std::string& path) {
  std::string name = path + "/.pvm-lock.XXXXXX";
  const base::Descriptor file(::mkostemp(name.data(), O_CLOEXEC));
  if (!file) return base::fail_errno("cannot write in " + base::quoted(path), errno);
  ::unlink(name.c_str());
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(file.get(), F_SETLK, &whole) == 0) return {};
  return base::fail(Code::unsafe,
                    base::quoted(path) + " is on a file system that locks no files (" + std::strerror(errno) +
                        "), and a vault lives by its locks",
                    "keep the vault on a local disk");
}

std::string_view remote_file_system(std::uint32_t type) {
  const auto found = std::find_if(k_remote_kinds.begin(), k_remote_kinds.end(),
                                  [type](const RemoteKind& kind) { return kind.type == type; });
  return found == k_remote_kinds.end() ? std::string_view() : found->name;
}

}  // namespace pvm::system
