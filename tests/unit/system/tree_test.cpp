// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/tree.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "tests/unit/system/playground.hpp"

namespace pvm::system {
namespace {

using base::Code;
using test::Playground;
using test::WorkingDirectory;
namespace fs = std::filesystem;

PinnedDirectory pinned(const std::string& path) {
  auto directory = pin_directory(path);
  REQUIRE_MESSAGE(directory.has_value(), path);
  return std::move(*directory);
}

Listing listed(const std::string& parent, const std::string& name, Depth depth = Depth::tree,
               std::size_t budget = 1000) {
  auto listing = list_tree(pinned(parent), name, depth, Mounts::cross, budget);
  REQUIRE_MESSAGE(listing.has_value(), (listing ? "" : listing.error().message));
  return std::move(*listing);
}

// "d", "d a", "f a/b": type and path of each entry.
std::vector<std::string> shape(const Listing& listing) {
  std::vector<std::string> lines;
  for (const auto& entry : listing.effect.entries) {
    lines.push_back(std::string(1, entry.type) + (entry.path.empty() ? "" : ' ' + entry.path));
  }
  return lines;
}

using Shape = std::vector<std::string>;

// The limit on open descriptors while this lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t most) {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const struct rlimit lower = {most, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &lower) == 0);
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  struct rlimit before_ {};
};

// A chain of `depth` directories called `name` beneath `top`, each with a file "f" and an empty directory "z"
// beside it, so that every level has to be come back to.
void make_chain(const std::string& top, const std::string& name, int depth) {
  base::Descriptor at(::open(top.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (int level = 0; level < depth; ++level) {
    REQUIRE(::mkdirat(at.get(), "z", 0700) == 0);
    const base::Descriptor file(::openat(at.get(), "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    REQUIRE(::mkdirat(at.get(), name.c_str(), 0700) == 0);
    at = base::Descriptor(::openat(at.get(), name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(at);
  }
}

bool is_root() {
  return ::geteuid() == 0;
}

}  // namespace

TEST_CASE("a pinned directory has the kernel's path, whatever way it was written") {
  const Playground place;
  place.directory("d");
  place.directory("d/e");
  place.link("l", "d");
  const WorkingDirectory here(place.path());
  for (const char* way : {"d", "./d", "d/", "d//", "l", "l/", "d/../d", "d/e/..", "l/e/..", "d/."}) {
    CAPTURE(way);
    const PinnedDirectory directory = pinned(way);
    CHECK(directory.real_path == place.path("d"));
    struct stat status {};
    REQUIRE(::fstat(directory.descriptor.get(), &status) == 0);
    CHECK(directory.inode == status.st_ino);
    CHECK(directory.device == status.st_dev);
    CHECK((::fcntl(directory.descriptor.get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(pinned("/").real_path == "/");
  CHECK(pinned(".").real_path == place.path());
}

TEST_CASE("the parent of a symlinked working directory is the real one") {
  const Playground place;
  place.directory("a");
  place.directory("a/real");
  place.directory("b");
  place.link("b/link", "../a/real");
  const WorkingDirectory here(place.path("b/link"));
  CHECK(pinned("..").real_path == place.path("a"));
}

TEST_CASE("what is no directory, or is not there, cannot be pinned") {
  const Playground place;
  place.file("f");
  place.link("loop", "loop");
  CHECK(pin_directory(place.path("missing")).error().code == Code::missing);
  CHECK(pin_directory(place.path("f")).error().code == Code::missing);
  CHECK(pin_directory(place.path("f/x")).error().code == Code::missing);
  CHECK(pin_directory(place.path("loop")).error().code == Code::unsafe);
  CHECK(pin_directory("").error().code == Code::missing);
}

TEST_CASE("a directory that was removed is refused, also where another has its name") {
  const Playground place;
  place.directory("d");
  const WorkingDirectory here(place.path("d"));
  REQUIRE(::rmdir(place.path("d").c_str()) == 0);
  CHECK(pin_directory(".").error().code == Code::unsafe);
  place.directory("d");
  CHECK(pin_directory(".").error().code == Code::unsafe);
  place.directory("d (deleted)");
  CHECK(pin_directory(".").error().code == Code::unsafe);
}

TEST_CASE("a pinned directory stays itself when it is renamed and another takes its name") {
  const Playground place;
  place.directory("d");
  place.file("d/mine");
  const PinnedDirectory directory = pinned(place.path("d"));
  fs::rename(place.path("d"), place.path("moved"));
  place.directory("d");
  std::size_t budget = 10;
  CHECK(list_tree(directory, "mine", Depth::item, Mounts::cross, budget).has_value());
}

TEST_CASE("a directory whose path is too long to be told is refused clearly") {
  const Playground place;
  const std::string name(200, 'n');
  make_chain(place.path(), name, 25);
  const WorkingDirectory here(place.path());
  std::string reachable = place.path();
  for (int level = 0; level < 10; ++level) reachable += '/' + name;
  CHECK(pin_directory(reachable).has_value());
  const WorkingDirectory deeper(reachable);
  std::string deep = name;
  for (int level = 0; level < 14; ++level) deep += '/' + name;
  const auto refused = pin_directory(deep);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Code::unsafe);
  CHECK(refused.error().message.find("4,096") != std::string::npos);
}

TEST_CASE("with no descriptor left, pinning says limit") {
  const Playground place;
  std::vector<base::Descriptor> taken;
  const DescriptorLimit limit(64);
  for (int fd = ::open("/", O_PATH | O_CLOEXEC); fd >= 0; fd = ::open("/", O_PATH | O_CLOEXEC)) {
    taken.emplace_back(fd);
  }
  CHECK(pin_directory(place.path()).error().code == Code::limit);
}

TEST_CASE("a path in a pinned directory has one slash, also in the root") {
  CHECK(path_in(pinned("/"), "x") == "/x");
  CHECK(path_in(pinned("/proc"), "x") == "/proc/x");
}

TEST_CASE("an item is listed alone, with its identity, size and time") {
  const Playground place;
  place.file("f", "12345");
  const struct timespec times[2] = {{0, UTIME_OMIT}, {1'700'000'000, 123'456'789}};
  REQUIRE(::utimensat(AT_FDCWD, place.path("f").c_str(), times, 0) == 0);
  struct stat status {};
  REQUIRE(::lstat(place.path("f").c_str(), &status) == 0);
  const Listing listing = listed(place.path(), "f", Depth::item);
  CHECK(listing.effect.operand == place.path("f"));
  CHECK(listing.completeness == model::Completeness::whole);
  REQUIRE(listing.effect.entries.size() == 1);
  const model::EffectEntry expected = {'f', status.st_dev, status.st_ino, 5, 1'700'000'000'123'456'789, ""};
  CHECK(listing.effect.entries[0] == expected);
}

TEST_CASE("a time far outside the calendar does no harm") {
  const Playground place;
  place.file("f");
  const struct timespec times[2] = {{0, UTIME_OMIT}, {15'000'000'000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, place.path("f").c_str(), times, 0) == 0);
  CHECK(listed(place.path(), "f").effect.entries.size() == 1);
}

TEST_CASE("a directory as an item is listed without its contents") {
  const Playground place;
  place.directory("d");
  place.file("d/f");
  CHECK(shape(listed(place.path(), "d", Depth::item)) == Shape{"d"});
}

TEST_CASE("a tree is listed whole, sorted by the bytes of the relative paths") {
  const Playground place;
  place.directory("d");
  for (const char* name : {"d/b", "d/b/y", "d/a"}) place.directory(name);
  for (const char* name : {"d/b/x", "d/b-c", "d/b0", "d/\xff", "d/new\nline", "d/.hidden", "d/b/y/deep"}) {
    place.file(name);
  }
  place.link("d/l", "b");
  const Shape expected = {"d",     "f .hidden",  "d a",  "d b", "f b-c",       "f b/x",
                          "d b/y", "f b/y/deep", "f b0", "l l", "f new\nline", "f \xff"};
  CHECK(shape(listed(place.path(), "d")) == expected);
}

TEST_CASE("sizes and times are told of files only, and every kind has its letter") {
  const Playground place;
  place.directory("d");
  place.file("d/file", "1");
  place.link("d/link", "file");
  REQUIRE(::mkfifo(place.path("d/pipe").c_str(), 0600) == 0);
  REQUIRE(::mknod(place.path("d/socket").c_str(), S_IFSOCK | 0600, 0) == 0);
  const Listing listing = listed(place.path(), "d");
  CHECK(shape(listing) == Shape{"d", "f file", "l link", "p pipe", "s socket"});
  for (const auto& entry : listing.effect.entries) {
    CAPTURE(entry.path);
    CHECK((entry.size != 0) == (entry.type == 'f'));
    CHECK((entry.mtime_ns != 0) == (entry.type == 'f'));
    CHECK(entry.inode != 0);
  }
  CHECK(entry_type(S_IFBLK | 0600) == 'b');
  CHECK(entry_type(S_IFCHR | 0600) == 'c');
}

TEST_CASE("no symlink is followed, neither as the operand nor beneath it") {
  const Playground place;
  place.directory("outside");
  place.file("outside/secret");
  place.directory("d");
  place.link("d/out", "../outside");
  place.link("link", "outside");
  CHECK(shape(listed(place.path(), "d")) == Shape{"d", "l out"});
  CHECK(shape(listed(place.path(), "link")) == Shape{"l"});
}

TEST_CASE("what is not there is missing") {
  const Playground place;
  std::size_t budget = 10;
  const auto listing = list_tree(pinned(place.path()), "gone", Depth::tree, Mounts::cross, budget);
  REQUIRE_FALSE(listing.has_value());
  CHECK(listing.error().code == Code::missing);
  CHECK(budget == 10);
}

TEST_CASE("the budget is counted down by entries, and one too many makes the listing bounded") {
  const Playground place;
  place.directory("d");
  for (const char* name : {"d/a", "d/b", "d/c"}) place.file(name);
  const PinnedDirectory parent = pinned(place.path());
  for (std::size_t given = 0; given <= 6; ++given) {
    CAPTURE(given);
    std::size_t budget = given;
    const auto listing = list_tree(parent, "d", Depth::tree, Mounts::cross, budget);
    REQUIRE(listing.has_value());
    CHECK(listing->effect.operand == place.path("d"));
    CHECK(listing->effect.entries.size() == std::min<std::size_t>(given, 4));
    CHECK((listing->completeness == model::Completeness::whole) == (given >= 4));
    CHECK(budget == given - listing->effect.entries.size());
  }
}

TEST_CASE("a tree deeper than the descriptors last and longer than a path may be is listed whole") {
  const Playground place;
  place.directory("d");
  constexpr int k_depth = 450;
  make_chain(place.path("d"), "ten_letter", k_depth);
  const PinnedDirectory parent = pinned(place.path());
  const DescriptorLimit limit(100);
  std::size_t budget = 100'000;
  const auto listing = list_tree(parent, "d", Depth::tree, Mounts::cross, budget);
  REQUIRE_MESSAGE(listing.has_value(), (listing ? "" : listing.error().message));
  CHECK(listing->completeness == model::Completeness::whole);
  CHECK(listing->effect.entries.size() == 3 * k_depth + 1);
  const auto& entries = listing->effect.entries;
  CHECK(std::ranges::is_sorted(entries, {}, &model::EffectEntry::path));
  const auto longest =
      std::ranges::max_element(entries, {}, [](const auto& entry) { return entry.path.size(); });
  CHECK(longest->path.size() == 11 * k_depth - 1);
}

TEST_CASE("paths that take too much memory together make the listing bounded") {
  const Playground place;
  place.directory("d");
  make_chain(place.path("d"), std::string(255, 'n'), 430);
  std::size_t budget = 100'000;
  const auto listing = list_tree(pinned(place.path()), "d", Depth::tree, Mounts::cross, budget);
  REQUIRE(listing.has_value());
  CHECK(listing->completeness == model::Completeness::bounded);
  std::size_t bytes = 0;
  for (const auto& entry : listing->effect.entries) bytes += entry.path.size();
  CHECK(bytes <= k_tree_path_bytes);
}

TEST_CASE("a directory that cannot be read or searched is said to be unreadable") {
  const Playground place;
  place.directory("d");
  for (const char* name : {"d/closed", "d/unsearchable", "d/empty"}) place.directory(name);
  place.file("d/closed/f");
  place.file("d/unsearchable/f");
  place.set_mode("d/closed", 0);
  place.set_mode("d/unsearchable", 0400);
  place.set_mode("d/empty", 0400);
  const Shape found = shape(listed(place.path(), "d"));
  for (const char* name : {"d/closed", "d/unsearchable"}) place.set_mode(name, 0700);
  if (is_root()) {  // may read all of them
    CHECK(found == Shape{"d", "d closed", "f closed/f", "d empty", "d unsearchable", "f unsearchable/f"});
  } else {
    CHECK(found == Shape{"d", "u closed", "d empty", "u unsearchable"});
  }
}

TEST_CASE("with one file system a directory on another device is listed but not entered") {
  const PinnedDirectory root = pinned("/");
  const PinnedDirectory other = pinned("/dev/pts");
  REQUIRE(pinned("/dev").device != other.device);
  std::size_t budget = 100'000;
  const auto listing = list_tree(root, "dev", Depth::tree, Mounts::stay, budget);
  REQUIRE_MESSAGE(listing.has_value(), (listing ? "" : listing.error().message));
  const Shape found = shape(*listing);
  CHECK(std::ranges::count(found, "d pts") == 1);
  CHECK(
      std::ranges::none_of(found, [](const auto& line) { return line.find(" pts/") != std::string::npos; }));
}

TEST_CASE("a directory that is swapped for a symlink again and again never shows what the link leads to") {
  const Playground place;
  place.directory("outside");
  place.file("outside/secret");
  for (const char* name : {"d", "d/x", "d/x/inner"}) place.directory(name);
  place.link("y", "../outside");
  const std::string directory = place.path("d/x");
  const std::string link = place.path("y");
  const pid_t swapper = ::fork();
  if (swapper == 0) {
    for (;;) ::renameat2(AT_FDCWD, directory.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE);
  }
  REQUIRE(swapper > 0);
  const PinnedDirectory parent = pinned(place.path());
  int leaks = 0;
  int wrong_errors = 0;
  for (int round = 0; round < 2000; ++round) {
    std::size_t budget = 100;
    const auto listing = list_tree(parent, "d", Depth::tree, Mounts::cross, budget);
    if (!listing && listing.error().code != Code::io) ++wrong_errors;
    if (listing && std::ranges::count(shape(*listing), "f x/secret") != 0) ++leaks;
  }
  ::kill(swapper, SIGKILL);
  ::waitpid(swapper, nullptr, 0);
  CHECK(leaks == 0);
  CHECK(wrong_errors == 0);
}

}  // namespace pvm::system
