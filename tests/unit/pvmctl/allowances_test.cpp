// SPDX-License-Identifier: Apache-2.0
// What the offered allowances cover, and above all what they do not.
#include "pvmctl/approval/allowances.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "libpvm/model/grant.hpp"

using namespace pvm;
using namespace pvm::pvmctl;

namespace {

bool covers(const std::vector<model::Scope>& scopes, const std::string& path, model::Extent extent) {
  return std::ranges::any_of(scopes, [&](const model::Scope& scope) { return scope.covers({path, extent}); });
}

}  // namespace

TEST_CASE("what builds make is covered beneath the directory that was named, and nothing else") {
  const auto scopes = approval::build_scopes("/w/s*c");
  REQUIRE(scopes);
  using model::Extent;
  for (const char* made : {"node_modules", "a/node_modules", "a/b/c/build", "target", ".venv", "x/__pycache__", "cmake-build-debug",
                           "p/greet.egg-info", "conftest.dir", "conf31415.dir", ".libs", "confA1b2c3", "conf9zzzzz"}) {
    CAPTURE(made);
    CHECK(covers(*scopes, "/w/s*c/" + std::string(made), Extent::tree));
    CHECK(covers(*scopes, "/w/s*c/" + std::string(made) + "/in/it", Extent::tree));
    CHECK_FALSE(covers(*scopes, "/w/src/" + std::string(made), Extent::tree));  // its '*' is a star
    CHECK_FALSE(covers(*scopes, "/" + std::string(made), Extent::tree));
  }
  for (const char* made : {"a.o", "x/y.lo", "conftest", "conftest.c", "conftest.cpp", "conftest.err", "conftest.er1", "conftest.exe", "conftest.o", "conftest.obj",
                           "config.log", "confdefs.h", "a.out", "conf314", "conf31415", "conf31415.file", "conf4194304"}) {
    CHECK(covers(*scopes, "/w/s*c/" + std::string(made), Extent::item));
  }
  for (const char* kept : {"", "/src", "/build2", "/builds", "/my-build", "/Makefile", "/configure", "/config.h.in", "/a.c", "/.git",
                           "/vendor", "/core.c", "/o", "/node_modules_old", "/venv.py", "/x.o.c", "/conftest.py", "/tests/conftest.py", "/conftest.cfg",
                           "/conftest.toml", "/config.yml", "/config.exs", "/config.php", "/config.hpp", "/config.txt", "/conference", "/conf-users",
                           "/conf2024", "/conf2024.sql", "/conf1.bak", "/confusion", "/core", "/.git/refs/heads/core", "/configs"}) {
    CAPTURE(kept);
    CHECK_FALSE(covers(*scopes, "/w/s*c" + std::string(kept), Extent::tree));
    CHECK_FALSE(covers(*scopes, "/w/s*c" + std::string(kept), Extent::item));
  }
}

TEST_CASE("builds are allowed in a directory that somebody named, not everywhere") {
  for (const char* bad : {"/", "", "src", "/w/", "/w/../x", "/w//x"}) CHECK_FALSE(approval::build_scopes(bad));
  CHECK_FALSE(approval::build_scopes("/" + std::string(4090, 'd')));
}

TEST_CASE("temporary files: all of a directory of one's own, and in a shared one what has a drawn name") {
  using model::Extent;
  const auto own = approval::temporary_scopes("/home/u/tmp/");
  CHECK(covers(own, "/home/u/tmp/anything", Extent::tree));
  CHECK_FALSE(covers(own, "/home/u/tmp", Extent::tree));
  CHECK_FALSE(covers(own, "/home/u/tmp", Extent::item));
  for (const std::string directory : {"", "/tmp", "/tmp/", "/", "tmp", "/tmp/..", "/var/tmp"}) {
    CAPTURE(directory);
    const auto shared = approval::temporary_scopes(directory);
    const std::string at = directory == "/var/tmp" ? "/var/tmp/" : "/tmp/";
    CHECK(covers(shared, at + "tmp.B3xRmDsKYE", Extent::tree));
    CHECK(covers(shared, at + "cgj6Uckz", Extent::tree));
    for (const char* other : {"", "x", "tmp", "tmp.", "tmux-1000", "tmp.short", "ssh-XXXXabcdef", "session.tmp", "cc", "tmp_project", "ccexport.csv",
                              "boot-loader.s", "config-new", "confidence", "cgconfig", "cgroup-x", "tmpab_12xyz"}) {
      CHECK_FALSE(covers(shared, at + other, Extent::tree));
      CHECK_FALSE(covers(shared, at + other, Extent::item));
    }
    CHECK_FALSE(covers(shared, "/home/u", Extent::tree));
  }
}
