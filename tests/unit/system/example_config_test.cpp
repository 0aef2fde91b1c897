// SPDX-License-Identifier: Apache-2.0
// share/examples/config.yaml says of itself that it holds every key with its default.
#include <doctest/doctest.h>

#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "libpvm/system/settings.hpp"

using pvm::system::parse_settings;
using pvm::system::Settings;

namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(std::string(PVM_TEST_DATA) + "/../../" + path);
  REQUIRE(file.is_open());
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::string example() {
  std::string text;
  for (const std::string& line : lines_of("share/examples/config.yaml")) text += line + "\n";
  return text;
}

// "# key: /sample" and "#  rm: /sample" as they are meant to be used.
std::string with_samples(const std::string& text) {
  const std::string keys = std::regex_replace(text, std::regex("(^|\n)# ([a-z_]+: )"), "$1$2");
  return std::regex_replace(keys, std::regex("(^|\n)#(  [a-z-]+: /)"), "$1$2");
}

// The keys that the comments of settings.hpp name: "bool use_ssh_agent = false;  // use_ssh_agent: true".
std::set<std::string> keys_of_settings() {
  std::set<std::string> keys;
  const std::regex member("^  [^=]* ([a-z_]+)( = .*)?; +// ([a-z_]+):.*");
  std::smatch found;
  for (const std::string& line : lines_of("libpvm/system/settings.hpp")) {
    if (std::regex_match(line, found, member) && found[1] == found[3]) keys.insert(found[1]);
  }
  return keys;
}

}  // namespace

TEST_CASE("the example configuration parses, and says nothing but the defaults") {
  const auto read = parse_settings(example());
  REQUIRE_MESSAGE(read, read.error().message);
  const Settings defaults;
  CHECK(read->approve_without_terminal == defaults.approve_without_terminal);
  CHECK(read->use_ssh_agent == defaults.use_ssh_agent);
  CHECK(read->unattended == defaults.unattended);
  CHECK(read->key == defaults.key);
  CHECK(read->principal == defaults.principal);
  CHECK(read->vault == defaults.vault);
  CHECK(read->real == defaults.real);
  CHECK(read->forges == defaults.forges);
  CHECK(read->request_life == defaults.request_life);
  CHECK(read->once_life == defaults.once_life);
  CHECK(read->for_limit == defaults.for_limit);
  CHECK(read->allow_life == defaults.allow_life);
  CHECK(read->allow_limit == defaults.allow_limit);
}

TEST_CASE("the samples of the example configuration can be used as they are") {
  const auto read = parse_settings(with_samples(example()));
  REQUIRE_MESSAGE(read, read.error().message);
  CHECK(read->key == "/home/alice/.config/pvm/approver_key");
  CHECK(read->principal == "alice@host");
  CHECK(read->vault == "/var/lib/pvm");
  CHECK(read->real.size() == 6);
}

TEST_CASE("the example configuration holds every key there is") {
  const std::set<std::string> keys = keys_of_settings();
  REQUIRE(keys.size() >= 12);
  const std::string text = "\n" + with_samples(example());
  for (const std::string& key : keys) CHECK_MESSAGE(text.find("\n" + key + ":") != std::string::npos, key);
}
