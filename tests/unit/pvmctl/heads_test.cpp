// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/log/heads.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "heads_samples.hpp"
#include "libpvm/base/descriptor.hpp"
#include "tests/unit/system/forked.hpp"
#include "tests/unit/thorough.hpp"

using namespace pvm;
using namespace pvm::test;
using base::Code;

namespace {

std::vector<std::uint64_t> sizes_of(const SeenLog& log) {
  std::vector<std::uint64_t> sizes;
  for (const auto& one : log.heads) sizes.push_back(one.head.size);
  return sizes;
}

}  // namespace

TEST_CASE("a directory that is not there means nothing was seen, and is made private when something is") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.at("state/pvm"));
  CHECK(seen(file).heads.empty());
  CHECK(seen(file).edge.size() == 0);
  CHECK_FALSE(std::filesystem::exists(scratch.at("state")));
  const mode_t old = ::umask(0);
  remember(file, log_of(4));
  ::umask(old);
  struct stat status {};
  REQUIRE(::stat(file.path().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  REQUIRE(::stat(scratch.at("state/pvm").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0700);
  CHECK(seen(file).edge == log_of(4));
}

TEST_CASE("what is remembered comes back, with the edge of the newest") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  remember(file, log_of(5));
  remember(file, log_of(11), k_seen_vault, k_looked + base::Seconds(60));
  const SeenLog log = seen(file);
  REQUIRE(log.heads.size() == 2);
  CHECK(log.heads[0].head == log_of(5).head());
  CHECK(log.heads[0].time == k_looked);
  CHECK(log.heads[1].head == log_of(11).head());
  CHECK(log.heads[1].time == k_looked + base::Seconds(60));
  CHECK(log.edge == log_of(11));
}

TEST_CASE("the newest head never becomes a smaller one, and the same one twice changes nothing") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  remember(file, log_of(11));
  remember(file, log_of(5));
  CHECK(sizes_of(seen(file)) == std::vector<std::uint64_t>{5, 11});
  CHECK(seen(file).edge == log_of(11));
  const std::string before = contents_of(file.path());
  remember(file, log_of(11), k_seen_vault, k_looked + base::Seconds(60));
  CHECK(contents_of(file.path()) == before);
}

TEST_CASE("another log of a size that was seen is no log to remember") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  remember(file, log_of(5));
  remember(file, log_of(11));
  const std::string before = contents_of(file.path());
  for (const std::uint64_t size : {5U, 11U}) {
    const auto done = file.remember(k_seen_vault, log_of(size, "forged "), k_looked);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == Code::broken);
  }
  CHECK(contents_of(file.path()) == before);
}

TEST_CASE("of many heads the sixteen largest are kept") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  for (std::uint64_t size = 1; size <= 40; ++size) remember(file, log_of(size));
  std::vector<std::uint64_t> wanted;
  for (std::uint64_t size = 25; size <= 40; ++size) wanted.push_back(size);
  CHECK(sizes_of(seen(file)) == wanted);
  remember(file, log_of(3));
  CHECK(sizes_of(seen(file)) == wanted);

  const std::string text = contents_of(file.path());
  const std::string one_more = k_seen_vault.hex() + " 24 " + base::to_base64(log_of(24).root()) + " - 1790000000\n";
  is_malformed_heads(k_heads_header + one_more + text.substr(k_heads_header.size()));
}

TEST_CASE("starting over forgets the heads of that vault alone") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  const base::VaultId other = vault_named(0xBB);
  remember(file, log_of(30));
  remember(file, log_of(40));
  remember(file, log_of(7, "other "), other);
  const auto done = file.start_over(k_seen_vault, log_of(12, "anew "), k_looked);
  REQUIRE_MESSAGE(done.has_value(), done.error().message);
  CHECK(sizes_of(seen(file)) == std::vector<std::uint64_t>{12});
  CHECK(seen(file).edge == log_of(12, "anew "));
  CHECK(seen(file, other).edge == log_of(7, "other "));
  CHECK(seen(file, vault_named(0xCC)).heads.empty());
}

TEST_CASE("many processes at once lose no head") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  const std::size_t processes = is_thorough() ? 64 : 12;
  std::vector<pid_t> children;
  for (std::size_t i = 0; i < processes; ++i) {
    children.push_back(fork_and([&file, i] {
      const auto size = static_cast<std::uint64_t>(i + 1);
      const base::VaultId own(base::VaultId::Raw{static_cast<std::uint8_t>(i + 1)});
      const bool is_done = file.remember(own, log_of(size), k_looked).has_value() &&
                           file.remember(k_seen_vault, log_of(size), k_looked).has_value();
      return is_done ? 0 : 1;
    }));
  }
  for (const pid_t child : children) CHECK(wait_status(child) == 0);
  const auto logs = pvmctl::log::decode_heads(contents_of(file.path()));
  REQUIRE(logs);
  CHECK(logs->size() == processes + 1);
  CHECK(logs->at(k_seen_vault).heads.size() == std::min(processes, pvmctl::log::k_heads_per_vault));
  CHECK(logs->at(k_seen_vault).edge == log_of(processes));
}

TEST_CASE("who cannot have the lock is told so, and nothing is written") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  remember(file, log_of(5));
  const std::string before = contents_of(file.path());
  const base::Descriptor held(::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY));
  REQUIRE(::flock(held.get(), LOCK_EX) == 0);
  const auto done = file.remember(k_seen_vault, log_of(11), k_looked);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == Code::busy);
  CHECK(contents_of(file.path()) == before);
  CHECK(seen(file).edge == log_of(5));  // reading needs no lock
}
