// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/log/proof_text.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "libpvm/base/bytes.hpp"

namespace {

using namespace pvm;
using base::Code;
using pvmctl::log::Checkpoint;
using pvmctl::log::ConsistencyProof;
using pvmctl::log::decode_checkpoint;
using pvmctl::log::decode_consistency;
using pvmctl::log::decode_inclusion;
using pvmctl::log::encode;
using pvmctl::log::InclusionProof;

const std::string k_body =
    "pvm/vault/9b1d00aa11bb22cc33dd44ee55ff6677\n"
    "1042\n"
    "WH9Fk1jYAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk=\n";
const std::string k_hash = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n";

base::Digest digest(std::string_view base64) {
  const auto read = base::digest_from_base64(base64.substr(0, base64.find('\n')));
  REQUIRE(read.has_value());
  return *read;
}

Checkpoint checkpoint() {
  const auto vault = base::VaultId::from_hex("9b1d00aa11bb22cc33dd44ee55ff6677");
  REQUIRE(vault.has_value());
  return {*vault, {1042, digest("WH9Fk1jYAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk=")}};
}

/// Every text that is one byte away from `text`, or ends early.
std::vector<std::string> neighbours(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size(); ++at) {
    all.push_back(text.substr(0, at));
    all.push_back(text.substr(0, at) + text.substr(at + 1));
    all.push_back(text.substr(0, at + 1) + text.substr(at));
    for (const char byte : std::string("\n\r\t 0+=-A\xe2\0", 11)) {
      all.push_back(text.substr(0, at) + byte + text.substr(at));
      if (text[at] != byte) all.push_back(text.substr(0, at) + byte + text.substr(at + 1));
    }
  }
  return all;
}

/// What `decode` takes is what `encode` writes of it: no two texts are one thing.
template <class Decode>
std::size_t refused_neighbours(const std::string& text, Decode decode) {
  std::size_t refused = 0;
  for (const std::string& other : neighbours(text)) {
    const auto read = decode(other);
    if (!read) {
      ++refused;
      continue;
    }
    CAPTURE(other);
    REQUIRE(encode(*read) == other);
  }
  return refused;
}

/// Why there is no value; nullopt where there is one.
template <class T>
std::optional<Code> code_of(const pvm::base::Result<T>& result) {
  return result.has_value() ? std::nullopt : std::optional<Code>(result.error().code);
}

}  // namespace

TEST_CASE("a checkpoint is three lines: origin, size, root") {
  CHECK(encode(checkpoint()) == k_body);
  const auto read = decode_checkpoint(k_body);
  REQUIRE(read.has_value());
  CHECK(*read == checkpoint());
}

TEST_CASE("a checkpoint in any other form is refused") {
  const std::vector<std::string> wrong = {
      "",
      "\n",
      "example.com/log\n1042\nWH9Fk1jYAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk=\n",
      "pvm/vault/9B1D00AA11BB22CC33DD44EE55FF6677\n1042\nWH9Fk1jYAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk=\n",
      "pvm/vault/9b1d00aa11bb22cc33dd44ee55ff66\n1042\nWH9Fk1jYAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk=\n",
      "pvm/vault/9b1d00aa11bb22cc33dd44ee55ff6677\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
      "pvm/vault/9b1d00aa11bb22cc33dd44ee55ff6677\n01042\nWH9Fk1jYAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk=\n",
      "pvm/vault/9b1d00aa11bb22cc33dd44ee55ff6677\n-1\nWH9Fk1jYAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk=\n",
      "pvm/vault/9b1d00aa11bb22cc33dd44ee55ff6677\n9223372036854775808\n"
      "WH9Fk1jYAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk=\n",
      "pvm/vault/9b1d00aa11bb22cc33dd44ee55ff6677\n1042\nWH9Fk1jYAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBl=\n",
      "pvm/vault/9b1d00aa11bb22cc33dd44ee55ff6677\n1042\nWH9Fk1jYAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk\n",
      "pvm/vault/9b1d00aa11bb22cc33dd44ee55ff6677\n1042\nWH9Fk1jYAAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n",
      "pvm/vault/"
      "9b1d00aa11bb22cc33dd44ee55ff6677\r\n1042\r\nWH9Fk1jYAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk=\r\n",
      k_body.substr(0, k_body.size() - 1),
      k_body + "\n",
      k_body + "an extension line\n",
      k_body + "\n— pvm/vault/9b1d00aa11bb22cc33dd44ee55ff6677 Az3grlgtzPICa5OS8npVmf1M\n",
      "\n" + k_body,
      std::string("\xef\xbb\xbf") + k_body,
  };
  for (const std::string& text : wrong) {
    CAPTURE(text);
    const auto read = decode_checkpoint(text);
    REQUIRE_FALSE(read.has_value());
    CHECK(code_of(read) == Code::malformed);
  }
  CHECK(refused_neighbours(k_body, decode_checkpoint) > 1000);
}

TEST_CASE("a proof of an entry is a tlog-proof, with and without extra data and hashes") {
  InclusionProof proof{{}, 7, {digest(k_hash), digest(k_hash)}, checkpoint()};
  const std::string text = "c2sp.org/tlog-proof@v1\nindex 7\n" + k_hash + k_hash + "\n" + k_body + "\n";
  CHECK(encode(proof) == text);
  CHECK(decode_inclusion(text).value() == proof);

  proof.extra = std::string("any \0 bytes", 11);
  const std::string with_extra =
      "c2sp.org/tlog-proof@v1\nextra YW55IAAgYnl0ZXM=\nindex 7\n" + k_hash + k_hash + "\n" + k_body + "\n";
  CHECK(encode(proof) == with_extra);
  CHECK(decode_inclusion(with_extra).value() == proof);

  const InclusionProof alone{{}, 0, {}, checkpoint()};
  CHECK(encode(alone) == "c2sp.org/tlog-proof@v1\nindex 0\n\n" + k_body + "\n");
  CHECK(decode_inclusion(encode(alone)).value() == alone);
}

TEST_CASE("a proof since a checkpoint is the body that a witness is sent") {
  const ConsistencyProof proof{1000, {digest(k_hash)}, checkpoint()};
  const std::string text = "old 1000\n" + k_hash + "\n" + k_body + "\n";
  CHECK(encode(proof) == text);
  CHECK(decode_consistency(text).value() == proof);
}

TEST_CASE("a proof in any other form is refused") {
  const std::string first = "c2sp.org/tlog-proof@v1\n";
  const std::string tail = "\n" + k_body + "\n";
  std::string many;
  for (int i = 0; i < 64; ++i) many += k_hash;
  const std::vector<std::string> wrong = {
      "",
      first,
      first + "index 7\n",
      first + "index 7\n" + k_hash,
      first + "index 7\n" + k_hash + k_body + "\n",
      first + "index 7\n" + k_hash + "\n" + k_body,
      first + "index 7\n" + k_hash + tail + "\n",
      first + "index 7\n" + k_hash + tail + "— example.com/log hI2DJw1roloI\n",
      first + "index 7\n" + k_hash + tail.substr(0, tail.size() - 1) + "an extension line\n\n",
      first + "index 07\n" + k_hash + tail,
      first + "index +7\n" + k_hash + tail,
      first + "index 9223372036854775808\n" + k_hash + tail,
      first + "index\n" + k_hash + tail,
      first + "Index 7\n" + k_hash + tail,
      first + "index 7\nextra AAAA\n" + k_hash + tail,
      first + "extra \nindex 7\n" + k_hash + tail,
      first + "extra AAA\nindex 7\n" + k_hash + tail,
      first + "extra AAAA\nextra AAAA\nindex 7\n" + k_hash + tail,
      first + "index 7\nAAAA\n" + tail,
      first + "index 7\n" + many + tail,
      "c2sp.org/tlog-proof@v2\nindex 7\n" + k_hash + tail,
      "index 7\n" + k_hash + tail,
      "old 7\n" + k_hash + tail,
  };
  for (const std::string& text : wrong) {
    CAPTURE(text);
    const auto read = decode_inclusion(text);
    REQUIRE_FALSE(read.has_value());
    CHECK(code_of(read) == Code::malformed);
  }
  for (const std::string& text : {"old 0\n" + tail, "old 07\n" + tail, "old -1\n" + tail, "old \n" + tail,
                                  "old 7\n" + many + tail, "old 7\n" + k_body, first + "index 7\n" + tail}) {
    CAPTURE(text);
    CHECK_FALSE(decode_consistency(text).has_value());
  }
  const std::string huge = first + "extra " + std::string(2 * 1024 * 1024, 'A') + "\nindex 7\n" + tail;
  CHECK(code_of(decode_inclusion(huge)) == Code::limit);
}

TEST_CASE("no two texts are one proof") {
  const std::string text = "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 7\n" + k_hash + "\n" + k_body + "\n";
  REQUIRE(decode_inclusion(text).has_value());
  CHECK(refused_neighbours(text, decode_inclusion) > 1000);
  const std::string since = "old 1000\n" + k_hash + "\n" + k_body + "\n";
  REQUIRE(decode_consistency(since).has_value());
  CHECK(refused_neighbours(since, decode_consistency) > 1000);
}
