// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/audit_paths.hpp"

#include <doctest/doctest.h>

using namespace pvm;
using pvmctl::lexical_path;
using pvmctl::Touch;

namespace {

Touch touches(const std::string& scope, const std::string& path) {
  vault::AuditEntry entry;
  entry.scope = scope;
  return pvmctl::touches(entry, path);
}

}  // namespace

TEST_CASE("a path is made absolute by its letters") {
  struct Case {
    const char* path;
    const char* cwd;
    const char* clean;
  };
  const Case cases[] = {
      {"/", "/w", "/"},          {"//a///b/", "/w", "/a/b"},   {"a", "/w", "/w/a"},        {".", "/w", "/w"},
      {"..", "/w/x", "/w"},      {"../../..", "/w/x", "/"},    {"./a/./b/../c", "/", "/a/c"}, {"/a/..", "/w", "/"},
      {"...", "/w", "/w/..."},   {"a\n/b", "/w", "/w/a\n/b"},  {"\xff", "/w", "/w/\xff"},  {"/a", "", "/a"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.path);
    CHECK(lexical_path(one.path, one.cwd).value_or("?") == one.clean);
  }
  CHECK_FALSE(lexical_path("", "/w").has_value());
  CHECK_FALSE(lexical_path("a", "").has_value());
  CHECK_FALSE(lexical_path(std::string_view("/a\0b", 4), "/w").has_value());
}

TEST_CASE("an entry touches a path that it names, what is beneath, and a directory above, by table") {
  struct Case {
    const char* scope;
    const char* path;
    Touch touch;
  };
  const Case cases[] = {
      {"/w/build", "/w/build", Touch::yes},
      {"/w/build/a", "/w/build", Touch::yes},        // beneath
      {"/w", "/w/build/a", Touch::yes},              // above: a recursive removal
      {"/", "/w/build/a", Touch::yes},
      {"/w/build2", "/w/build", Touch::no},          // whole components
      {"/w/buil", "/w/build", Touch::no},
      {"/v/w/build", "/w/build", Touch::no},
      {"/w/other\n/w/build", "/w/build", Touch::yes},
      {"/w/build\n/w/other", "/w/build", Touch::yes},
      {"/w/x/w/build\n/v", "/w/build", Touch::no},   // in the middle of a line
      {"/w/build/", "/w/build/a", Touch::yes},       // a scope for all beneath
      {"/w/**", "/w/a", Touch::no},                  // wildcards are letters
      {"/w/a", "/", Touch::yes},
      {"", "/w", Touch::no},
      {"", "/", Touch::no},
      {"not a path", "/w", Touch::no},
      {"/w/a\nb", "/w/a\nb", Touch::yes},            // a newline in a name
      {"/w/a\nb/c", "/w/a\nb", Touch::yes},
      {"/w/a\nb", "/w/a\nb/c", Touch::yes},
      {"/w/a\nb", "/w/a", Touch::yes},               // may be two names: rather too much than too little
      {"/w/a\nb", "/w/b", Touch::no},
      {"/w/\xff\xfe", "/w/\xff\xfe", Touch::yes},
      {"/w/\xff\xfe", "/w/\xff", Touch::no},
      {"/w/a\n(12 more)", "/w/b", Touch::unclear},
      {"/w/a\n(12 more)", "/w/a", Touch::yes},
      {"/w/a (12 more)", "/w/b", Touch::no},
      {"/w/[x]", "/w/x", Touch::no},
  };
  for (const Case& one : cases) {
    CAPTURE(one.scope);
    CAPTURE(one.path);
    CHECK(touches(one.scope, one.path) == one.touch);
  }
}

TEST_CASE("a path that seems to hold a secret is found as it is kept") {
  CHECK(touches("/w/token=[removed]", "/w/token=abcdefgh12345678") == Touch::yes);
}
