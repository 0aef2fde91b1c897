// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/ed25519.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "libpvm/base/bytes.hpp"

namespace {

using pvm::crypto::is_ed25519_signature;

std::string from_hex(const std::string& hex) {
  std::string bytes(hex.size() / 2, '\0');
  REQUIRE(pvm::base::from_hex(hex, reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()));
  return bytes;
}

std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> columns;
  std::istringstream stream(line);
  for (std::string column; std::getline(stream, column, '\t');) columns.push_back(column);
  return columns;
}

}  // namespace

TEST_CASE("every published Ed25519 verification vector gets its verdict") {
  std::ifstream file(PVM_TEST_DATA "/ed25519.tsv");
  REQUIRE(file.good());
  int checked = 0;
  int valid = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#") || line.starts_with("tcId")) continue;
    const auto columns = columns_of(line);
    REQUIRE(columns.size() >= 5);
    CAPTURE(columns[0]);
    REQUIRE((columns[4] == "valid" || columns[4] == "invalid"));
    const bool is_expected = columns[4] == "valid";
    CHECK(is_ed25519_signature(from_hex(columns[3]), from_hex(columns[2]), from_hex(columns[1])) ==
          is_expected);
    ++checked;
    valid += is_expected ? 1 : 0;
  }
  CHECK(checked == 151);
  CHECK(valid > 60);
  CHECK(valid < 151);
}

TEST_CASE("a key or a signature of another length is refused without a read past its end") {
  // RFC 8032 section 7.1, test 1.
  const std::string key = from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const std::string signature = from_hex(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
      "d25bf5f0595bbe24655141438e7a100b");
  REQUIRE(is_ed25519_signature(signature, "", key));
  for (std::size_t size = 0; size < key.size(); ++size) {
    CHECK_FALSE(is_ed25519_signature(signature, "", std::string(key, 0, size)));
  }
  for (std::size_t size = 0; size < signature.size(); ++size) {
    CHECK_FALSE(is_ed25519_signature(std::string(signature, 0, size), "", key));
  }
  CHECK_FALSE(is_ed25519_signature(signature + '\0', "", key));
  CHECK_FALSE(is_ed25519_signature(signature, "", key + '\0'));
}

TEST_CASE("a key of small order signs nothing") {
  // The identity as key, the identity as R, and S = 0 satisfy the equation for every message.
  const std::string identity = from_hex("01" + std::string(62, '0'));
  const std::string signature = identity + std::string(32, '\0');
  CHECK_FALSE(is_ed25519_signature(signature, "any message", identity));
}
