// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/safe_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"

namespace pvm::system {
namespace {

using base::Code;

// ---- who may own a thing, and what its mode must not allow --------------------------------------

/// The numbers in a file of the kernel's; empty where it cannot be read.
std::vector<std::uint64_t> kernel_numbers(const char* path) {
  const base::Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text{};
  const ssize_t size = file ? ::read(file.get(), text.data(), text.size() - 1) : 0;
  std::vector<std::uint64_t> numbers;
  const char* at = text.data();
  for (const char* const end = at + std::max<ssize_t>(size, 0); at < end;) {
    char* after = nullptr;
    const std::uint64_t number = std::strtoull(at, &after, 10);
    if (after == at) break;
    numbers.push_back(number);
    at = after;
  }
  return numbers;
}

/// Whether some number of this user namespace stands for the user `id`. "INSIDE OUTSIDE COUNT" a line, user_namespaces(7);
/// where it cannot be read, every number may.
bool is_mapped(uid_t id) {
  const auto map = kernel_numbers("/proc/self/uid_map");
  for (std::size_t i = 0; i + 2 < map.size(); i += 3) {
    if (id >= map[i] && id - map[i] < map[i + 2]) return true;
  }
  return map.empty();
}

/// In a sandbox that maps only its own user (as bubblewrap does), root's files seem to belong to the overflow user, which
/// stands for everybody who is not mapped.
bool may_be_unmapped_root(uid_t owner) {
  const auto overflow = kernel_numbers("/proc/sys/kernel/overflowuid");
  return overflow.size() == 1 && owner == overflow.front() && !is_mapped(0) && !is_mapped(owner);
}

bool may_own(uid_t owner, Guard guard) {
  switch (guard) {
    case Guard::own_private:
      return owner == ::geteuid();
    case Guard::root_only:
      return owner == 0;
    case Guard::own_or_root:
      return owner == 0 || owner == ::geteuid() || may_be_unmapped_root(owner);
    case Guard::group_shared:
      return owner == 0;
    case Guard::group_made:
      return true;
  }
  return false;
}

struct ModeRule {
  mode_t forbidden;
  const char* complaint;
  const char* mend;  // for chmod
};

ModeRule mode_rule(Guard guard) {
  switch (guard) {
    case Guard::own_private:
      return {S_IRWXG | S_IRWXO, "is open to its group or to others", "go-rwx"};
    case Guard::group_shared:
    case Guard::group_made:
      return {S_IRWXO, "is open to others", "o-rwx"};
    case Guard::own_or_root:
    case Guard::root_only:
      break;
  }
  return {S_IWGRP | S_IWOTH, "can be written by its group or by others", "go-w"};
}

std::string octal(mode_t mode) {
  std::string text;
  for (int shift = 9; shift >= 0; shift -= 3) text += static_cast<char>('0' + ((mode >> shift) & 7U));
  return text;
}

base::Failure wrong_owner(const std::string& path, uid_t owner, Guard guard) {
  const bool is_for_root = guard == Guard::root_only || guard == Guard::group_shared;
  const std::string wanted = is_for_root ? "0" : std::to_string(::geteuid());
  const std::string whom = is_for_root                   ? "root"
                           : guard == Guard::own_private ? "you (user " + wanted + ")"
                                                         : "root or you (user " + wanted + ")";
  return base::fail(
      Code::unsafe,
      base::quoted(path) + " belongs to user " + std::to_string(owner) + ", and must belong to " + whom,
      "as root: " + base::shell_command({"chown", wanted, "--", path}));
}

base::Failure wrong_mode(const std::string& path, mode_t mode, const char* complaint, const char* mend) {
  return base::fail(Code::unsafe, base::quoted(path) + " " + complaint + " (mode " + octal(mode) + ")",
                    base::shell_command({"chmod", mend, "--", path}));
}

base::Result<struct stat> look_at(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return base::fail_errno(base::quoted(path), errno);
  return status;
}

std::string parent_directory(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Where members make files for each other: each gets the directory's group, and who is no member makes none.
base::Result<void> check_shared_directory(const std::string& path, const struct stat& status) {
  const mode_t mode = status.st_mode;
  if ((mode & S_ISGID) == 0) return wrong_mode(path, mode, "does not give its group to what is made in it", "g+s");
  // In a sticky directory the kernel keeps members from opening each other's files (fs.protected_regular).
  if ((mode & S_ISVTX) != 0) return wrong_mode(path, mode, "is sticky, and members could not open each other's files", "-t");
  if ((mode & S_IRWXG) != S_IRWXG) return wrong_mode(path, mode, "is closed to its group", "g+rwx");
  if (::access(path.c_str(), R_OK | W_OK | X_OK) == 0) return {};
  return base::fail(Code::unsafe,
                    base::quoted(path) + " is shared by group " + std::to_string(status.st_gid) + ", and you (user " +
                        std::to_string(::geteuid()) + ") are not of it",
                    "it is for root to take you in: gpasswd --add USER GROUP; a new login has it then");
}

base::Result<void> check_shared_file(const std::string& path, const struct stat& status) {
  const auto directory = look_at(parent_directory(path));
  if (!directory) return base::pass_on(directory);
  if (status.st_gid != directory->st_gid) {
    const std::string wanted = std::to_string(directory->st_gid);
    return base::fail(Code::unsafe,
                      base::quoted(path) + " belongs to group " + std::to_string(status.st_gid) +
                          ", and must belong to its directory's, " + wanted,
                      "as root: " + base::shell_command({"chgrp", wanted, "--", path}));
  }
  constexpr mode_t needed = S_IRGRP | S_IWGRP;
  if ((status.st_mode & needed) == needed) return {};
  return wrong_mode(path, status.st_mode, "is closed to its group", "g+rw");
}

base::Result<void> check_guard(const std::string& path, const struct stat& status, Guard guard) {
  if (!may_own(status.st_uid, guard)) return wrong_owner(path, status.st_uid, guard);
  const ModeRule rule = mode_rule(guard);
  if ((status.st_mode & rule.forbidden) != 0) {
    return wrong_mode(path, status.st_mode, rule.complaint, rule.mend);
  }
  if (guard != Guard::group_shared && guard != Guard::group_made) return {};
  return S_ISDIR(status.st_mode) ? check_shared_directory(path, status) : check_shared_file(path, status);
}

// A parent whose entries others can swap makes every check beneath it worthless.
base::Result<void> check_parent(const std::string& path, const struct stat& status, Guard guard) {
  const bool is_for_all = guard == Guard::root_only || guard == Guard::group_shared;  // so it must hold for each of us
  const Guard parent_guard = is_for_all ? Guard::root_only : Guard::own_or_root;
  if (!may_own(status.st_uid, parent_guard)) return wrong_owner(path, status.st_uid, parent_guard);
  const ModeRule rule = mode_rule(parent_guard);
  if ((status.st_mode & rule.forbidden) != 0 && (status.st_mode & S_ISVTX) == 0) {
    return wrong_mode(path, status.st_mode, rule.complaint, rule.mend);
  }
  return {};
}

base::Result<void> check_kind(const std::string& path, const struct stat& status) {
  if (S_ISREG(status.st_mode)) return {};
  const char* kind = S_ISLNK(status.st_mode)   ? "is a symbolic link"
                     : S_ISDIR(status.st_mode) ? "is a directory"
                                               : "is not a regular file";
  return base::fail(Code::unsafe, base::quoted(path) + " " + kind, "put a regular file in its place");
}

base::Result<std::string> resolve(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  if (!real) return base::fail_errno(base::quoted(path), errno);
  return std::string(real.get());
}

// ---- reading and writing ------------------------------------------------------------------------

base::Result<std::string> read_at_most(int file, const std::string& path, std::size_t max_bytes) {
  std::string text;
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t size = ::read(file, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return base::fail_errno("cannot read " + base::quoted(path), errno);
    if (size == 0) return text;
    if (static_cast<std::size_t>(size) > max_bytes - text.size()) {
      return base::fail(Code::limit, base::quoted(path) + " is longer than " + base::human_bytes(max_bytes));
    }
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

// 0, or the errno of the call that failed.
int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(file, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return 0;
}

int fill_and_sync(int file, std::string_view text, mode_t mode) {
  if (const int error = write_all(file, text); error != 0) return error;
  if (::fchmod(file, mode) != 0 || ::fsync(file) != 0) return errno;
  return 0;
}

base::Result<void> sync_directory(const std::string& path) {
  const base::Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) {
    return base::fail_errno("cannot sync " + base::quoted(path), errno);
  }
  return {};
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// "/", "/a" and "/a/b" for "/a/b/c"; nothing for "/".
std::vector<std::string> parents_of(const std::string& real_path) {
  std::vector<std::string> parents;
  if (real_path == "/") return parents;
  for (auto slash = real_path.find('/'); slash != std::string::npos; slash = real_path.find('/', slash + 1)) {
    parents.push_back(slash == 0 ? "/" : real_path.substr(0, slash));
  }
  return parents;
}

}  // namespace

base::Result<std::string> checked_directory(const std::string& path, Guard guard) {
  auto real = resolve(path);
  if (!real) return real;
  // From the root downwards: once a parent is safe, nobody but root and us can swap what is looked at next.
  for (const std::string& parent : parents_of(*real)) {
    const auto status = look_at(parent);
    if (!status) return base::pass_on(status);
    if (auto checked = check_parent(parent, *status, guard); !checked) return base::pass_on(checked);
  }
  const auto status = look_at(*real);
  if (!status) return base::pass_on(status);
  if (!S_ISDIR(status->st_mode)) {
    return base::fail(Code::unsafe, base::quoted(*real) + " is not a directory");
  }
  if (auto checked = check_guard(*real, *status, guard); !checked) return base::pass_on(checked);
  return real;
}

base::Result<void> check_file(const std::string& path, Guard guard) {
  const auto status = look_at(path);
  if (!status) return base::pass_on(status);
  if (auto checked = check_kind(path, *status); !checked) return checked;
  if (status->st_nlink != 1) {
    return base::fail(Code::unsafe,
                      base::quoted(path) + " has " + std::to_string(status->st_nlink) + " names (hard links)",
                      "make it a copy of its own");
  }
  return check_guard(path, *status, guard);
}

base::Result<base::Descriptor> open_checked_file(const std::string& path, Guard guard) {
  // By name first, because opening a device can do things; by descriptor after, because that is what is read.
  const auto named = look_at(path);
  if (!named) return base::pass_on(named);
  if (auto checked = check_kind(path, *named); !checked) return base::pass_on(checked);
  base::Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return base::fail_errno(base::quoted(path), errno);
  struct stat opened {};
  if (::fstat(file.get(), &opened) != 0) return base::fail_errno(base::quoted(path), errno);
  if (auto checked = check_kind(path, opened); !checked) return base::pass_on(checked);
  if (auto checked = check_guard(path, opened, guard); !checked) return base::pass_on(checked);
  return file;
}

base::Result<std::string> read_checked_file(const std::string& path, Guard guard, std::size_t max_bytes) {
  const auto file = open_checked_file(path, guard);
  if (!file) return base::pass_on(file);
  return read_at_most(file->get(), path, max_bytes);
}

base::Result<void> write_file_atomically(const std::string& path, std::string_view text, mode_t mode) {
  std::string temporary = path + ".XXXXXX";
  const base::Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) return base::fail_errno("cannot write beside " + base::quoted(path), errno);
  int error = fill_and_sync(file.get(), text, mode);
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    return base::fail_errno("cannot write " + base::quoted(path), error);
  }
  return sync_directory(parent_directory(path));
}

base::Result<void> make_private_directories(const std::string& path) {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    const std::string prefix = path.substr(0, end);
    if (::mkdir(prefix.c_str(), S_IRWXU) == 0) continue;
    const int error = errno;
    if (!is_directory(prefix)) {
      return base::fail_errno("cannot make directory " + base::quoted(prefix),
                              error == EEXIST ? ENOTDIR : error);
    }
  }
  return {};
}

}  // namespace pvm::system
