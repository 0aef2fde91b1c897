// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/sha256.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using pvm::base::to_hex;
using pvm::crypto::sha256;

TEST_CASE("the digests of FIPS 180-4's examples") {
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("random ids differ") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(pvm::crypto::random_id<pvm::base::GrantId>().hex());
  CHECK(seen.size() == 1000);
}

TEST_CASE("every bit of a random id takes both values") {
  pvm::base::GrantId::Raw ones{};
  pvm::base::GrantId::Raw zeros{};
  for (int i = 0; i < 200; ++i) {
    pvm::base::GrantId::Raw raw{};
    pvm::crypto::random_bytes(raw.data(), raw.size());
    for (std::size_t k = 0; k < raw.size(); ++k) {
      ones[k] = static_cast<std::uint8_t>(ones[k] | raw[k]);
      zeros[k] = static_cast<std::uint8_t>(zeros[k] | ~raw[k]);
    }
  }
  pvm::base::GrantId::Raw all{};
  all.fill(0xFF);
  CHECK(ones == all);
  CHECK(zeros == all);
}
