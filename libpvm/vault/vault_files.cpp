// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/vault_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "libpvm/base/text.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;
using system::Guard;

constexpr std::string_view k_private_prefix = ".pvm-copy.";

Result<void> sync(const std::string& path, int flags) {
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags));
  if (!file) return base::fail_errno("cannot open " + base::quoted(path) + " to sync it", errno);
  if (::fsync(file.get()) != 0) return base::fail_errno("cannot sync " + base::quoted(path), errno);
  return {};
}

bool lock_at_once(const base::Descriptor& directory) { return ::flock(directory.get(), LOCK_EX | LOCK_NB) == 0; }

bool is_named_still(const base::Descriptor& directory) {
  struct stat about {};
  return ::fstat(directory.get(), &about) == 0 && about.st_nlink > 0;
}

bool is_ours(const base::Descriptor& directory) {
  struct stat about {};
  return ::fstat(directory.get(), &about) == 0 && about.st_uid == ::geteuid();
}

/// SQLite's files belong to whoever was the first to use the vault.
Guard guard_beside(Guard guard) { return guard == Guard::group_shared ? Guard::group_made : guard; }

void take_away(const std::string& path, const base::Descriptor& directory) {
  const std::string name(k_vault_name);
  ::unlinkat(directory.get(), name.c_str(), 0);
  for (const std::string_view suffix : k_beside) {
    ::unlinkat(directory.get(), (name + std::string(suffix)).c_str(), 0);
  }
  ::rmdir(path.c_str());
}

}  // namespace

Guard guard_of(Sharing sharing) { return sharing == Sharing::group ? Guard::group_shared : Guard::own_private; }

Result<std::string> checked_state_directory(const std::string& directory, Guard guard) {
  auto real = system::checked_directory(directory, guard);
  if (!real) {
    if (real.error().code != Code::missing) return real;
    return fail(Code::missing, "there is no vault: " + base::quoted(directory) + " does not exist",
                "a human sets one up with: pvmctl init");
  }
  if (auto local = system::check_local_file_system(*real); !local) return base::pass_on(local);
  return real;
}

Result<void> check_vault_files(const std::string& path, Guard guard) {
  if (auto done = system::check_file(path, guard); !done) {
    if (done.error().code != Code::missing) return done;
    return fail(Code::missing, "there is no vault at " + base::quoted(path), "a human sets one up with: pvmctl init");
  }
  for (const std::string_view suffix : k_beside) {
    const auto beside = system::check_file(path + std::string(suffix), guard_beside(guard));
    if (!beside && beside.error().code != Code::missing) return base::pass_on(beside);
  }
  return {};
}

bool is_there(const std::string& path) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0;
}

Result<void> sync_directory(const std::string& path) { return sync(path, O_DIRECTORY); }

Result<void> sync_file(const std::string& path) { return sync(path, 0); }

Result<void> rename_to_new(const std::string& from, const std::string& to) {
  int error = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0 ? 0 : errno;
  if (error == EINVAL || error == ENOSYS) {  // a file system that knows no such flag: a second name is never taken over
    error = ::link(from.c_str(), to.c_str()) == 0 ? 0 : errno;
    if (error == 0 && ::unlink(from.c_str()) != 0) error = errno;
  }
  if (error == EEXIST) return fail(Code::exists, base::quoted(to) + " is there already", "give another name");
  if (error != 0) return base::fail_errno("cannot make " + base::quoted(to), error);
  return {};
}

std::string dated_name(const std::string& path, std::string_view kind, base::UnixTime now) {
  std::string date = base::iso_time(now);
  std::erase_if(date, [](char c) { return c == '-' || c == ':'; });
  const std::string first = path + "." + std::string(kind) + "-" + date;
  std::string name = first;
  for (int number = 2; is_there(name); ++number) {
    name = first;
    name.append("-").append(std::to_string(number));
  }
  return name;
}

Result<std::string> place_for_copies(const std::string& directory, Sharing sharing) {
  if (sharing == Sharing::own) return directory;
  if (::geteuid() != 0) {
    return fail(Code::unsafe, "a vault that is shared belongs to root, and so must what is put in its place",
                "run the same as root");
  }
  const std::string above = directory.substr(0, std::max<std::size_t>(directory.rfind('/'), 1));
  struct stat here {};
  struct stat there {};
  if (::lstat(directory.c_str(), &here) != 0 || ::lstat(above.c_str(), &there) != 0) {
    return base::fail_errno("cannot look at " + base::quoted(directory), errno);
  }
  if (here.st_dev == there.st_dev) return above;
  return fail(Code::unsafe,
              base::quoted(directory) + " is a mount point, and a copy that no member of its group can touch has no place",
              "keep the vault in a directory beneath it: 'vault:' in /etc/pvm/config.yaml");
}

Result<PrivateDirectory> PrivateDirectory::make(const std::string& parent, ParentIs state) {
  // A second try where remove_leftovers of another process came between making and locking.
  for (int tries = 0; tries < 3; ++tries) {
    std::string pattern = parent + "/" + std::string(k_private_prefix) + "XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) return base::fail_errno("cannot write in " + base::quoted(parent), errno);
    base::Descriptor directory(::open(pattern.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (!directory || !lock_at_once(directory) || !is_named_still(directory)) continue;
    PrivateDirectory made(pattern, std::move(directory));
    if (state == ParentIs::checked) return made;
    const auto real = system::checked_directory(pattern, Guard::own_private);
    if (!real) return base::pass_on(real);
    return made;
  }
  return fail(Code::io, "cannot make a directory in " + base::quoted(parent));
}

PrivateDirectory::~PrivateDirectory() {
  if (directory_) take_away(path_, directory_);
}

Result<void> PrivateDirectory::share_database(const std::string& parent) const {
  const auto failed = [this] { return base::fail_errno("cannot share " + base::quoted(database()), errno); };
  struct stat shared {};
  if (::lstat(parent.c_str(), &shared) != 0) return failed();
  const std::string name(k_vault_name);
  const base::Descriptor file(
      ::openat(directory_.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0) return failed();
  if (!S_ISREG(about.st_mode) || about.st_uid != ::geteuid() || about.st_nlink != 1) {
    return fail(Code::unsafe, base::quoted(database()) + " is not the file that was made");
  }
  if (::fchown(file.get(), static_cast<uid_t>(-1), shared.st_gid) != 0) return failed();
  if (::fchmod(file.get(), S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) != 0) return failed();
  return {};
}

void remove_leftovers(const std::string& parent) {
  const std::unique_ptr<DIR, int (*)(DIR*)> list(::opendir(parent.c_str()), ::closedir);
  if (list == nullptr) return;
  while (const dirent* entry = ::readdir(list.get())) {
    const std::string name = entry->d_name;
    if (!name.starts_with(k_private_prefix)) continue;
    const base::Descriptor directory(
        ::openat(::dirfd(list.get()), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (directory && is_ours(directory) && lock_at_once(directory)) take_away(parent + "/" + name, directory);
  }
}

Result<base::Descriptor> lock_directory(const std::string& path) {
  base::Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!directory) return base::fail_errno("cannot open " + base::quoted(path), errno);
  constexpr int k_tries = 160;
  constexpr timespec k_pause = {0, 10'000'000};
  for (int tries = 0; tries < k_tries; ++tries) {
    if (lock_at_once(directory)) return directory;
    ::nanosleep(&k_pause, nullptr);
  }
  return fail(Code::busy, "another process is changing the files of " + base::quoted(path), "try again");
}

}  // namespace pvm::vault
