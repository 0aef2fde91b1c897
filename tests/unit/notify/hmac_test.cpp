// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/hmac.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/model/tables.hpp"

using namespace pvm::notify;

namespace {

std::string from_hex(const std::string& hex) {
  pvm::base::Bytes bytes(hex.size() / 2);
  REQUIRE(pvm::base::from_hex(hex, bytes.data(), bytes.size()));
  return std::string(pvm::base::as_text(bytes));
}

}  // namespace

TEST_CASE("HMAC-SHA256 agrees with RFC 4231 and Wycheproof") {
  int valid = 0;
  int invalid = 0;
  for (const auto& row : pvm::model::test::read_table("vectors/hmac_sha256.tsv", 6)) {
    if (row.columns[0] == "id") continue;
    CAPTURE(row.line);
    const std::string tag = pvm::base::to_hex(hmac_sha256(from_hex(row.columns[1]), from_hex(row.columns[2])));
    const bool is_valid = row.columns[4] == "valid";
    CHECK((tag == row.columns[3]) == is_valid);
    ++(is_valid ? valid : invalid);
  }
  CHECK(valid > 30);
  CHECK(invalid > 20);
}
