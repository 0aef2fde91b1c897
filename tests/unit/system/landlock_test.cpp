// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/landlock.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <filesystem>

#include "libpvm/system/launch.hpp"
#include "tests/unit/system/temporary_directory.hpp"

using namespace pvm::system;
using pvm::base::Code;
using pvm::base::Descriptor;
using pvm::test::contents_of;
using pvm::test::TemporaryDirectory;

namespace {

// sh -c `script`, whose $1, $2… are `words`.
LaunchPlan shell(const std::string& script, const std::vector<std::string>& words = {}) {
  LaunchPlan plan;
  plan.program = "/bin/sh";
  plan.argv = {"sh", "-c", script, "sh"};
  plan.argv.insert(plan.argv.end(), words.begin(), words.end());
  plan.environment = {"PATH=/usr/bin:/bin", "LC_ALL=C"};
  return plan;
}

Ended run(const LaunchPlan& plan) {
  const auto ended = launch(plan);
  if (!ended) FAIL(ended.error().message);
  return *ended;
}

Descriptor open_directory(const std::string& path) {
  Descriptor directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(directory);
  return directory;
}

}  // namespace

TEST_CASE("a confined command removes beneath its roots and gets EACCES elsewhere") {
  const TemporaryDirectory scratch;
  scratch.make_directory("root");
  scratch.make_directory("root/sub");
  scratch.make_directory("root/sub/deep");
  scratch.make_directory("second");
  scratch.make_directory("other");
  scratch.make_directory("other/sub");
  for (const char* name : {"root/a", "root/sub/b", "second/c", "other/d", "e"}) scratch.write(name, "x");
  const Descriptor root = open_directory(scratch.at("root"));
  const Descriptor second = open_directory(scratch.at("second"));

  auto plan = shell(
      "cd \"$1\"; rm -r root/a root/sub second/c || exit 9\n"
      "rm other/d e 2>out && exit 8; rmdir other/sub 2>>out && exit 7\n"
      "ln -s ../other root/way; rm root/way/d 2>>out && exit 6\n"
      "mv other/d root/d 2>/dev/null && test ! -e other/d && exit 5\n"
      "echo new >other/new; exit 0",
      {scratch.path()});
  plan.removal_roots = {root.get(), second.get()};
  if (available_confinement() == Confinement::none) {
    CHECK(launch(plan).error().code == Code::io);
    CHECK(std::filesystem::exists(scratch.at("root/a")));  // nothing was run
    return;
  }
  CHECK(run(plan) == Ended{});
  for (const char* gone : {"root/a", "root/sub", "second/c"})
    CHECK_FALSE(std::filesystem::exists(scratch.at(gone)));
  for (const char* kept : {"other/d", "other/sub", "e", "other/new", "root", "second"}) {
    CHECK(std::filesystem::exists(scratch.at(kept)));
  }
  const std::string errors = contents_of(scratch.at("out"));
  std::size_t denied = 0;
  for (auto at = errors.find("Permission denied"); at != std::string::npos;
       at = errors.find("Permission", at + 1)) {
    ++denied;
  }
  CHECK(denied == 4);
}

TEST_CASE("a root swapped for a symbolic link after it was opened confines to what was opened") {
  if (available_confinement() == Confinement::none) {
    CHECK(removal_ruleset({}).error().code == Code::io);
    return;
  }
  const TemporaryDirectory scratch;
  scratch.make_directory("root");
  scratch.make_directory("victim");
  scratch.write("victim/a", "x");
  const Descriptor root = open_directory(scratch.at("root"));
  std::filesystem::rename(scratch.at("root"), scratch.at("moved"));
  std::filesystem::create_directory_symlink("victim", scratch.at("root"));
  auto plan = shell("rm \"$1\" 2>/dev/null", {scratch.at("root/a")});
  plan.removal_roots = {root.get()};
  CHECK(run(plan).exit_status == 1);
  CHECK(std::filesystem::exists(scratch.at("victim/a")));
}

TEST_CASE("confinement is the command's alone: we remove what we like afterwards") {
  const TemporaryDirectory scratch;
  scratch.make_directory("root");
  const Descriptor root = open_directory(scratch.at("root"));
  auto plan = shell("exit 0");
  plan.removal_roots = {root.get()};
  CHECK(launch(plan).has_value() == (available_confinement() == Confinement::landlock));
  CHECK(std::filesystem::remove(scratch.write("elsewhere", "x")));
}

TEST_CASE("a confined command that may move things moves them from beneath its roots to anywhere, and from nowhere else") {
  if (available_confinement(Moves::allowed) == Confinement::none) {
    CHECK(removal_ruleset({}, Moves::allowed).error().code == Code::io);
    return;
  }
  const TemporaryDirectory scratch;
  for (const char* name : {"root", "root/tree", "other", "to"}) scratch.make_directory(name);
  for (const char* name : {"root/a", "root/b", "root/tree/x", "other/c", "to/there"}) scratch.write(name, "x");
  const Descriptor root = open_directory(scratch.at("root"));
  // perl's rename is the kernel's; mv would copy what it cannot move.
  auto plan = shell(
      "cd \"$1\"; moves() { perl -e 'exit !rename $ARGV[0], $ARGV[1]' \"$@\"; }\n"
      "moves root/a to/a && moves root/tree to/tree || exit 9\n"
      "moves other/c to/c && exit 8; moves to/there root/there && exit 7; moves root/b to/there && exit 6\n"
      "ln -s ../other root/way; moves root/way/c to/c && exit 5\n"
      "rm other/c 2>/dev/null && exit 4; exit 0",
      {scratch.path()});
  plan.removal_roots = {root.get()};
  plan.moves = Moves::allowed;
  CHECK(run(plan).exit_status == 0);
  for (const char* there : {"to/a", "to/tree/x", "other/c", "to/there", "root/b"}) CHECK(std::filesystem::exists(scratch.at(there)));
  plan.moves = Moves::refused;
  CHECK(run(plan).exit_status == 9);
}
