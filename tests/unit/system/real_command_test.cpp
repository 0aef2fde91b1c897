// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "libpvm/system/launch.hpp"
#include "tests/unit/system/temporary_directory.hpp"

using namespace pvm::system;
using pvm::base::Code;
using pvm::test::TemporaryDirectory;

TEST_CASE("the real command is found in the fixed directories, whatever PATH says") {
  const TemporaryDirectory scratch;
  scratch.write("rm", "#!/bin/sh\n", 0755);
  const std::string before = std::getenv("PATH") == nullptr ? "" : std::getenv("PATH");
  ::setenv("PATH", scratch.path().c_str(), 1);
  CHECK(find_real_command("rm", std::nullopt).value() == "/usr/bin/rm");
  ::setenv("PATH", before.c_str(), 1);
  CHECK(find_real_command("pvm-no-such-command", std::nullopt).error().code == Code::missing);
  CHECK(find_real_command("", std::nullopt).error().code == Code::missing);  // a directory
}

TEST_CASE("a configured command is taken as it is, where it can be one") {
  const TemporaryDirectory scratch;
  const std::string good = scratch.write("good", "#!/bin/sh\n", 0755);
  CHECK(find_real_command("rm", good).value() == good);
  const std::string plain = scratch.write("plain", "x", 0644);
  for (const std::string& bad :
       {std::string(), std::string("rm"), std::string("./rm"), std::filesystem::relative(good).string(),
        plain, scratch.path(), std::string("/dev/null")}) {
    CAPTURE(bad);
    CHECK(find_real_command("rm", bad).error().code == Code::unsafe);
  }
  CHECK(find_real_command("rm", scratch.at("none")).error().code == Code::missing);
}

TEST_CASE("this program is never the real command, by whatever name") {
  const TemporaryDirectory scratch;
  std::filesystem::create_symlink("/proc/self/exe", scratch.at("magic"));
  std::filesystem::create_symlink(std::filesystem::read_symlink("/proc/self/exe"), scratch.at("rm"));
  CHECK(find_real_command("rm", scratch.at("rm")).error().code == Code::unsafe);
  CHECK(find_real_command("rm", scratch.at("magic")).error().message.find("itself") != std::string::npos);
  CHECK(find_real_command("rm", std::filesystem::read_symlink("/proc/self/exe").string()).error().code ==
        Code::unsafe);
}

TEST_CASE("rm and trash get a clean environment") {
  const Environment environment(std::map<std::string, std::string, std::less<>>{
      {"HOME", "/h"},
      {"LANG", "C"},
      {"LC_ALL", "C"},
      {"LC_TIME", ""},
      {"TERM", "x"},
      {"TZ", "UTC"},
      {"LD_PRELOAD", "/x"},
      {"PATH", "/x"},
      {"XDG_DATA_HOME", "/d"},
      {"POSIXLY_CORRECT", ""},
      {"LOCPATH", "/x"},
      {"LANGUAGE", "x"},
      {"GCONV_PATH", "/x"},
      {"PVM_AGENT", "x"},
      {"BASH_ENV", "/x"},
      {"PYTHONPATH", "/x"},
      {"LD_LC_X", "x"},
      {"HOMES", "x"},
  });
  auto kept = plain_environment(environment);
  std::sort(kept.begin(), kept.end());
  CHECK(kept == std::vector<std::string>{"HOME=/h", "LANG=C", "LC_ALL=C", "LC_TIME=", "POSIXLY_CORRECT=",
                                         "TERM=x", "TZ=UTC", "XDG_DATA_HOME=/d"});
}
