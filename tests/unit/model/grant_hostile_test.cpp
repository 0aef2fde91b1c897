// SPDX-License-Identifier: Apache-2.0
// Grants as someone without a key would have them: every text but the signed one is refused or is another
// grant.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/model/grant.hpp"
#include "tests/unit/model/grant_samples.hpp"
#include "tests/unit/thorough.hpp"

using namespace pvm::model;
using namespace pvm::model::test;
namespace base = pvm::base;
using base::Code;

namespace {

std::vector<std::string> split(std::string_view line, char by) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= line.size();) {
    const std::size_t to = std::min(line.find(by, from), line.size());
    parts.emplace_back(line.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

// Whether a changed text keeps the promise: refused, or another value with just this text.
bool is_refused_or_another(const std::string& changed, const Grant& original) {
  const auto read = decode_grant(changed);
  if (!read) return true;
  return *read != original && encode(*read).value_or("") == changed;
}

}  // namespace

TEST_CASE("each hostile statement of the table is refused") {
  std::size_t rows = 0;
  for (const std::string& line : split(file_text("grants_malformed.tsv"), '\n')) {
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string> columns = split(line, '\t');
    REQUIRE(columns.size() == 5);
    CAPTURE(columns[0]);
    const auto from = base::percent_decode(columns[2]);
    const auto to = base::percent_decode(columns[3]);
    const auto times = base::parse_decimal(columns[4], 10'000);
    REQUIRE(from);
    REQUIRE(to);
    REQUIRE(times);
    std::string replacement;
    for (std::uint64_t i = 0; i < *times; ++i) replacement += *to;

    const auto read = decode_grant(replaced(good_text(), *from, replacement));
    REQUIRE_FALSE(read);
    REQUIRE((columns[1] == "malformed" || columns[1] == "newer"));
    CHECK(read.error().code == (columns[1] == "newer" ? Code::newer : Code::malformed));
    ++rows;
  }
  CHECK(rows >= 40);
}

TEST_CASE("a fault is named by its line, without a byte of the text") {
  const auto read = decode_grant(replaced(good_text(), "action rm", "action \x1B[2J"));
  REQUIRE_FALSE(read);
  CHECK(read.error().message == "grant: line 5: not a valid 'action'");
}

TEST_CASE("no byte can be put in another's place without a refusal or another value") {
  const Grant original = good_grant();
  std::size_t broken = 0;
  for (std::size_t at = 0; at < good_text().size(); ++at) {
    std::string changed = good_text();
    for (int byte = static_cast<int>(at) % stride(); byte < 256; byte += stride()) {
      changed[at] = static_cast<char>(byte);
      if (changed == good_text()) continue;
      if (!is_refused_or_another(changed, original)) ++broken;
    }
  }
  CHECK(broken == 0);
}

TEST_CASE("no byte can be taken out or put in without a refusal or another value") {
  const Grant original = good_grant();
  std::size_t broken = 0;
  for (std::size_t at = 0; at < good_text().size(); ++at) {
    std::string shorter = good_text();
    shorter.erase(at, 1);
    if (!is_refused_or_another(shorter, original)) ++broken;
  }
  for (std::size_t at = 0; at <= good_text().size(); ++at) {
    for (int byte = static_cast<int>(at) % stride(); byte < 256; byte += stride()) {
      std::string longer = good_text();
      longer.insert(at, 1, static_cast<char>(byte));
      if (!is_refused_or_another(longer, original)) ++broken;
    }
  }
  CHECK(broken == 0);
}

TEST_CASE("no part of a grant is a grant") {
  for (std::size_t size = 0; size < good_text().size(); ++size) {
    CHECK_FALSE(decode_grant(good_text().substr(0, size)));
  }
  for (std::size_t from = 1; from < good_text().size(); ++from) {
    CHECK_FALSE(decode_grant(good_text().substr(from)));
  }
}

TEST_CASE("every byte put behind a grant is refused") {
  for (int byte = 0; byte < 256; ++byte) {
    CHECK_FALSE(decode_grant(good_text() + static_cast<char>(byte)));
  }
}

TEST_CASE("a line taken out, doubled or swapped with the next is a refusal or another value") {
  const Grant original = good_grant();
  std::vector<std::string> lines = split(good_text(), '\n');
  lines.pop_back();
  const auto joined = [](const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) text += part + "\n";
    return text;
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::vector<std::string> fewer = lines;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(is_refused_or_another(joined(fewer), original));

    std::vector<std::string> more = lines;
    more.insert(more.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
    CHECK_FALSE(decode_grant(joined(more)));

    if (i + 1 == lines.size()) continue;
    std::vector<std::string> swapped = lines;
    std::swap(swapped[i], swapped[i + 1]);
    CHECK(is_refused_or_another(joined(swapped), original));
  }
}
