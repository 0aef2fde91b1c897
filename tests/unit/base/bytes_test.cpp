// SPDX-License-Identifier: Apache-2.0
#include "libpvm/base/bytes.hpp"

#include <doctest/doctest.h>

#include "libpvm/base/id.hpp"

using namespace pvm::base;

TEST_CASE("hexadecimal is lower case and of the exact length") {
  Digest digest{};
  digest[0] = 0xAB;
  const std::string text = to_hex(digest);
  CHECK(text.starts_with("ab00"));
  CHECK(digest_from_hex(text) == digest);
  CHECK_FALSE(digest_from_hex("AB" + text.substr(2)).has_value());
  CHECK_FALSE(digest_from_hex(text.substr(1)).has_value());
  CHECK_FALSE(digest_from_hex(text + "00").has_value());
  CHECK_FALSE(digest_from_hex("g" + text.substr(1)).has_value());
}

TEST_CASE("base64 follows RFC 4648 and has one encoding of anything") {
  const auto encode = [](std::string_view s) {
    return to_base64(reinterpret_cast<const std::uint8_t*>(s.data()), s.size());
  };
  CHECK(encode("") == "");
  CHECK(encode("f") == "Zg==");
  CHECK(encode("fo") == "Zm8=");
  CHECK(encode("foo") == "Zm9v");
  CHECK(encode("foobar") == "Zm9vYmFy");
  CHECK(from_base64("Zm9vYg==") == as_bytes("foob"));
  for (const char* bad : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "Zg==Zg==", "Z g=", "Zm9v\n", "Zm9\xc3", "=Zg=", "Zm-_"}) {
    CAPTURE(bad);
    CHECK_FALSE(from_base64(bad).has_value());
  }
}

TEST_CASE("decimals have no sign, no leading zero and a bound") {
  CHECK(parse_decimal("0") == 0U);
  CHECK(parse_decimal("18446744073709551615") == UINT64_MAX);
  CHECK_FALSE(parse_decimal("18446744073709551616").has_value());
  CHECK_FALSE(parse_decimal("11", 10).has_value());
  for (const char* bad : {"", "00", "01", "+1", "-1", " 1", "1 ", "1a", "0x1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_decimal(bad).has_value());
  }
}

TEST_CASE("an id is 32 lower-case hexadecimal characters and its kind is part of its type") {
  const auto id = GrantId::from_hex("00112233445566778899aabbccddeeff");
  REQUIRE(id.has_value());
  CHECK(id->hex() == "00112233445566778899aabbccddeeff");
  CHECK(id->brief() == "00112233");
  CHECK_FALSE(GrantId::from_hex("00112233445566778899AABBCCDDEEFF").has_value());
  CHECK_FALSE(GrantId::from_hex("00").has_value());
  CHECK_FALSE(std::is_convertible_v<GrantId, RequestId>);
}
