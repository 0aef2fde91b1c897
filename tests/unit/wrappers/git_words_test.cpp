// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/words.hpp"

#include <doctest/doctest.h>

#include "wrappers/git/commands.hpp"

namespace pvm::wrappers::git {
namespace {

using List = std::vector<std::string>;

Meaning meaning(List argv) { return meaning_of(read_words(argv)); }

TEST_CASE("git's own options stand before the command, and what follows is the command's") {
  const Words words = read_words({"git", "-C", "push", "-c", "alias.p=push", "--git-dir=x", "--git-dir", "y", "-p", "push", "-c", "a", "--", "b"});
  CHECK(words.globals == List{"-C", "push", "-c", "alias.p=push", "--git-dir=x", "--git-dir", "y", "-p"});
  CHECK(words.command == "push");
  CHECK(words.rest == List{"-c", "a", "--", "b"});
  CHECK_FALSE(words.unknown_option.has_value());
  CHECK_FALSE(words.exec_path.has_value());
}

TEST_CASE("a value of git's options is never the command, whatever it says") {
  for (const char* option : {"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--super-prefix", "--shallow-file"}) {
    CAPTURE(option);
    CHECK(read_words({"git", option, "status", "push"}).command == "push");
    CHECK(read_words({"git", option, "push", "status"}).command == "status");
    CHECK(read_words({"git", option}).command.empty());
    CHECK(read_words({"git", option, "push"}).command.empty());
  }
  for (const char* option : {"-p", "-P", "--no-pager", "--bare", "--no-replace-objects", "--literal-pathspecs", "--no-optional-locks",
                             "--git-dir=status", "--work-tree=", "--namespace=x", "--config-env=a=b", "--exec-path=x"}) {
    CAPTURE(option);
    CHECK(read_words({"git", option, "push", "status"}).command == "push");
  }
}

TEST_CASE("a name by which git is called is the command") {
  for (const char* name : {"git-push", "/usr/lib/git-core/git-push", "safe-git-push", "/opt/x/safe-git-push", "./git-push"}) {
    CAPTURE(name);
    const Words words = read_words({name, "-C", "x", "--exec-path=y"});
    CHECK(words.command == "push");
    CHECK(words.rest == List{"-C", "x", "--exec-path=y"});
    CHECK(words.globals.empty());
    CHECK_FALSE(words.exec_path.has_value());
  }
  CHECK(read_words({"git-svn", "dcommit"}).command == "svn");
  CHECK(read_words({"git-", "push"}).command == "push");
  CHECK(read_words({"git"}).command.empty());
}

TEST_CASE("the exec-path that git is given is seen, the last one") {
  CHECK(read_words({"git", "--exec-path=/a", "--exec-path=/b", "push"}).exec_path == "/b");
  CHECK(read_words({"git", "--exec-path=", "push"}).exec_path == "");
  // Without a value git tells it, and ends.
  const Words telling = read_words({"git", "--exec-path", "push"});
  CHECK(telling.command.empty());
  CHECK(meaning_of(telling) == Meaning::harmless);
  CHECK(meaning({"git", "--list-cmds=main", "push"}) == Meaning::harmless);
}

TEST_CASE("at an unknown option the reading ends, as git does") {
  for (const char* option : {"--exec-pat=x", "--no-verify", "-f", "-Cx", "-cx", "--gitdir=x", "--git-dirx", "-", "--", "--paginat", "-pP"}) {
    CAPTURE(option);
    const Words words = read_words({"git", option, "push"});
    CHECK(words.unknown_option == option);
    CHECK(words.command.empty());
  }
}

TEST_CASE("what can push or clean is told from what only looks") {
  CHECK(meaning({"git", "push"}) == Meaning::push);
  CHECK(meaning({"git", "-c", "x=y", "push", "--help-me"}) == Meaning::push);
  CHECK(meaning({"git", "clean"}) == Meaning::clean);
  for (const char* command : {"send-pack", "http-push"}) {
    CHECK(meaning({"git", command}) == Meaning::plumbing);
  }
  // A helper cannot push without one of those.
  for (const char* command : {"remote-https", "remote-ext", "remote-whatever"}) {
    CHECK(meaning({"git", command}) == Meaning::harmless);
  }
  for (const char* command : {"psuh", "PUSH", "Push", "push ", "pus", "p", "push-all", "annex", "flow", "../push", "git-push", "x\ny"}) {
    CAPTURE(command);
    CHECK(meaning({"git", command}) == Meaning::unknown);
  }
  for (const char* command : {"status", "fetch", "pull", "commit", "log", "gc", "write-tree", "add", "remote", "submodule", "help"}) {
    CAPTURE(command);
    CHECK(meaning({"git", command, "push"}) == Meaning::harmless);
  }
  for (const List& argv : {List{"git"}, {"git", ""}, {"git", "-h"}, {"git", "--help", "push"}, {"git", "--version"}, {"git", "-v"}}) {
    CHECK(meaning(argv) == Meaning::harmless);
  }
}

TEST_CASE("a command of git's is not taken for an alias, and an alias on the command line is no command") {
  CHECK(meaning({"git", "-c", "alias.status=push", "status"}) == Meaning::harmless);  // git takes its own first
  CHECK(meaning({"git", "-c", "alias.p=push", "p"}) == Meaning::unknown);             // it starts git anew
  CHECK(meaning({"git", "-c", "alias.p=!git push", "p", "push"}) == Meaning::unknown);
}

TEST_CASE("what sends by other means is told by its words, wherever they stand") {
  for (const List& argv : {List{"git", "svn", "dcommit"}, {"git", "svn", "-q", "dcommit"}, {"git", "lfs", "push", "origin"},
                           {"git", "p4", "--verbose", "submit"}, {"git", "cvsexportcommit"}, {"git", "annex", "export"}, {"git-svn", "branch"}}) {
    CHECK(meaning(argv) == Meaning::sends_otherwise);
  }
  for (const List& argv : {List{"git", "svn", "log"}, {"git", "svn"}, {"git", "svn", ""}, {"git", "lfs", "pull"}, {"git", "p4", "sync"}}) {
    CHECK(meaning(argv) == Meaning::harmless);
  }
}

TEST_CASE("asking for the manual page, or what a completion asks, pushes nothing") {
  for (const char* command : {"push", "clean"}) {
    CHECK(meaning({"git", command, "--help"}) == Meaning::harmless);
    CHECK(meaning({"git", command, "--help", "a"}) == Meaning::harmless);
    CHECK(meaning({"git", command, "--git-completion-helper"}) == Meaning::harmless);
    CHECK(meaning({"git", command, "--git-completion-helper-all"}) == Meaning::harmless);
    for (const List& rest : {List{"--git-completion-helper", "a"}, {"-f", "--help"}, {"--help=x"}, {"--helpx"}, {"--", "--help"}, {"a", "--help"}}) {
      List argv = {"git", command};
      argv.insert(argv.end(), rest.begin(), rest.end());
      CHECK(meaning(argv) != Meaning::harmless);
    }
  }
}

}  // namespace
}  // namespace pvm::wrappers::git
