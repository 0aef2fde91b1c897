// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/sha256.hpp"

#include <sodium.h>

#include "libpvm/crypto/sodium.hpp"

namespace pvm::crypto {

static_assert(sizeof(base::Digest) == crypto_hash_sha256_BYTES);

base::Digest sha256(std::string_view bytes) {
  base::Digest digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return digest;
}

void random_bytes(std::uint8_t* out, std::size_t size) {
  require_sodium();
  randombytes_buf(out, size);
}

}  // namespace pvm::crypto
