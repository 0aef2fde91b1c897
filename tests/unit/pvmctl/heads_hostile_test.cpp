// SPDX-License-Identifier: Apache-2.0
// Heads files that somebody else has had a hand in.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "heads_samples.hpp"
#include "tests/unit/mutations.hpp"
#include "tests/unit/thorough.hpp"

using namespace pvm;
using namespace pvm::test;
using base::Code;

namespace {

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

}  // namespace

// ---- the file --------------------------------------------------------------------------

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

TEST_CASE("a file in the place of the directory is refused") {
  const TemporaryDirectory scratch;
  scratch.write("state", "");
  CHECK_FALSE(HeadsFile(scratch.at("state")).remember(k_seen_vault, log_of(1), k_looked).has_value());
  CHECK(HeadsFile(scratch.at("state")).read(k_seen_vault).has_value() == false);
}

// ---- the text --------------------------------------------------------------------------

TEST_CASE("no text but the one that was written is read") {
  const std::string good = sample();
  REQUIRE(pvmctl::log::decode_heads(good).has_value());
  const auto depth = is_thorough() ? Depth::all : Depth::some;
  std::size_t read = 0;
  const std::size_t tried = each_mutation(good, depth, [&](const std::string& changed, const Mutation&) {
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
    const bool is_whole = size == k_heads_header.size() || size == two.size();
    CHECK(pvmctl::log::decode_heads(good.substr(0, size)).has_value() == is_whole);
  }
}

TEST_CASE("lines twice, out of order or without their edge are malformed") {
  const auto lines = lines_of(sample());
  REQUIRE(lines.size() == 4);
  is_malformed_heads(lines[0] + lines[1] + lines[1] + lines[2]);
  is_malformed_heads(lines[0] + lines[1] + lines[2] + lines[2]);
  is_malformed_heads(lines[0] + lines[2] + lines[1]);
  is_malformed_heads(lines[0] + lines[1]);  // the newest without its edge
  is_malformed_heads(lines[0] + lines[3] + lines[1] + lines[2]);
  is_malformed_heads(lines[1] + lines[2]);
  is_malformed_heads(lines[0] + lines[0]);
  is_malformed_heads("");
}

TEST_CASE("foreign lines are malformed, and a later version is not guessed at") {
  const std::string good = sample();
  for (const std::string foreign : {"\n", "# a comment\n", "x\n", "pvm-heads/1\n", "\r\n", " \n"}) {
    is_malformed_heads(good + foreign);
    is_malformed_heads(foreign + good);
  }
  is_malformed_heads(std::string("\0", 1) + good);
  is_malformed_heads(good + std::string("\0\n", 2));
  const TemporaryDirectory scratch;
  scratch.write("heads", "pvm-heads/2\n" + good.substr(k_heads_header.size()));
  is_refused(HeadsFile(scratch.path()), Code::newer);
}

TEST_CASE("a million lines are refused, and what is over the bound is not read") {
  std::string text = k_heads_header;
  for (int i = 0; i < 1'000'000; ++i) text += "x\n";
  is_malformed_heads(text);
  // as many good lines as the bound lets through, which are too many for a vault
  const std::string line = lines_of(sample()).back();
  text = k_heads_header;
  while (text.size() + line.size() <= pvmctl::log::k_heads_max_bytes) text += line;
  is_malformed_heads(text);

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
    return k_heads_header + good[0] + " " + size + " " + root + " " + edge + " " + good[4] + "\n";
  };
  REQUIRE(line("11", good[2], good[3]) == contents_of(mine.path()));
  is_malformed_heads(line("11", good[2], other[3]));
  is_malformed_heads(line("11", other[2], good[3]));
  is_malformed_heads(line("10", good[2], good[3]));
  is_malformed_heads(line("11", good[2], ""));
  is_malformed_heads(line("11", good[2], "AAAA"));
}

TEST_CASE("a head of size 0, or of a size that no log has, is neither read nor written") {
  const std::string root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";  // of the empty tree
  const std::string vault = k_seen_vault.hex();
  is_malformed_heads(k_heads_header + vault + " 0 " + root + "  1790000000\n");
  is_malformed_heads(k_heads_header + vault + " 0 " + root + " - 1790000000\n");
  is_malformed_heads(k_heads_header + vault + " 00 " + root + " - 1790000000\n");
  for (const std::string size : {"-1", "+5", "05", "9223372036854775808", "18446744073709551617"}) {
    is_malformed_heads(k_heads_header + vault + " " + size + " " + root + " - 1790000000\n");
  }
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  CHECK_FALSE(file.remember(k_seen_vault, {}, k_looked).has_value());
  CHECK_FALSE(std::filesystem::exists(file.path()));
}

TEST_CASE("a time before 1970 or after the year 9999 is not written") {
  const TemporaryDirectory scratch;
  const HeadsFile file(scratch.path());
  CHECK_FALSE(file.remember(k_seen_vault, log_of(3), base::from_unix(-1)).has_value());
  CHECK_FALSE(file.remember(k_seen_vault, log_of(3), base::from_unix(model::k_last_moment + 1)).has_value());
  CHECK_FALSE(std::filesystem::exists(file.path()));
}
