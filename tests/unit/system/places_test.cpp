// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/places.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/system/forked.hpp"
#include "tests/unit/system/temporary_directory.hpp"

using namespace pvm::system;
using pvm::base::Code;
using pvm::test::exit_status_of;
using pvm::test::TemporaryDirectory;

namespace {

using Values = std::map<std::string, std::string, std::less<>>;

constexpr uid_t k_stranger = 65534;
const std::string k_no_system = "/nonexistent-pvm-system-directory";

bool is_root() {
  return ::geteuid() == 0;
}

pvm::base::Result<Site> find_user_site(Values values) {
  return find_site(Environment(std::move(values)), k_no_system);
}

Code code_of(const pvm::base::Result<Site>& site) {
  REQUIRE_FALSE(site.has_value());
  INFO(site.error().message);
  return site.error().code;
}

// A directory that is root's alone where root runs the tests; else ours, which is as good for a refusal.
std::string make_system_directory(const TemporaryDirectory& scratch) {
  return scratch.make_directory("etc-pvm", 0755);
}

}  // namespace

// ---- the user's places --------------------------------------------------------------------------

TEST_CASE("without other words trust and state are beneath HOME") {
  const auto site = find_user_site({{"HOME", "/home/u"}});
  REQUIRE(site.has_value());
  CHECK(site->places.owner == TrustOwner::user);
  CHECK(site->places.trust_directory == "/home/u/.config/pvm");
  CHECK(site->places.state_directory == "/home/u/.local/state/pvm");
  CHECK(site->places.allowed_signers() == "/home/u/.config/pvm/allowed_signers");
  CHECK(site->places.configuration() == "/home/u/.config/pvm/config.yaml");
  CHECK(site->places.vault() == "/home/u/.local/state/pvm/vault.db");
}

TEST_CASE("a person's own state is where a user's is, and no system directory rules over it") {
  const auto own = [](Values values) { return own_state_directory(Environment(std::move(values))); };
  CHECK(*own({{"HOME", "/home/u"}}) == "/home/u/.local/state/pvm");
  CHECK(*own({{"HOME", "/home/u"}, {"XDG_STATE_HOME", "/s/"}}) == "/s/pvm");
  CHECK(*own({{"HOME", "/home/u"}, {"XDG_STATE_HOME", "/s"}, {"PVM_HOME", "/p"}}) == "/p");
  for (const Values& bad : {Values{}, Values{{"HOME", "u"}}, Values{{"HOME", "/home/u"}, {"PVM_HOME", "p"}}}) {
    const auto refused = own(bad);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Code::usage);
  }
}

TEST_CASE("the XDG variables move each its own, and need no HOME") {
  const auto both = find_user_site({{"XDG_CONFIG_HOME", "/c"}, {"XDG_STATE_HOME", "/s"}});
  REQUIRE(both.has_value());
  CHECK(both->places.trust_directory == "/c/pvm");
  CHECK(both->places.state_directory == "/s/pvm");
  const auto one = find_user_site({{"HOME", "/nonexistent/u"}, {"XDG_STATE_HOME", "/s"}});
  REQUIRE(one.has_value());
  CHECK(one->places.trust_directory == "/nonexistent/u/.config/pvm");
  CHECK(one->places.state_directory == "/s/pvm");
}

TEST_CASE("PVM_HOME is both, before the XDG variables and HOME") {
  const auto site = find_user_site({{"PVM_HOME", "/p"}, {"XDG_CONFIG_HOME", "/c"}, {"HOME", "/home/u"}});
  REQUIRE(site.has_value());
  CHECK(site->places.trust_directory == "/p");
  CHECK(site->places.state_directory == "/p");
}

TEST_CASE("an empty variable counts as not set") {
  const auto site =
      find_user_site({{"PVM_HOME", ""}, {"XDG_CONFIG_HOME", ""}, {"XDG_STATE_HOME", ""}, {"HOME", "/h"}});
  REQUIRE(site.has_value());
  CHECK(site->places.trust_directory == "/h/.config/pvm");
  CHECK(code_of(find_user_site({{"HOME", ""}})) == Code::usage);
}

TEST_CASE("slashes at the end of a variable change nothing, and the root directory is a directory") {
  CHECK(find_user_site({{"PVM_HOME", "/p///"}}).value().places.vault() == "/p/vault.db");
  CHECK(find_user_site({{"HOME", "/"}}).value().places.state_directory == "/.local/state/pvm");
  CHECK(find_user_site({{"XDG_CONFIG_HOME", "//"}, {"HOME", "/h"}}).value().places.trust_directory == "/pvm");
}

TEST_CASE("a relative variable refuses, and is not skipped for the next one") {
  for (const std::string value : {"relative", ".", "..", "~", "~/pvm", " /p", "C:/p", "$HOME"}) {
    CAPTURE(value);
    CHECK(code_of(find_user_site({{"PVM_HOME", value}, {"HOME", "/h"}})) == Code::usage);
    CHECK(code_of(find_user_site({{"XDG_CONFIG_HOME", value}, {"HOME", "/h"}})) == Code::usage);
    CHECK(code_of(find_user_site({{"XDG_STATE_HOME", value}, {"HOME", "/h"}})) == Code::usage);
    CHECK(code_of(find_user_site({{"HOME", value}})) == Code::usage);
  }
}

TEST_CASE("without any variable there is no place, and no user database is asked") {
  CHECK(code_of(find_user_site({})) == Code::usage);
  CHECK(code_of(find_user_site({{"XDG_CONFIG_HOME", "/c"}})) == Code::usage);
}

TEST_CASE("an odd value never reaches a terminal as it is, and never opens another place") {
  const auto relative = find_user_site({{"PVM_HOME", "x\x1B[2J\nHOME=/y"}});
  CHECK(code_of(relative) == Code::usage);
  CHECK(relative.error().message.find('\x1B') == std::string::npos);
  CHECK(relative.error().message.find('\n') == std::string::npos);
  CHECK(code_of(find_user_site({{"PVM_HOME", "/" + std::string(5000, 'a')}})) == Code::io);
  const auto odd = find_user_site({{"PVM_HOME", "/nonexistent\n/p"}});
  REQUIRE(odd.has_value());
  CHECK(odd->places.trust_directory == "/nonexistent\n/p");
}

// ---- the user's configuration -------------------------------------------------------------------

TEST_CASE("the configuration in the trust directory is read, and none means the defaults") {
  const TemporaryDirectory scratch;
  CHECK_FALSE(find_user_site({{"PVM_HOME", scratch.path()}}).value().settings.use_ssh_agent);
  scratch.write("config.yaml", "use_ssh_agent: true\n");
  CHECK(find_user_site({{"PVM_HOME", scratch.path()}}).value().settings.use_ssh_agent);
}

TEST_CASE("a configuration that is malformed or names a vault refuses") {
  const TemporaryDirectory scratch;
  scratch.write("config.yaml", "use_ssh_agent: yes\n");
  CHECK(code_of(find_user_site({{"PVM_HOME", scratch.path()}})) == Code::malformed);
  scratch.write("config.yaml", "vault: /elsewhere\n");
  const auto site = find_user_site({{"PVM_HOME", scratch.path()}});
  CHECK(code_of(site) == Code::malformed);
  CHECK(site.error().message.find("vault") != std::string::npos);
}

TEST_CASE("a configuration that others can write, or that is a link, a directory or too long, refuses") {
  const TemporaryDirectory scratch;
  const auto code = [&] { return code_of(find_user_site({{"PVM_HOME", scratch.path()}})); };
  scratch.write("config.yaml", "use_ssh_agent: true\n", 0620);
  CHECK(code() == Code::unsafe);
  scratch.write("config.yaml", "use_ssh_agent: true\n", 0602);
  CHECK(code() == Code::unsafe);
  scratch.write("config.yaml", "#" + std::string(70000, 'x'));
  CHECK(code() == Code::limit);
  std::filesystem::rename(scratch.at("config.yaml"), scratch.at("other"));
  std::filesystem::create_symlink("other", scratch.at("config.yaml"));
  CHECK(code() == Code::unsafe);
  std::filesystem::remove(scratch.at("config.yaml"));
  scratch.make_directory("config.yaml");
  CHECK(code() == Code::unsafe);
}

TEST_CASE("a dangling link in the place of the configuration is not 'no configuration'") {
  const TemporaryDirectory scratch;
  std::filesystem::create_symlink("nowhere", scratch.at("config.yaml"));
  CHECK(code_of(find_user_site({{"PVM_HOME", scratch.path()}})) == Code::unsafe);
}

TEST_CASE("a trust directory in which others can replace files refuses, and so does a parent") {
  const TemporaryDirectory scratch;
  const std::string open = scratch.make_directory("open", 0777);
  CHECK(code_of(find_user_site({{"PVM_HOME", open}})) == Code::unsafe);
  scratch.make_directory("open/pvm");
  CHECK(code_of(find_user_site({{"PVM_HOME", open + "/pvm"}})) == Code::unsafe);
  REQUIRE(::chmod(open.c_str(), 01777) == 0);
  CHECK(find_user_site({{"PVM_HOME", open + "/pvm"}}).has_value());
}

TEST_CASE("the trust directory is known by its real path from then on") {
  const TemporaryDirectory scratch;
  scratch.make_directory("real");
  std::filesystem::create_directory_symlink("real", scratch.at("link"));
  const auto site = find_user_site({{"PVM_HOME", scratch.at("link")}});
  REQUIRE(site.has_value());
  CHECK(site->places.trust_directory == scratch.at("real"));
}

// ---- the system's places ------------------------------------------------------------------------

TEST_CASE("a system directory rules over every variable where it is root's alone, and refuses where not") {
  const TemporaryDirectory scratch;
  const std::string system = make_system_directory(scratch);
  const Environment hostile(
      Values{{"HOME", "/h"}, {"PVM_HOME", "/p"}, {"XDG_CONFIG_HOME", "/c"}, {"XDG_STATE_HOME", "/s"}});
  const auto site = find_site(hostile, system);
  if (!is_root()) {
    CHECK(code_of(site) == Code::unsafe);
    return;
  }
  REQUIRE(site.has_value());
  CHECK(site->places.owner == TrustOwner::root);
  CHECK(site->places.trust_directory == system);
  CHECK(site->places.state_directory == "/var/lib/pvm");
  scratch.write("etc-pvm/config.yaml", "vault: /srv/pvm\nuse_ssh_agent: true\n", 0644);
  const auto configured = find_site(hostile, system);
  REQUIRE(configured.has_value());
  CHECK(configured->places.state_directory == "/srv/pvm");
  CHECK(configured->settings.use_ssh_agent);
  CHECK(find_site(Environment(), system).has_value());  // asks for no HOME
}

TEST_CASE("a system directory that is not a directory of root's alone refuses and is never passed over") {
  const TemporaryDirectory scratch;
  const Environment environment(Values{{"HOME", "/h"}});
  CHECK(code_of(find_site(environment, scratch.make_directory("group", 0775))) == Code::unsafe);
  CHECK(code_of(find_site(environment, scratch.make_directory("sticky", 01777))) == Code::unsafe);
  CHECK(code_of(find_site(environment, scratch.write("file", "", 0644))) == Code::unsafe);
  std::filesystem::create_symlink("nowhere", scratch.at("dangling"));
  CHECK(code_of(find_site(environment, scratch.at("dangling"))) == Code::unsafe);
  std::filesystem::create_symlink("loop", scratch.at("loop"));
  CHECK(code_of(find_site(environment, scratch.at("loop"))) == Code::unsafe);
  CHECK(code_of(find_site(environment, scratch.at("file/beneath"))) == Code::unsafe);
  CHECK(code_of(find_site(environment, "/" + std::string(300, 'a'))) == Code::unsafe);
}

TEST_CASE("a system directory that we cannot look at refuses") {
  const TemporaryDirectory scratch;
  scratch.make_directory("closed", 0);
  const auto look = [&] {
    return exit_status_of([&] {
      if (is_root() && (::setgid(k_stranger) != 0 || ::setuid(k_stranger) != 0)) return 9;
      const auto site = find_site(Environment(Values{{"HOME", "/h"}}), scratch.at("closed/pvm"));
      return !site && site.error().code == Code::unsafe ? 0 : 1;
    });
  };
  CHECK(look() == 0);
  REQUIRE(::chmod(scratch.at("closed").c_str(), 0700) == 0);  // so that it can be removed
}

TEST_CASE("a stranger's system directory or configuration refuses") {
  const TemporaryDirectory scratch;
  const std::string system = make_system_directory(scratch);
  scratch.write("etc-pvm/config.yaml", "use_ssh_agent: true\n", 0644);
  const auto code = [&] { return code_of(find_site(Environment(Values{{"HOME", "/h"}}), system)); };
  if (!is_root()) {
    CHECK(code() == Code::unsafe);  // ours, and we are not root
    return;
  }
  REQUIRE(::chown((system + "/config.yaml").c_str(), k_stranger, k_stranger) == 0);
  CHECK(code() == Code::unsafe);
  REQUIRE(::chown((system + "/config.yaml").c_str(), 0, 0) == 0);
  REQUIRE(::chown(system.c_str(), k_stranger, 0) == 0);
  CHECK(code() == Code::unsafe);
}

TEST_CASE("a program with more rights than its caller finds no site") {
  CHECK(find_user_site({{"HOME", "/h"}}).has_value());
  if (!is_root()) {
    CHECK(::getuid() == ::geteuid());  // only root can make a caller that is another
    return;
  }
  const auto refuses = [] {
    const auto site = find_user_site({{"HOME", "/h"}});
    return !site && site.error().code == Code::unsafe ? 0 : 1;
  };
  CHECK(exit_status_of([&] { return ::setreuid(k_stranger, 0) == 0 ? refuses() : 9; }) == 0);
  CHECK(exit_status_of([&] { return ::setregid(k_stranger, 0) == 0 ? refuses() : 9; }) == 0);
}

// ---- allowed_signers ----------------------------------------------------------------------------

TEST_CASE("allowed_signers is read as it is, and missing where it is not there or empty") {
  const TemporaryDirectory scratch;
  const Places places{TrustOwner::user, scratch.path(), scratch.path()};
  const auto code = [&] {
    const auto text = read_allowed_signers(places);
    REQUIRE_FALSE(text.has_value());
    CHECK_FALSE(text.error().hint.empty());
    return text.error().code;
  };
  CHECK(code() == Code::missing);
  scratch.write("allowed_signers", "");
  CHECK(code() == Code::missing);
  scratch.write("allowed_signers", "alice ssh-ed25519 AAAA\n", 0644);
  CHECK(read_allowed_signers(places).value() == "alice ssh-ed25519 AAAA\n");
  const Places nowhere{TrustOwner::user, scratch.at("none"), scratch.at("none")};
  const auto none = read_allowed_signers(nowhere);
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code == Code::missing);
  CHECK(none.error().hint.find("pvmctl init") != std::string::npos);
}

TEST_CASE("allowed_signers that others can write or replace is refused, with the chmod") {
  const TemporaryDirectory scratch;
  const Places places{TrustOwner::user, scratch.path(), scratch.path()};
  const auto is_unsafe = [&] {
    const auto text = read_allowed_signers(places);
    return !text && text.error().code == Code::unsafe && text.error().hint.starts_with("chmod go-w");
  };
  scratch.write("allowed_signers", "x", 0664);
  CHECK(is_unsafe());
  scratch.write("allowed_signers", "x", 0646);
  CHECK(is_unsafe());
  scratch.write("allowed_signers", "x", 0644);
  REQUIRE(::chmod(scratch.path().c_str(), 0777) == 0);
  CHECK(is_unsafe());
  REQUIRE(::chmod(scratch.path().c_str(), 0700) == 0);
  CHECK(read_allowed_signers(places).has_value());
}

TEST_CASE("allowed_signers may not be a link, nor longer than a mebibyte") {
  const TemporaryDirectory scratch;
  const Places places{TrustOwner::user, scratch.path(), scratch.path()};
  scratch.write("allowed_signers", std::string(1024 * 1024 + 1, '#'));
  CHECK(read_allowed_signers(places).error().code == Code::limit);
  std::filesystem::rename(scratch.at("allowed_signers"), scratch.at("other"));
  std::filesystem::create_symlink("other", scratch.at("allowed_signers"));
  CHECK(read_allowed_signers(places).error().code == Code::unsafe);
}

TEST_CASE("in a system place allowed_signers must be root's") {
  const TemporaryDirectory scratch;
  scratch.write("allowed_signers", "x", 0644);
  const Places places{TrustOwner::root, scratch.path(), scratch.path()};
  if (!is_root()) {
    CHECK(read_allowed_signers(places).error().code == Code::unsafe);
    return;
  }
  CHECK(read_allowed_signers(places).has_value());
  REQUIRE(::chown(scratch.at("allowed_signers").c_str(), k_stranger, k_stranger) == 0);
  CHECK(read_allowed_signers(places).error().code == Code::unsafe);
}

// ---- the agent's name ---------------------------------------------------------------------------

TEST_CASE("the agent is PVM_AGENT, then AGENT_ID, then default") {
  CHECK(agent_name(Environment()).value() == "default");
  CHECK(agent_name(Environment(Values{{"AGENT_ID", "b"}})).value() == "b");
  CHECK(agent_name(Environment(Values{{"PVM_AGENT", "a"}, {"AGENT_ID", "b"}})).value() == "a");
  CHECK(agent_name(Environment(Values{{"PVM_AGENT", ""}, {"AGENT_ID", "b"}})).value() == "b");
  CHECK(agent_name(Environment(Values{{"PVM_AGENT", ""}, {"AGENT_ID", ""}})).value() == "default");
}

TEST_CASE("a name that is none refuses, and is not passed over for the next") {
  for (const std::string name : {"a b", "-a", "a\n", "\xFF", "a%20b"}) {
    CAPTURE(name);
    const auto agent = agent_name(Environment(Values{{"PVM_AGENT", name}, {"AGENT_ID", "good"}}));
    REQUIRE_FALSE(agent.has_value());
    CHECK(agent.error().code == Code::usage);
    CHECK(agent.error().message.find('\n') == std::string::npos);
  }
  CHECK_FALSE(agent_name(Environment(Values{{"AGENT_ID", std::string(129, 'a')}})).has_value());
}
