// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/clean.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "libpvm/system/launch.hpp"
#include "tests/unit/system/temporary_directory.hpp"
#include "wrappers/git/running.hpp"

namespace pvm::wrappers::git {
namespace {

using List = std::vector<std::string>;

List listed(const std::string& output) {
  const auto paths = listed_by_clean(output);
  REQUIRE_MESSAGE(paths.has_value(), output);
  return *paths;
}

TEST_CASE("what git clean would remove is read, what it would leave is left") {
  CHECK(listed("").empty());
  CHECK(listed("Would remove a\nWould remove d/\nWould skip repository r/\nWould refuse to remove current working directory\nWould remove ../x y\n") ==
        List{"a", "d", "../x y"});
  CHECK(listed("Would remove Would skip repository x\n") == List{"Would skip repository x"});
  CHECK(listed("Would remove  \n") == List{" "});
  CHECK(listed("Would remove a\\b\n") == List{"a\\b"});
  CHECK(listed("Would remove a\"b\n") == List{"a\"b"});
  CHECK(listed("Would remove a") == List{"a"});
}

TEST_CASE("quoted names are read as C reads them") {
  CHECK(listed(R"(Would remove "\"a\"")") == List{"\"a\""});
  CHECK(listed(R"(Would remove "\303\251")") == List{"\xC3\xA9"});
  CHECK(listed(R"(Would remove "\a\b\t\n\v\f\r\\")") == List{"\a\b\t\n\v\f\r\\"});
  CHECK(listed(R"(Would remove "\0011")") == List{"\x01" "1"});
  CHECK(listed(R"(Would remove "d\n/")") == List{"d\n"});
  CHECK(listed(R"(Would remove "\377")") == List{"\xff"});
}

TEST_CASE("a line that git would not write is refused, and with it all of the list") {
  for (const char* line : {"", "Would remove ", "would remove a", "Removing a", "Would remove", "Would remove \"", "Would remove \"a", "Would remove \"\"",
                           R"(Would remove "a\")", R"(Would remove "\8")", R"(Would remove "\18")", R"(Would remove "\400")", R"(Would remove "\777")",
                           R"(Would remove "\000")", R"(Would remove "a\000b")", R"(Would remove "\x41")", R"(Would remove "\q")", R"(Would remove "a"b")",
                           R"(Would remove """)", R"(Would remove "a" )", "warning: x"}) {
    CAPTURE(line);
    const auto refused = listed_by_clean("Would remove a\n" + std::string(line) + "\nWould remove b\n");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == base::Code::malformed);
  }
}

TEST_CASE("the real git's list names what is there, whatever its names are") {
  const auto program = system::find_real_command("git", std::nullopt);
  REQUIRE(program.has_value());
  const test::TemporaryDirectory box;
  const Git git{*program, {"-C", box.path()}, {"HOME=" + box.path(), "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C", "LANGUAGE=C"}};
  REQUIRE(ask(git, {"init", "-q"})->status == 0);
  List names = {"\"a",     "\"a\"", "a\"b",   "a b",     " a",      "a ",     "a\nWould remove etc", "a\tb", "\x01\x7f", "caf\xC3\xA9", "\xff\xfe",
                "a\\b",    "\\",    "a\\303", "-n",      "Would remove x", "d\ne", "#",   "%41", "$(x)",  "'a'"};
  for (const std::string& name : names) {
    if (name.starts_with("d")) {
      std::filesystem::create_directories(box.at(name + "/inner"));
      box.write(name + "/inner/f", "");
    } else {
      box.write(name, "");
    }
  }
  for (const char* quoting : {"core.quotePath=true", "core.quotePath=false"}) {
    Git asked = git;
    asked.globals.insert(asked.globals.end(), {"-c", quoting});
    const auto answer = ask(asked, {"clean", "-nd"});
    REQUIRE(answer.has_value());
    List found = listed(answer->output);
    std::ranges::sort(found);
    std::ranges::sort(names);
    CHECK(found == names);
  }
}

}  // namespace
}  // namespace pvm::wrappers::git
