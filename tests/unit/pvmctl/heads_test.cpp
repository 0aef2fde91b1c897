// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/log/heads.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "libpvm/base/descriptor.hpp"
#include "tests/unit/mutations.hpp"
#include "tests/unit/system/forked.hpp"
#include "tests/unit/system/temporary_directory.hpp"
#include "tests/unit/thorough.hpp"

using namespace pvm;
using base::Code;
using pvmctl::log::HeadsFile;
using pvmctl::log::SeenLog;
using pvmctl::log::SeenLogs;
using test::contents_of;
using test::TemporaryDirectory;

namespace {

const base::UnixTime k_noon = base::from_unix(1'790'000'000);
const std::string k_header = "pvm-heads/1\n";

base::VaultId vault_named(std::uint8_t byte) {
  base::VaultId::Raw raw;
  raw.fill(byte);
  return base::VaultId(raw);
}
const base::VaultId k_vault = vault_named(0xAA);

/// The log of `size` entries; another `seed`, other entries.
crypto::TreeEdge log_of(std::uint64_t size, const std::string& seed = "entry ") {
  crypto::TreeEdge edge;
  while (edge.size() < size) edge.append(crypto::leaf_hash(seed + std::to_string(edge.size())));
  return edge;
}

void remember(const HeadsFile& file, const crypto::TreeEdge& edge, const base::VaultId& vault = k_vault,
              base::UnixTime now = k_noon) {
  const auto done = file.remember(vault, edge, now);
  REQUIRE_MESSAGE(done.has_value(), done.error().message);
}

SeenLog seen(const HeadsFile& file, const base::VaultId& vault = k_vault) {
  auto log = file.read(vault);
  REQUIRE_MESSAGE(log.has_value(), log.error().message);
  return std::move(*log);
}

std::vector<std::uint64_t> sizes_of(const SeenLog& log) {
  std::vector<std::uint64_t> sizes;
  for (const auto& one : log.heads) sizes.push_back(one.head.size);
  return sizes;
}

/// A text with two vaults and an older head.
std::string sample() {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  remember(file, log_of(5));
  remember(file, log_of(11));
  remember(file, log_of(3, "other "), vault_named(0xBB));
  return contents_of(file.path());
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at + 1));
    at = end + 1;
  }
  return lines;
}

/// Neither read nor written over, with `code`, and a hint that names the file.
void is_refused(const HeadsFile& file, Code code) {
  const auto read = file.read(k_vault);
  REQUIRE_FALSE(read.has_value());
  INFO(read.error().message, " ", read.error().hint);
  CHECK(read.error().code == code);
  CHECK(read.error().hint.find(file.path()) != std::string::npos);
  const auto written = file.remember(k_vault, log_of(1000), k_noon);
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().code == code);
  CHECK(written.error().hint.find(file.path()) != std::string::npos);
  CHECK_FALSE(file.start_over(k_vault, log_of(1000), k_noon).has_value());
}

void is_malformed(const std::string& text) {
  const TemporaryDirectory scratch;
  scratch.write("heads", text);
  CAPTURE(text.substr(0, 2000));
  is_refused(HeadsFile(scratch.path()), Code::malformed);
  CHECK(contents_of(scratch.at("heads")) == text);
}

}  // namespace

// ---- attacks: the file --------------------------------------------------------------------------

TEST_CASE("a heads file that is a symlink is refused, wherever it leads") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  scratch.write("elsewhere", sample());
  for (const std::string& target : {scratch.at("elsewhere"), scratch.at("nowhere"), std::string("/dev/null")}) {
    std::filesystem::create_symlink(target, file.path());
    is_refused(file, Code::unsafe);
    CHECK(std::filesystem::is_symlink(file.path()));
    std::filesystem::remove(file.path());
  }
  CHECK(contents_of(scratch.at("elsewhere")) == sample());
}

TEST_CASE("a FIFO or a directory in the place of the heads file is refused, and nobody waits") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  REQUIRE(::mkfifo(file.path().c_str(), 0600) == 0);
  is_refused(file, Code::unsafe);
  std::filesystem::remove(file.path());
  scratch.make_directory("heads");
  is_refused(file, Code::unsafe);
}

TEST_CASE("a heads file that others can write, or in a directory where they can swap it, is refused") {
  const TemporaryDirectory scratch;
  for (const mode_t mode : {0620U, 0602U, 0666U}) {
    scratch.write("heads", sample(), mode);
    is_refused(HeadsFile(scratch.path()), Code::unsafe);
  }
  const std::string open = scratch.make_directory("open", 0777);
  scratch.write("open/heads", sample());
  is_refused(HeadsFile(open), Code::unsafe);
  scratch.make_directory("open/private");
  is_refused(HeadsFile(open + "/private"), Code::unsafe);
}

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

TEST_CASE("a file in the place of the directory is refused") {
  const TemporaryDirectory scratch;
  scratch.write("state", "");
  CHECK_FALSE(HeadsFile(scratch.at("state")).remember(k_vault, log_of(1), k_noon).has_value());
  CHECK(HeadsFile(scratch.at("state")).read(k_vault).has_value() == false);
}

// ---- attacks: the text --------------------------------------------------------------------------

TEST_CASE("no text but the one that was written is read") {
  const std::string good = sample();
  REQUIRE(pvmctl::log::decode_heads(good).has_value());
  const auto depth = is_thorough() ? test::Depth::all : test::Depth::some;
  std::size_t read = 0;
  const std::size_t tried = test::each_mutation(good, depth, [&](const std::string& changed, const test::Mutation&) {
    const auto logs = pvmctl::log::decode_heads(changed);
    if (!logs) return;
    ++read;
    // What still reads says something else, in its only form: another vault's id, an older root, a time, fewer lines.
    const auto again = pvmctl::log::encode(*logs);
    REQUIRE(again);
    CHECK(*again == changed);
    CHECK(changed != good);
  });
  CHECK(tried > 10'000);
  CHECK(read < tried / 2);
}

TEST_CASE("a heads file that was cut off, anywhere but at a line of another vault, is malformed") {
  const std::string good = sample();
  const auto lines = lines_of(good);
  REQUIRE(lines.size() == 4);
  const std::string two = lines[0] + lines[1] + lines[2];
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    const bool is_whole = size == k_header.size() || size == two.size();
    CHECK(pvmctl::log::decode_heads(good.substr(0, size)).has_value() == is_whole);
  }
}

TEST_CASE("lines twice, out of order or without their edge are malformed") {
  const auto lines = lines_of(sample());
  REQUIRE(lines.size() == 4);
  is_malformed(lines[0] + lines[1] + lines[1] + lines[2]);
  is_malformed(lines[0] + lines[1] + lines[2] + lines[2]);
  is_malformed(lines[0] + lines[2] + lines[1]);
  is_malformed(lines[0] + lines[1]);  // the newest without its edge
  is_malformed(lines[0] + lines[3] + lines[1] + lines[2]);
  is_malformed(lines[1] + lines[2]);
  is_malformed(lines[0] + lines[0]);
  is_malformed("");
}

TEST_CASE("foreign lines are malformed, and a later version is not guessed at") {
  const std::string good = sample();
  for (const std::string foreign : {"\n", "# a comment\n", "x\n", "pvm-heads/1\n", "\r\n", " \n"}) {
    is_malformed(good + foreign);
    is_malformed(foreign + good);
  }
  is_malformed(std::string("\0", 1) + good);
  is_malformed(good + std::string("\0\n", 2));
  const TemporaryDirectory scratch;
  scratch.write("heads", "pvm-heads/2\n" + good.substr(k_header.size()));
  is_refused(HeadsFile(scratch.path()), Code::newer);
}

TEST_CASE("a million lines are refused, and what is over the bound is not read") {
  std::string text = k_header;
  for (int i = 0; i < 1'000'000; ++i) text += "x\n";
  is_malformed(text);
  // as many good lines as the bound lets through, which are too many for a vault
  const std::string line = lines_of(sample()).back();
  text = k_header;
  while (text.size() + line.size() <= pvmctl::log::k_heads_max_bytes) text += line;
  is_malformed(text);

  const TemporaryDirectory scratch;
  scratch.write("heads", text);
  REQUIRE(::truncate(scratch.at("heads").c_str(), off_t{1} << 32) == 0);  // a hole
  is_refused(HeadsFile(scratch.path()), Code::malformed);
}

TEST_CASE("an edge that does not hash to its root is malformed") {
  const TemporaryDirectory scratch;
  const HeadsFile mine(scratch.at("mine"));
  const HeadsFile theirs(scratch.at("theirs"));
  remember(mine, log_of(11));
  remember(theirs, log_of(11, "forged "));
  const auto words = [](const std::string& line) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at != std::string::npos && at < line.size();) {
      const std::size_t end = line.find_first_of(" \n", at);
      out.push_back(line.substr(at, end - at));
      at = end + 1;
    }
    return out;
  };
  const auto good = words(lines_of(contents_of(mine.path()))[1]);
  const auto other = words(lines_of(contents_of(theirs.path()))[1]);
  REQUIRE(good.size() == 5);
  const auto line = [&](const std::string& size, const std::string& root, const std::string& edge) {
    return k_header + good[0] + " " + size + " " + root + " " + edge + " " + good[4] + "\n";
  };
  REQUIRE(line("11", good[2], good[3]) == contents_of(mine.path()));
  is_malformed(line("11", good[2], other[3]));
  is_malformed(line("11", other[2], good[3]));
  is_malformed(line("10", good[2], good[3]));
  is_malformed(line("11", good[2], ""));
  is_malformed(line("11", good[2], "AAAA"));
}

TEST_CASE("a head of size 0, or of a size that no log has, is neither read nor written") {
  const std::string root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";  // of the empty tree
  const std::string vault = k_vault.hex();
  is_malformed(k_header + vault + " 0 " + root + "  1790000000\n");
  is_malformed(k_header + vault + " 0 " + root + " - 1790000000\n");
  is_malformed(k_header + vault + " 00 " + root + " - 1790000000\n");
  for (const std::string size : {"-1", "+5", "05", "9223372036854775808", "18446744073709551617"}) {
    is_malformed(k_header + vault + " " + size + " " + root + " - 1790000000\n");
  }
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  CHECK_FALSE(file.remember(k_vault, {}, k_noon).has_value());
  CHECK_FALSE(std::filesystem::exists(file.path()));
}

TEST_CASE("a time before 1970 or after the year 9999 is not written") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  CHECK_FALSE(file.remember(k_vault, log_of(3), base::from_unix(-1)).has_value());
  CHECK_FALSE(file.remember(k_vault, log_of(3), base::from_unix(model::k_last_moment + 1)).has_value());
  CHECK_FALSE(std::filesystem::exists(file.path()));
}

// ---- what is remembered -------------------------------------------------------------------------

TEST_CASE("what is remembered comes back, with the edge of the newest") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  remember(file, log_of(5));
  remember(file, log_of(11), k_vault, k_noon + base::Seconds(60));
  const SeenLog log = seen(file);
  REQUIRE(log.heads.size() == 2);
  CHECK(log.heads[0].head == log_of(5).head());
  CHECK(log.heads[0].time == k_noon);
  CHECK(log.heads[1].head == log_of(11).head());
  CHECK(log.heads[1].time == k_noon + base::Seconds(60));
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
  remember(file, log_of(11), k_vault, k_noon + base::Seconds(60));
  CHECK(contents_of(file.path()) == before);
}

TEST_CASE("another log of a size that was seen is no log to remember") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  remember(file, log_of(5));
  remember(file, log_of(11));
  const std::string before = contents_of(file.path());
  for (const std::uint64_t size : {5U, 11U}) {
    const auto done = file.remember(k_vault, log_of(size, "forged "), k_noon);
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
  const std::string one_more = k_vault.hex() + " 24 " + base::to_base64(log_of(24).root()) + " - 1790000000\n";
  is_malformed(k_header + one_more + text.substr(k_header.size()));
}

TEST_CASE("starting over forgets the heads of that vault alone") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  const base::VaultId other = vault_named(0xBB);
  remember(file, log_of(30));
  remember(file, log_of(40));
  remember(file, log_of(7, "other "), other);
  const auto done = file.start_over(k_vault, log_of(12, "anew "), k_noon);
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
    children.push_back(test::fork_and([&file, i] {
      const auto size = static_cast<std::uint64_t>(i + 1);
      const base::VaultId own(base::VaultId::Raw{static_cast<std::uint8_t>(i + 1)});
      const bool is_done = file.remember(own, log_of(size), k_noon).has_value() &&
                           file.remember(k_vault, log_of(size), k_noon).has_value();
      return is_done ? 0 : 1;
    }));
  }
  for (const pid_t child : children) CHECK(test::wait_status(child) == 0);
  const auto logs = pvmctl::log::decode_heads(contents_of(file.path()));
  REQUIRE(logs);
  CHECK(logs->size() == processes + 1);
  CHECK(logs->at(k_vault).heads.size() == std::min(processes, pvmctl::log::k_heads_per_vault));
  CHECK(logs->at(k_vault).edge == log_of(processes));
}

TEST_CASE("who cannot have the lock is told so, and nothing is written") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  remember(file, log_of(5));
  const std::string before = contents_of(file.path());
  const base::Descriptor held(::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY));
  REQUIRE(::flock(held.get(), LOCK_EX) == 0);
  const auto done = file.remember(k_vault, log_of(11), k_noon);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == Code::busy);
  CHECK(contents_of(file.path()) == before);
  CHECK(seen(file).edge == log_of(5));  // reading needs no lock
}
