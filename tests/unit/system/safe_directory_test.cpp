// SPDX-License-Identifier: Apache-2.0
// The part of safe_file.hpp that is about directories and file systems.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "libpvm/system/safe_file.hpp"
#include "tests/unit/system/forked.hpp"
#include "tests/unit/system/temporary_directory.hpp"

using namespace pvm::system;
using pvm::base::Code;
using pvm::test::exit_status_of;
using pvm::test::TemporaryDirectory;

namespace {

constexpr uid_t k_stranger = 65534;

bool is_root() {
  return ::geteuid() == 0;
}

template <class T>
bool is_refused(const pvm::base::Result<T>& result, Code code, std::string_view in_message) {
  if (result) return false;
  INFO(result.error().message);
  CHECK(result.error().code == code);
  CHECK(result.error().message.find(in_message) != std::string::npos);
  return result.error().code == code && result.error().message.find(in_message) != std::string::npos;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

// ---- what a vault asks of its file system ----

TEST_CASE("files can be locked where tests run, and trying leaves nothing behind") {
  const TemporaryDirectory scratch;
  CHECK(check_locks(scratch.path()).has_value());
  CHECK(std::filesystem::is_empty(scratch.path()));
  CHECK(is_refused(check_locks(scratch.at("none")), Code::missing, "none"));
}

// ---- directories --------------------------------------------------------------------------------

TEST_CASE("a directory comes back by its real path") {
  const TemporaryDirectory scratch;
  const std::string real = scratch.make_directory("real");
  std::filesystem::create_directory_symlink(real, scratch.at("link"));
  CHECK(checked_directory(scratch.at("link"), Guard::own_private).value() == real);
  CHECK(checked_directory(scratch.at("link/../real/."), Guard::own_private).value() == real);
  CHECK(checked_directory("/", Guard::root_only).value() == "/");
}

TEST_CASE("a file, a missing path and a dangling link are no directories") {
  const TemporaryDirectory scratch;
  CHECK(is_refused(checked_directory(scratch.write("file", ""), Guard::own_private), Code::unsafe,
                   "not a directory"));
  CHECK(is_refused(checked_directory(scratch.at("none"), Guard::own_private), Code::missing, "none"));
  CHECK(is_refused(checked_directory("", Guard::own_private), Code::missing, "''"));
  std::filesystem::create_symlink("nowhere", scratch.at("dangling"));
  CHECK(is_refused(checked_directory(scratch.at("dangling"), Guard::own_private), Code::missing, "dangling"));
}

TEST_CASE("a directory's own mode is held to the guard, the sticky bit or not") {
  const TemporaryDirectory scratch;
  CHECK(is_refused(checked_directory(scratch.make_directory("a", 0750), Guard::own_private), Code::unsafe,
                   "0750"));
  CHECK(is_refused(checked_directory(scratch.make_directory("b", 0775), Guard::own_or_root), Code::unsafe,
                   "0775"));
  CHECK(is_refused(checked_directory(scratch.make_directory("c", 01777), Guard::own_or_root), Code::unsafe,
                   "1777"));
  struct Shared {
    mode_t mode;
    bool good;
    const char* hint;
  };
  for (const Shared& row : {Shared{02770, true, ""}, Shared{02775, false, "o-rwx"}, Shared{0770, false, "g+s"},
                            Shared{03770, false, "-t"}, Shared{02750, false, "g+rwx"}}) {
    CAPTURE(row.mode);
    const std::string path = scratch.make_directory("d" + std::to_string(row.mode), row.mode);
    const auto checked = checked_directory(path, Guard::group_shared);
    CHECK(checked.has_value() == (row.good && is_root()));
    if (!checked && is_root()) CHECK(checked.error().hint == "chmod " + std::string(row.hint) + " -- " + path);
    if (!is_root()) CHECK(is_refused(checked, Code::unsafe, "must belong to root"));
  }
  CHECK(checked_directory(scratch.make_directory("f", 0755), Guard::own_or_root).has_value());
}

TEST_CASE("a parent that others can write is refused by name, unless it is sticky") {
  const TemporaryDirectory scratch;
  scratch.make_directory("open", 0777);
  scratch.make_directory("open/mid", 0755);
  const std::string inner = scratch.make_directory("open/mid/inner");
  const auto refused = checked_directory(inner, Guard::own_private);
  REQUIRE(is_refused(refused, Code::unsafe, "open' can be written"));
  CHECK(refused.error().hint == "chmod go-w -- " + scratch.at("open"));
  REQUIRE(::chmod(scratch.at("open").c_str(), 0770) == 0);
  CHECK(is_refused(checked_directory(inner, Guard::own_private), Code::unsafe, "open' can be written"));
  REQUIRE(::chmod(scratch.at("open").c_str(), 01777) == 0);  // as /tmp is
  CHECK(checked_directory(inner, Guard::own_private).has_value());
}

TEST_CASE("the parents that count are those of the real path") {
  const TemporaryDirectory scratch;
  scratch.make_directory("open", 0777);
  scratch.make_directory("open/state");
  scratch.make_directory("closed");
  std::filesystem::create_directory_symlink(scratch.at("open/state"), scratch.at("closed/state"));
  CHECK(is_refused(checked_directory(scratch.at("closed/state"), Guard::own_private), Code::unsafe, "open'"));
}

TEST_CASE("a stranger's parent is refused even if it is sticky, and a stranger's directory too") {
  const TemporaryDirectory scratch;
  scratch.make_directory("theirs", 01755);
  const std::string inner = scratch.make_directory("theirs/ours");
  if (is_root()) {
    REQUIRE(::chown(scratch.at("theirs").c_str(), k_stranger, k_stranger) == 0);
    CHECK(is_refused(checked_directory(inner, Guard::own_private), Code::unsafe,
                     "theirs' belongs to user 65534"));
    CHECK(is_refused(checked_directory(inner, Guard::root_only), Code::unsafe,
                     "theirs' belongs to user 65534"));
    CHECK(is_refused(checked_directory(scratch.at("theirs"), Guard::own_or_root), Code::unsafe, "65534"));
  } else {
    CHECK(is_refused(checked_directory("/etc", Guard::own_private), Code::unsafe, "belongs to user 0"));
    CHECK(is_refused(checked_directory(inner, Guard::root_only), Code::unsafe, "must belong to root"));
    CHECK(checked_directory("/etc", Guard::root_only).has_value());
  }
}

TEST_CASE("for root_only a parent must be root's: ours is not enough where we are not root") {
  const TemporaryDirectory scratch;
  const std::string inner = scratch.make_directory("etc");
  if (!is_root()) {
    CHECK(is_refused(checked_directory(inner, Guard::root_only), Code::unsafe, "must belong to root"));
    return;
  }
  REQUIRE(::chmod(scratch.path().c_str(), 0755) == 0);
  REQUIRE(::chmod(inner.c_str(), 0755) == 0);
  CHECK(checked_directory(inner, Guard::root_only).has_value());
  REQUIRE(::chown(scratch.path().c_str(), k_stranger, k_stranger) == 0);
  // As that user, for whom the parent is "ours" and the directory root's alone.
  const auto as_stranger = [&](Guard guard) {
    return exit_status_of([&] {
      if (::setgid(k_stranger) != 0 || ::setuid(k_stranger) != 0) return 9;
      return checked_directory(inner, guard) ? 0 : 1;
    });
  };
  CHECK(as_stranger(Guard::own_or_root) == 0);
  CHECK(as_stranger(Guard::root_only) == 1);
}

TEST_CASE("directories are made for us alone, and those that are there stay as they are") {
  const TemporaryDirectory scratch;
  scratch.make_directory("there", 0755);
  const mode_t umask_before = ::umask(0);
  REQUIRE(make_private_directories(scratch.at("there/a/b/")).has_value());
  ::umask(umask_before);
  CHECK(mode_of(scratch.at("there")) == 0755);
  CHECK(mode_of(scratch.at("there/a")) == 0700);
  CHECK(mode_of(scratch.at("there/a/b")) == 0700);
  CHECK(make_private_directories(scratch.at("there/a/b")).has_value());
  CHECK(make_private_directories("/").has_value());
}

TEST_CASE("a file in the way of a directory is an error") {
  const TemporaryDirectory scratch;
  scratch.write("file", "x");
  CHECK(is_refused(make_private_directories(scratch.at("file")), Code::missing, "file"));
  CHECK(is_refused(make_private_directories(scratch.at("file/beneath")), Code::missing, "file"));
  CHECK_FALSE(make_private_directories("").has_value());
}

// ---- file systems -------------------------------------------------------------------------------

TEST_CASE("a local file system is accepted and a path that is not there is not") {
  CHECK(check_local_file_system("/").has_value());
  const TemporaryDirectory scratch;
  CHECK(is_refused(check_local_file_system(scratch.at("none")), Code::missing, "none"));
}

TEST_CASE("network and FUSE file systems are known by their numbers") {
  CHECK(remote_file_system(0x6969) == "NFS");
  CHECK(remote_file_system(0x65735546) == "FUSE");
  CHECK(remote_file_system(0xFF534D42) == "CIFS");
  CHECK(remote_file_system(0xFE534D42) == "SMB2");
  CHECK(remote_file_system(0x01021997) == "9P");
  CHECK(remote_file_system(0x00C36400) == "Ceph");
  constexpr std::uint32_t k_ext4 = 0xEF53, k_btrfs = 0x9123683E, k_xfs = 0x58465342, k_tmpfs = 0x01021994,
                          k_zfs = 0x2FC12FC1, k_overlay = 0x794C7630;
  for (const std::uint32_t type : {k_ext4, k_btrfs, k_xfs, k_tmpfs, k_zfs, k_overlay, std::uint32_t{0}}) {
    CHECK(remote_file_system(type).empty());
  }
}
