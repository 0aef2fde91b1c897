// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/ssh_wire.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using pvm::crypto::append_string;
using pvm::crypto::append_uint32;
using pvm::crypto::parse_public_key;
using pvm::crypto::WireReader;
using namespace std::string_literals;

namespace {

std::string strings(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) append_string(out, value);
  return out;
}

}  // namespace

TEST_CASE("what is appended is read back") {
  std::string bytes = "MAGIC\x2A";
  append_uint32(bytes, 0x01020304);
  CHECK(bytes.substr(6) == "\x01\x02\x03\x04");
  bytes += strings({"name", "", "any\0bytes"s});

  WireReader reader(bytes);
  reader.expect("MAGIC");
  CHECK(reader.read_byte() == 0x2A);
  CHECK(reader.read_uint32() == 0x01020304);
  CHECK(reader.read_name() == "name");
  CHECK(reader.read_string().empty());
  CHECK_FALSE(reader.is_complete());
  CHECK(reader.read_string() == "any\0bytes"s);
  CHECK(reader.is_complete());
}

TEST_CASE("a read past the end fails the reader, even where nothing is left") {
  WireReader byte("");
  CHECK(byte.is_complete());
  CHECK(byte.read_byte() == 0);
  CHECK_FALSE(byte.is_complete());

  WireReader number("");
  CHECK(number.read_uint32() == 0);
  CHECK_FALSE(number.is_complete());

  WireReader string("");
  CHECK(string.read_string().empty());
  CHECK_FALSE(string.is_complete());

  WireReader magic("");
  magic.expect("M");
  CHECK_FALSE(magic.is_complete());
}

TEST_CASE("a string whose length is a lie is not read") {
  for (const std::string& bytes :
       {"\0\0\0\x05"s + "four", "\xFF\xFF\xFF\xFF"s + "x", "\0\0\0"s, "\x80\0\0\0"s}) {
    WireReader reader(bytes);
    CHECK(reader.read_string().empty());
    CHECK_FALSE(reader.is_complete());
  }
}

TEST_CASE("a reader that failed stays failed and gives nothing more") {
  const std::string bytes = strings({"a\0b"s, "next"});
  WireReader reader(bytes);
  CHECK(reader.read_name().empty());
  CHECK(reader.read_string().empty());
  CHECK(reader.read_byte() == 0);
  CHECK_FALSE(reader.is_complete());
}

TEST_CASE("public keys are taken apart by their type") {
  const std::string point(32, 'k');
  const std::string plain = strings({"ssh-ed25519", point});
  const auto ed25519 = parse_public_key(plain);
  REQUIRE(ed25519.has_value());
  CHECK(ed25519->type == "ssh-ed25519");
  CHECK(ed25519->ed25519 == point);
  CHECK(ed25519->application.empty());

  const std::string touched = strings({"sk-ssh-ed25519@openssh.com", point, "ssh:pvm"});
  const auto sk = parse_public_key(touched);
  REQUIRE(sk.has_value());
  CHECK(sk->ed25519 == point);
  CHECK(sk->application == "ssh:pvm");

  const std::string numbers = strings({"ssh-rsa", "e", "n"});
  const auto rsa = parse_public_key(numbers);
  REQUIRE(rsa.has_value());
  CHECK(rsa->ed25519.empty());
}

TEST_CASE("a public key of an unknown type or another layout is none") {
  const std::string point(32, 'k');
  for (const std::string& blob :
       {""s, "ssh-ed25519"s, strings({"ssh-ed25519"}), strings({"ssh-ed25519", ""}),
        strings({"ssh-ed25519", point.substr(1)}), strings({"ssh-ed25519", point + "k"}),
        strings({"ssh-ed25519", point, ""}), strings({"ssh-ed25519", point}) + "x",
        strings({"ssh-ed25519\0"s, point}), strings({"SSH-ED25519", point}), strings({"ssh-foo", point}),
        strings({"ssh-ed25519-cert-v01@openssh.com", point}), strings({"sk-ssh-ed25519@openssh.com", point}),
        strings({"sk-ssh-ed25519@openssh.com", point.substr(1), "ssh:"}),
        strings({"sk-ssh-ed25519@openssh.com", point, "ssh:\0"s}),
        strings({"sk-ssh-ed25519@openssh.com", point, "ssh:", ""}), strings({"ssh-rsa", "e"}),
        strings({"ssh-rsa", "e", "n", ""}), strings({"ecdsa-sha2-nistp256", "nistp256"})}) {
    CAPTURE(blob);
    CHECK_FALSE(parse_public_key(blob).has_value());
  }
}
