// SPDX-License-Identifier: Apache-2.0
// Digests and signatures in a process that never initialises libsodium (decision 0018). A program of its own, because
// whoever draws a random byte initialises it.
#include <sodium.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "libpvm/base/bytes.hpp"
#include "libpvm/crypto/ed25519.hpp"
#include "libpvm/crypto/sha256.hpp"

namespace {

using namespace pvm;

int failures = 0;

void check(bool is_so, std::string_view what) {
  if (is_so) return;
  ++failures;
  std::fprintf(stderr, "FAILED: %.*s\n", static_cast<int>(what.size()), what.data());
}

// FIPS 180-2, appendix B.
void check_sha256() {
  check(base::to_hex(crypto::sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "SHA-256 of 'abc'");
  check(base::to_hex(crypto::sha256(std::string(1'000'000, 'a'))) ==
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
        "SHA-256 of a million times 'a'");
}

// RFC 8032, section 7.1, TEST 2; it takes SHA-512 too.
void check_ed25519() {
  const std::string key = "\x3d\x40\x17\xc3\xe8\x43\x89\x5a\x92\xb7\x0a\xa7\x4d\x1b\x7e\xbc"
                          "\x9c\x98\x2c\xcf\x2e\xc4\x96\x8c\xc0\xcd\x55\xf1\x2a\xf4\x66\x0c";
  std::string signature("\x92\xa0\x09\xa9\xf0\xd4\xca\xb8\x72\x0e\x82\x0b\x5f\x64\x25\x40"
                        "\xa2\xb2\x7b\x54\x16\x50\x3f\x8f\xb3\x76\x22\x23\xeb\xdb\x69\xda"
                        "\x08\x5a\xc1\xe4\x3e\x15\x99\x6e\x45\x8f\x36\x13\xd0\xf1\x1d\x8c"
                        "\x38\x7b\x2e\xae\xb4\x30\x2a\xee\xb0\x0d\x29\x16\x12\xbb\x0c\x00",
                        64);
  check(crypto::is_ed25519_signature(signature, "\x72", key), "a signature that is good");
  check(!crypto::is_ed25519_signature(signature, "\x73", key), "a signature of another message");
  signature[40] = static_cast<char>(signature[40] ^ 1);
  check(!crypto::is_ed25519_signature(signature, "\x72", key), "a signature with a bit changed");
}

}  // namespace

int main() {
  check_sha256();
  check_ed25519();
  check(sodium_init() == 0, "libsodium was not initialised before");  // 1: it was
  return failures == 0 ? 0 : 1;
}
