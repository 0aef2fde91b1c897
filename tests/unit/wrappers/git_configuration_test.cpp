// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/configuration.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "libpvm/system/launch.hpp"
#include "tests/unit/system/temporary_directory.hpp"

namespace pvm::wrappers::git {
namespace {

using Code = std::vector<model::InjectedCode>;

// The list of `git config --list -z` for these "NAME=VALUE"; without '=', a name alone.
Configuration configuration(const std::vector<std::string>& settings) {
  std::string list;
  for (const std::string& setting : settings) {
    const auto equals = setting.find('=');
    list += setting.substr(0, equals);
    if (equals != std::string::npos) list += "\n" + setting.substr(equals + 1);
    list += '\0';
  }
  return Configuration::parse(list);
}

system::Environment environment(std::map<std::string, std::string, std::less<>> values = {}) { return system::Environment(std::move(values)); }

Code injected(const std::vector<std::string>& settings, const std::string& url, std::map<std::string, std::string, std::less<>> variables = {},
              const std::optional<std::string>& receive_pack = std::nullopt) {
  PushCommand command;
  command.receive_pack = receive_pack;
  return injected_code(configuration(settings), environment(std::move(variables)), "origin", url, command);
}

TEST_CASE("a list of settings is read with every value, whatever bytes it has") {
  using namespace std::string_view_literals;
  const Configuration read = Configuration::parse("a.b\nc=d\ne\0a.b\nlast\0flag\0empty\n\0x.U r l.y\nz"sv);
  CHECK(read.all("a.b") == std::vector<std::string>{"c=d\ne", "last"});
  CHECK(read.find("a.b") == "last");
  CHECK(read.find("empty") == "");
  CHECK(read.find("flag") == "true");
  CHECK(read.find("x.U r l.y") == "z");
  CHECK_FALSE(read.find("A.B").has_value());
  CHECK(read.all("none").empty());
  CHECK(Configuration::parse("").values().empty());
}

TEST_CASE("truth is read as git reads it") {
  for (const char* value : {"true", "TRUE", "yes", "On", "1", "2k", "10", "-1"}) {
    CAPTURE(value);
    CHECK(configuration({std::string("m=") + value}).is_true("m"));
  }
  for (const char* value : {"false", "no", "OFF", "", "0", "0k", "00"}) {
    CAPTURE(value);
    CHECK_FALSE(configuration({std::string("m=") + value}).is_true("m"));
  }
  CHECK(configuration({"m"}).is_true("m"));
  CHECK_FALSE(configuration({}).is_true("m"));
  CHECK_FALSE(configuration({"m=true", "m=false"}).is_true("m"));
}

TEST_CASE("the user's own hooks are where core.hooksPath says, the last one") {
  const auto hooks = [](const std::vector<std::string>& settings) { return users_hooks(configuration(settings), environment({{"HOME", "/h"}})); };
  CHECK_FALSE(hooks({})->has_value());
  CHECK_FALSE(hooks({"core.hookspath="})->has_value());
  CHECK(**hooks({"core.hookspath=/a", "core.hookspath=b/c"}) == "b/c");
  CHECK(**hooks({"core.hookspath=~/c"}) == "/h/c");
  for (const char* path : {"~u/x", "~", "%(prefix)/x"}) {
    const auto refused = hooks({std::string("core.hookspath=") + path});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == base::Code::usage);
  }
  CHECK_FALSE(users_hooks(configuration({"core.hookspath=~/c"}), environment()).has_value());
}

TEST_CASE("a push that no setting touches runs nothing of anybody's") {
  for (const char* url : {"/srv/x", "file:///srv/x", "ssh://h/x", "h:x", "https://h/x", "git://h/x"}) {
    CHECK(injected({"core.editor=vi", "remote.other.receivepack=x", "core.pager=x"}, url, {{"GIT_EDITOR", "x"}, {"GIT_SSH_COMMAND", ""}}).empty());
  }
}

TEST_CASE("by ssh, the first program that is set is named") {
  const std::vector<std::string> both = {"core.sshcommand=a", "core.sshcommand=b"};
  CHECK(injected(both, "h:x") == Code{{"core.sshCommand", "b"}});
  CHECK(injected(both, "ssh://h/x", {{"GIT_SSH_COMMAND", "c"}, {"GIT_SSH", "d"}}) == Code{{"GIT_SSH_COMMAND", "c"}});
  CHECK(injected({}, "h:x", {{"GIT_SSH", "d"}}) == Code{{"GIT_SSH", "d"}});
  CHECK(injected(both, "https://h/x", {{"GIT_SSH", "d"}}).empty());
}

TEST_CASE("over the web, every helper for passwords is named") {
  const std::vector<std::string> helpers = {"credential.helper=b", "credential.helper=", "credential.https://h.helper=!a", "credential.useHttpPath=1"};
  CHECK(injected(helpers, "https://h/x") == Code{{"credential.helper", "b"}, {"credential.https://h.helper", "!a"}});
  CHECK(injected({"core.askpass=p"}, "http://h/x") == Code{{"core.askPass", "p"}});
  CHECK(injected({"core.askpass=p"}, "https://h/x", {{"GIT_ASKPASS", "q"}}) == Code{{"GIT_ASKPASS", "q"}});
  CHECK(injected(helpers, "ssh://h/x").empty());
}

TEST_CASE("a helper that a URL or a remote names is named, to the letter") {
  CHECK(injected({}, "ext::sh -c x") == Code{{"transport", "ext"}});
  CHECK(injected({}, "SSH://h/x", {{"GIT_SSH_COMMAND", "c"}}) == Code{{"transport", "SSH"}});
  CHECK(injected({"remote.origin.vcs=hg"}, "https://h/x") == Code{{"remote.origin.vcs", "hg"}, {"transport", "hg"}});
  CHECK(injected({"remote.origin.vcs="}, "/srv/x").empty());
}

TEST_CASE("a program for the other side is named, as said before as configured") {
  CHECK(injected({"remote.origin.receivepack=a"}, "/srv/x") == Code{{"remote.origin.receivepack", "a"}});
  CHECK(injected({"remote.origin.receivepack=a"}, "h:x", {}, "b") == Code{{"--receive-pack", "b"}});
  CHECK(injected({"remote.origin.receivepack=a"}, "h:x", {}, "").empty());
  CHECK(injected({"remote.origin.receivepack=a"}, "https://h/x", {}, "b").empty());
}

TEST_CASE("git daemons are reached through a proxy command") {
  CHECK(injected({"core.gitproxy=p for h", "core.gitproxy=q"}, "git://h/x", {{"GIT_PROXY_COMMAND", "c"}}) ==
        Code{{"GIT_PROXY_COMMAND", "c"}, {"core.gitProxy", "p for h"}, {"core.gitProxy", "q"}});
}

TEST_CASE("the real git tells its configuration, and what it cannot read") {
  const auto program = system::find_real_command("git", std::nullopt);
  REQUIRE(program.has_value());
  const test::TemporaryDirectory home;
  const Git git{*program, {"-C", home.path(), "-c", "Remote.O x.Mirror"}, {"HOME=" + home.path(), "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C"}};
  home.write(".gitconfig", "[core]\n\tsshCommand = \"a\\nb\"\n");
  const auto read = Configuration::read(git);
  REQUIRE(read.has_value());
  CHECK(read->find("core.sshcommand") == "a\nb");
  CHECK(read->is_true("remote.O x.mirror"));
  home.write(".gitconfig", "[core\n");
  const auto bad = Configuration::read(git);
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().code == base::Code::malformed);
}

}  // namespace
}  // namespace pvm::wrappers::git
