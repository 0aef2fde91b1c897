// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/url.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/system/temporary_directory.hpp"
#include "wrappers/git/place.hpp"

namespace pvm::wrappers::git {
namespace {

namespace fs = std::filesystem;

TEST_CASE("git reaches a URL by the way that its beginning says") {
  const std::pair<const char*, Transport> rows[] = {
      {"/srv/x", Transport::local}, {"x", Transport::local}, {"", Transport::local}, {"./a:b", Transport::local}, {"a/b:c", Transport::local},
      {"file:///srv/x", Transport::local}, {"h:x", Transport::ssh}, {"u@h:x", Transport::ssh}, {"ssh://h/x", Transport::ssh},
      {"git+ssh://h/x", Transport::ssh}, {"ssh+git://h/x", Transport::ssh}, {"git://h/x", Transport::git}, {"https://h/x", Transport::http},
      {"ftp://h/x", Transport::http}, {"ext::sh -c x", Transport::helper}, {"fd::1", Transport::helper}, {"s3://bucket", Transport::helper},
      {"https::https://h/x", Transport::helper}, {"a.b+c-d::x", Transport::helper}, {"[::1]:x", Transport::ssh}, {"-a::b", Transport::ssh},
      {"a b::c", Transport::ssh}, {"9p://h/x", Transport::ssh}};
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(transport_of(row.first) == row.second);
  }
}

TEST_CASE("a scheme in capitals is a helper of that name to git") {
  for (const char* url : {"SSH://h/x", "FILE:///srv/x", "HTTPS://h/x", "File:///x", "Git://h/x"}) {
    CAPTURE(url);
    CHECK(transport_of(url) == Transport::helper);
    CHECK(helper_of(url) == std::string(url).substr(0, std::string(url).find(':')));
    CHECK_FALSE(local_path(url).has_value());
  }
  CHECK(helper_of("ext::sh -c 'x://y'") == "ext");
  CHECK(helper_of("s3://a::b") == "s3");
}

TEST_CASE("a URL of this machine leads to the path that git makes of it") {
  CHECK(local_path("/srv/x%20y") == "/srv/x%20y");
  CHECK(local_path("../x") == "../x");
  CHECK(local_path("file:///srv/%78%2E%2e") == "/srv/x..");
  CHECK(local_path("file:///a%2") == "/a%2");
  CHECK(local_path("file:///a%zz%") == "/a%zz%");
  CHECK(local_path("file:///a%00b") == "/a%00b");
  CHECK(local_path("file:///a%2578") == "/a%78");
}

TEST_CASE("what only git can tell leads to no path") {
  // git goes to /srv/x for the first; a directory "host" here must not stand in for it.
  for (const char* url : {"file://host/srv/x", "file://./srv/x", "~/x", "~u/x", "file://~/x", "h:x", "https://h/x", "ext::x"}) {
    CAPTURE(url);
    CHECK_FALSE(local_path(url).has_value());
    CHECK(place_of(url).empty());
  }
}

TEST_CASE("a password is taken off, a user and a port stay") {
  CHECK(without_password("https://u:p@h:1/x") == "https://u@h:1/x");
  CHECK(without_password("https://u:p:q@h/x") == "https://u@h/x");
  CHECK(without_password("https://u:p@q@h/x") == "https://u@h/x");
  CHECK(without_password("https://:p@h/x") == "https://@h/x");
  CHECK(without_password("https://h:1/x@y") == "https://h:1/x@y");
  CHECK(without_password("https://u@h/a:b@c") == "https://u@h/a:b@c");
  CHECK(without_password("https://u:p@h") == "https://u@h");
  CHECK(without_password("u@h:x:y@z") == "u@h:x:y@z");
}

// --- where a local URL leads

// What git takes for a repository.
void make_repository(const fs::path& path, const std::string& head = "ref: refs/heads/main\n") {
  fs::create_directories(path / "objects");
  fs::create_directories(path / "refs");
  std::ofstream(path / "HEAD") << head;
}

TEST_CASE("a repository's place is its real path, with a work tree or without") {
  const test::TemporaryDirectory box;
  make_repository(box.at("bare.git"));
  make_repository(box.at("tree/.git"));
  fs::create_directory_symlink(box.at("bare.git"), box.at("link"));
  CHECK(place_of(box.at("bare.git")) == box.at("bare.git"));
  CHECK(place_of(box.at("bare.git///")) == box.at("bare.git"));
  CHECK(place_of(box.at("bare")) == box.at("bare.git"));
  CHECK(place_of("file://" + box.at("bar%65")) == box.at("bare.git"));
  CHECK(place_of(box.at("link")) == box.at("bare.git"));
  CHECK(place_of(box.at("tree")) == box.at("tree"));
  CHECK(place_of(box.at("tree/.git")) == box.at("tree"));
  CHECK(place_of(box.at("missing")).empty());
}

TEST_CASE("a directory that is no repository does not stand in for the one that git goes to") {
  const test::TemporaryDirectory box;
  make_repository(box.at("secret.git"));
  make_repository(box.at("secret/.git"));
  fs::create_directories(box.at("ok"));
  // git passes over "decoy" and takes "decoy.git".
  fs::create_directories(box.at("ok/decoy"));
  fs::create_directory_symlink(box.at("secret.git"), box.at("ok/decoy.git"));
  CHECK(place_of(box.at("ok/decoy")) == box.at("secret.git"));
  // ".git" inside goes first, be it a link or a file.
  make_repository(box.at("ok/outer"));
  fs::create_directory_symlink(box.at("secret.git"), box.at("ok/outer/.git"));
  CHECK(place_of(box.at("ok/outer")) == box.at("secret.git"));
  fs::create_directories(box.at("ok/filed"));
  box.write("ok/filed/.git", "gitdir: ../../secret/.git\n");
  CHECK(place_of(box.at("ok/filed")) == box.at("secret"));
  // Without a good HEAD it is none, to git.
  make_repository(box.at("ok/headless/.git"), "nothing\n");
  fs::create_directory_symlink(box.at("secret.git"), box.at("ok/headless.git"));
  CHECK(place_of(box.at("ok/headless")) == box.at("secret.git"));
  // An escape is read as git reads it, also where a directory has the name of the escape.
  make_repository(box.at("ok/%73.git"));
  make_repository(box.at("ok/s.git"));
  CHECK(place_of("file://" + box.at("ok/%73.git")) == box.at("ok/s.git"));
}

TEST_CASE("a linked work tree is a place of the repository that it belongs to") {
  const test::TemporaryDirectory box;
  make_repository(box.at("main/.git"));
  fs::create_directories(box.at("main/.git/worktrees/w"));
  box.write("main/.git/worktrees/w/HEAD", std::string(40, 'a') + "\n");
  box.write("main/.git/worktrees/w/commondir", "../..\n");
  fs::create_directories(box.at("w"));
  box.write("w/.git", "gitdir: " + box.at("main/.git/worktrees/w") + "\n");
  CHECK(place_of(box.at("w")) == box.at("main"));
}

TEST_CASE("a HEAD is a link to refs, a symbolic one or an id") {
  const test::TemporaryDirectory box;
  const std::string id(40, 'a');
  const std::pair<std::string, bool> heads[] = {{"ref: refs/heads/x\n", true}, {"ref:refs/x", true}, {"ref: \t refs/x", true}, {id + "\n", true},
                                                {id + id.substr(0, 24), true}, {"ref: heads/x\n", false}, {"refs/heads/x", false}, {"", false},
                                                {id.substr(1) + "\n", false}, {"ref:", false}};
  int number = 0;
  for (const auto& head : heads) {
    CAPTURE(head.first);
    const std::string path = box.at("r" + std::to_string(number++));
    make_repository(path, head.first);
    CHECK(place_of(path).empty() != head.second);
  }
  make_repository(box.at("linked"));
  fs::remove(box.at("linked/HEAD"));
  fs::create_symlink("refs/heads/main", box.at("linked/HEAD"));
  CHECK(place_of(box.at("linked")) == box.at("linked"));
  fs::remove(box.at("linked/HEAD"));
  fs::create_symlink("/etc/hostname", box.at("linked/HEAD"));
  CHECK(place_of(box.at("linked")).empty());
}

TEST_CASE("a small file of git's is read to the end of its line, and nothing else is") {
  const test::TemporaryDirectory box;
  CHECK(line_of(box.write("a", "one\r\ntwo")) == "one");
  CHECK(line_of(box.write("b", "one")) == "one");
  CHECK(line_of(box.write("c", std::string(9000, 'x'))).empty());
  CHECK(line_of(box.path()).empty());
  CHECK(line_of(box.at("missing")).empty());
  CHECK(beneath("/a", "b") == "/a/b");
  CHECK(beneath("/a/", "b") == "/a/b");
  CHECK(beneath("/a", "/b") == "/b");
}

}  // namespace
}  // namespace pvm::wrappers::git
