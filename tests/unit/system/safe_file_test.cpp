// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/safe_file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>

#include "libpvm/base/descriptor.hpp"
#include "tests/unit/system/forked.hpp"
#include "tests/unit/system/temporary_directory.hpp"

using namespace pvm::system;
using pvm::base::Code;
using pvm::test::contents_of;
using pvm::test::exit_status_of;
using pvm::test::TemporaryDirectory;

namespace {

constexpr std::size_t k_enough = 4096;
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

std::string names_in(const std::string& directory) {
  std::string names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names += entry.path().filename().string() + " ";
  }
  return names;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

// ---- files: kind --------------------------------------------------------------------------------

TEST_CASE("a file of ours is read whole, empty ones and NUL bytes included") {
  const TemporaryDirectory scratch;
  const std::string odd("a\0\xFF\n", 4);
  CHECK(read_checked_file(scratch.write("odd", odd), Guard::own_private, k_enough).value() == odd);
  CHECK(read_checked_file(scratch.write("empty", ""), Guard::own_private, k_enough).value() == "");
  CHECK(check_file(scratch.at("odd"), Guard::own_private).has_value());
}

TEST_CASE("a symbolic link is refused even if it leads to a good file, and a dangling one is not 'missing'") {
  const TemporaryDirectory scratch;
  std::filesystem::create_symlink(scratch.write("good", "x"), scratch.at("link"));
  std::filesystem::create_symlink("nowhere", scratch.at("dangling"));
  for (const std::string& path : {scratch.at("link"), scratch.at("dangling")}) {
    CHECK(is_refused(read_checked_file(path, Guard::own_or_root, k_enough), Code::unsafe, "symbolic link"));
    CHECK(is_refused(check_file(path, Guard::own_or_root), Code::unsafe, "symbolic link"));
  }
}

TEST_CASE("a FIFO is refused without waiting for a writer") {
  const TemporaryDirectory scratch;
  REQUIRE(::mkfifo(scratch.at("fifo").c_str(), 0600) == 0);
  CHECK(is_refused(read_checked_file(scratch.at("fifo"), Guard::own_private, k_enough), Code::unsafe,
                   "not a regular file"));
  CHECK(is_refused(check_file(scratch.at("fifo"), Guard::own_private), Code::unsafe, "not a regular file"));
}

TEST_CASE("a socket, a device and a directory are refused in place of a file") {
  const TemporaryDirectory scratch;
  const pvm::base::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, scratch.at("socket").c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(is_refused(read_checked_file(scratch.at("socket"), Guard::own_or_root, k_enough), Code::unsafe,
                   "not a regular file"));
  CHECK(is_refused(read_checked_file("/dev/null", Guard::own_or_root, k_enough), Code::unsafe,
                   "not a regular file"));
  CHECK(
      is_refused(read_checked_file(scratch.path(), Guard::own_or_root, k_enough), Code::unsafe, "directory"));
  CHECK(is_refused(check_file(scratch.path(), Guard::own_or_root), Code::unsafe, "directory"));
}

TEST_CASE("a file with a second name is refused where it is checked for SQLite") {
  const TemporaryDirectory scratch;
  std::filesystem::create_hard_link(scratch.write("vault.db", "x"), scratch.at("second"));
  CHECK(is_refused(check_file(scratch.at("vault.db"), Guard::own_private), Code::unsafe, "2 names"));
  CHECK(is_refused(check_file(scratch.at("second"), Guard::own_private), Code::unsafe, "2 names"));
  std::filesystem::remove(scratch.at("second"));
  CHECK(check_file(scratch.at("vault.db"), Guard::own_private).has_value());
}

TEST_CASE("a missing file is 'missing', also beneath what is no directory") {
  const TemporaryDirectory scratch;
  CHECK(
      is_refused(read_checked_file(scratch.at("none"), Guard::own_private, k_enough), Code::missing, "none"));
  CHECK(is_refused(check_file(scratch.at("none"), Guard::own_private), Code::missing, "none"));
  scratch.write("file", "x");
  CHECK(is_refused(read_checked_file(scratch.at("file/x"), Guard::own_private, k_enough), Code::missing,
                   "file/x"));
}

// ---- files: mode and owner ----------------------------------------------------------------------

TEST_CASE("each guard allows the modes it says and no others, and the hint mends the file") {
  struct Row {
    Guard guard;
    mode_t mode;
    bool good;
    const char* hint;
  };
  const Row rows[] = {
      {Guard::own_private, 0600, true, ""},        {Guard::own_private, 0400, true, ""},
      {Guard::own_private, 0640, false, "go-rwx"}, {Guard::own_private, 0604, false, "go-rwx"},
      {Guard::own_private, 0601, false, "go-rwx"}, {Guard::own_private, 0620, false, "go-rwx"},
      {Guard::own_or_root, 0644, true, ""},        {Guard::own_or_root, 0600, true, ""},
      {Guard::own_or_root, 0664, false, "go-w"},   {Guard::own_or_root, 0646, false, "go-w"},
      {Guard::own_or_root, 0602, false, "go-w"},   {Guard::group_made, 0660, true, ""},
      {Guard::group_made, 0664, false, "o-rwx"},   {Guard::group_made, 0661, false, "o-rwx"},
      {Guard::group_made, 0662, false, "o-rwx"},   {Guard::group_made, 0640, false, "g+rw"},
      {Guard::group_made, 0600, false, "g+rw"},    {Guard::group_made, 0620, false, "g+rw"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.mode);
    const TemporaryDirectory scratch;
    const std::string path = scratch.write("it", "text", row.mode);
    const auto checked = check_file(path, row.guard);
    const auto text = read_checked_file(path, row.guard, k_enough);
    CHECK(checked.has_value() == row.good);
    CHECK(text.has_value() == row.good);
    if (checked || text) continue;
    CHECK(checked.error().code == Code::unsafe);
    CHECK(text.error().code == Code::unsafe);
    CHECK(checked.error().hint == "chmod " + std::string(row.hint) + " -- " + path);
    REQUIRE(std::system(checked.error().hint.c_str()) == 0);
    CHECK(check_file(path, row.guard).has_value());
  }
}

TEST_CASE("a shared vault is root's; what its members make there is any member's, of the directory's group") {
  const TemporaryDirectory scratch;
  const std::string path = scratch.write("it", "x", 0660);
  CHECK(check_file(path, Guard::group_shared).has_value() == is_root());
  CHECK(check_file(path, Guard::group_made).has_value());
  if (!is_root()) return;  // only root can give files away
  REQUIRE(::chown(path.c_str(), k_stranger, static_cast<gid_t>(-1)) == 0);
  CHECK(is_refused(check_file(path, Guard::group_shared), Code::unsafe, "must belong to root"));
  CHECK(check_file(path, Guard::group_made).has_value());
  REQUIRE(::chown(path.c_str(), k_stranger, 12345) == 0);
  const auto moved_in = check_file(path, Guard::group_made);
  CHECK(is_refused(moved_in, Code::unsafe, "belongs to group 12345"));
  CHECK(moved_in.error().hint == "as root: chgrp 0 -- " + path);
  REQUIRE(::chown(scratch.path().c_str(), 0, 12345) == 0);
  CHECK(check_file(path, Guard::group_made).has_value());
}

TEST_CASE("the hint mends a file whose name is hostile to a shell") {
  const TemporaryDirectory scratch;
  const std::string path = scratch.write("a'b $(touch oops)\n;", "x", 0666);
  const auto checked = check_file(path, Guard::own_private);
  REQUIRE_FALSE(checked.has_value());
  CHECK(checked.error().message.find('\n') == std::string::npos);
  REQUIRE(std::system(checked.error().hint.c_str()) == 0);
  CHECK(mode_of(path) == 0600);
}

TEST_CASE("a stranger's file is refused by every guard, and root's by own_private alone") {
  const TemporaryDirectory scratch;
  const std::string path = scratch.write("it", "x");
  if (is_root()) {
    REQUIRE(::chown(path.c_str(), k_stranger, k_stranger) == 0);
    for (const Guard guard :
         {Guard::own_private, Guard::own_or_root, Guard::root_only, Guard::group_shared}) {
      CHECK(is_refused(check_file(path, guard), Code::unsafe, "belongs to user 65534"));
      CHECK(is_refused(read_checked_file(path, guard, k_enough), Code::unsafe, "belongs to user 65534"));
    }
  } else {
    // Only root can give a file away, so root is the stranger here.
    CHECK(is_refused(check_file("/etc/passwd", Guard::own_private), Code::unsafe, "belongs to user 0"));
    CHECK(is_refused(check_file(path, Guard::root_only), Code::unsafe, "must belong to root"));
  }
  CHECK(check_file("/etc/passwd", Guard::own_or_root).has_value());
  CHECK(check_file("/etc/passwd", Guard::root_only).has_value());
}

// ---- files: length ------------------------------------------------------------------------------

TEST_CASE("a file is read up to the limit and refused one byte past it") {
  const TemporaryDirectory scratch;
  for (const std::size_t limit : {std::size_t{0}, std::size_t{1}, std::size_t{16384}, std::size_t{40000}}) {
    CAPTURE(limit);
    const std::string path = scratch.write("it", std::string(limit, 'a'));
    CHECK(read_checked_file(path, Guard::own_private, limit).value() == std::string(limit, 'a'));
    scratch.write("it", std::string(limit + 1, 'a'));
    CHECK(is_refused(read_checked_file(path, Guard::own_private, limit), Code::limit, "longer than"));
  }
}

TEST_CASE("a file whose size the kernel does not say is still held to the limit") {
  CHECK(read_checked_file("/proc/meminfo", Guard::own_or_root, 65536).value().starts_with("MemTotal"));
  CHECK(is_refused(read_checked_file("/proc/meminfo", Guard::own_or_root, 16), Code::limit, "longer than"));
}

// ---- writing ------------------------------------------------------------------------------------

TEST_CASE("a file is replaced whole, with the mode asked for, and nothing else stays behind") {
  const TemporaryDirectory scratch;
  const std::string path = scratch.at("it");
  const mode_t umask_before = ::umask(0077);
  REQUIRE(write_file_atomically(path, "one", 0644).has_value());
  ::umask(umask_before);
  CHECK(contents_of(path) == "one");
  CHECK(mode_of(path) == 0644);
  const std::string big(100000, 'x');
  REQUIRE(write_file_atomically(path, big, 0600).has_value());
  CHECK(contents_of(path) == big);
  CHECK(mode_of(path) == 0600);
  CHECK(names_in(scratch.path()) == "it ");
}

TEST_CASE("writing replaces a symbolic link, never what it leads to") {
  const TemporaryDirectory scratch;
  scratch.write("target", "kept");
  std::filesystem::create_symlink("target", scratch.at("link"));
  REQUIRE(write_file_atomically(scratch.at("link"), "new", 0600).has_value());
  CHECK(contents_of(scratch.at("target")) == "kept");
  CHECK(contents_of(scratch.at("link")) == "new");
  CHECK_FALSE(std::filesystem::is_symlink(scratch.at("link")));
}

TEST_CASE("a write that fails leaves the old file and no other") {
  const TemporaryDirectory scratch;
  const std::string path = scratch.write("it", "old");
  const int status = exit_status_of([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit none{16, 16};
    ::setrlimit(RLIMIT_FSIZE, &none);
    const auto written = write_file_atomically(path, std::string(1000, 'x'), 0600);
    return !written && written.error().code == Code::full ? 0 : 1;
  });
  CHECK(status == 0);
  CHECK(contents_of(path) == "old");
  CHECK(names_in(scratch.path()) == "it ");
}

TEST_CASE("writing over a directory or into a missing one fails and leaves nothing behind") {
  const TemporaryDirectory scratch;
  scratch.make_directory("directory");
  CHECK_FALSE(write_file_atomically(scratch.at("directory"), "x", 0600).has_value());
  CHECK(is_refused(write_file_atomically(scratch.at("none/it"), "x", 0600), Code::missing, "none/it"));
  CHECK(names_in(scratch.path()) == "directory ");
}
