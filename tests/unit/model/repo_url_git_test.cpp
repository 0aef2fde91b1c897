// SPDX-License-Identifier: Apache-2.0
// Addresses against git itself: what it hands to ssh (host, port, and the path for the server) is what the normal form says.
// No network: the "ssh" writes down its words and fails.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "libpvm/base/text.hpp"
#include "libpvm/model/repo_name.hpp"
#include "libpvm/model/url_text.hpp"
#include "tests/unit/model/tables.hpp"
#include "tests/unit/system/temporary_directory.hpp"

namespace pvm::model {
namespace {

std::vector<std::string> words_in(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::vector<std::string> words;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find('\0', from);
    words.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return words;
}

// The word of sh that sq_quote_buf wrote: 'a'\''b'\!'c'.
std::string unquoted(std::string_view word) {
  std::string text;
  bool is_quoted = false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '\'') {
      is_quoted = !is_quoted;
    } else {
      if (word[i] == '\\' && !is_quoted) ++i;
      text += word[i];
    }
  }
  return text;
}

// What git runs ssh with for `address`; nothing where it does not get that far.
class AskedGit {
 public:
  AskedGit() {
    std::ofstream(directory_.at("ssh")) << "#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done >\"$PVM_SAID\"\nexit 1\n";
    REQUIRE(::chmod(directory_.at("ssh").c_str(), 0700) == 0);
  }

  std::vector<std::string> words_for_ssh(const std::string& address) {
    std::filesystem::remove(directory_.at("said"));
    const char* path = std::getenv("PATH");
    const std::string command = base::shell_command(
        {"env", "-i", "PATH=" + std::string(path == nullptr ? "/usr/bin:/bin" : path), "HOME=" + directory_.path(),
         "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_SSH_VARIANT=ssh", "GIT_SSH=" + directory_.at("ssh"),
         "PVM_SAID=" + directory_.at("said"), "git", "-c", "protocol.version=0", "-c", "protocol.allow=never", "-c",
         "protocol.ssh.allow=always", "ls-remote", "--", address});
    CHECK(std::system((command + " >/dev/null 2>&1").c_str()) != 0);
    return words_in(directory_.at("said"));
  }

 private:
  pvm::test::TemporaryDirectory directory_;
};

// The normal form, put together from ssh's words alone; no forges.
std::string name_from(const std::vector<std::string>& words) {
  const bool has_port = words.front() == "-p";
  REQUIRE(words.size() == (has_port ? 4U : 2U));
  std::string port = has_port ? words[1] : "22";
  while (port.starts_with('0')) port.erase(0, 1);
  const std::string& who = words[words.size() - 2];
  const std::string& ask = words.back();
  const std::size_t at = who.rfind('@') + 1;
  std::string host = who.substr(at);
  std::ranges::transform(host, host.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (host.find(':') != std::string::npos) host = host == "0:0:0:0:0:0:0:1" ? "[::1]" : "[" + host + "]";
  std::string path = unquoted(ask.substr(ask.find(' ') + 1));
  while (path.ends_with('/')) path.pop_back();
  if (!path.starts_with('/')) path = (path.starts_with('~') ? "/" : "/~/") + path;
  std::string name = "ssh://" + (at == 0 ? "" : escape(who.substr(0, at - 1), Escape::user) + "@") + host;
  if (port != "22") name += ":" + port;
  for (const char c : path) name += c == '/' ? "/" : escape({&c, 1}, Escape::path);
  return name;
}

TEST_CASE("git hands to ssh what the normal form of the address says") {
  AskedGit git;
  std::size_t compared = 0;
  for (const test::TableRow& row : test::read_table("repo_urls.tsv", 3)) {
    const std::string address = test::decoded(row.columns[0]);
    const auto normal = normalised_url(address, {});
    if (!normal || !normal->starts_with("ssh://")) continue;
    CAPTURE(row.line);
    const auto words = git.words_for_ssh(address);
    if (words.empty()) continue;  // git knows no scheme in capitals
    CHECK(name_from(words) == *normal);
    ++compared;
  }
  CHECK(compared >= 80);
}

TEST_CASE("git knows no scheme in capitals, and calls a helper for what it does not know") {
  AskedGit git;
  CHECK(git.words_for_ssh("SSH://h/p").empty());
  CHECK_FALSE(git.words_for_ssh("ssh://h/p").empty());
  CHECK(git.words_for_ssh("./a:b").empty());
  CHECK(git.words_for_ssh("foo::ssh://h/p").empty());
}

}  // namespace
}  // namespace pvm::model
