// SPDX-License-Identifier: Apache-2.0
// The plain functions, deprecated as they are, and not EVP_Digest: that looks for an implementation, and on its way reads
// a configuration file that the environment names (OPENSSL_CONF), which can load code. It is slower too.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "pvmctl/log/fast_sha256.hpp"

#include <openssl/sha.h>

namespace pvm::pvmctl::log {

static_assert(sizeof(base::Digest) == SHA256_DIGEST_LENGTH);

base::Digest fast_sha256(std::string_view bytes) {
  SHA256_CTX context;
  base::Digest digest{};
  // They report no failure that could happen.
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

}  // namespace pvm::pvmctl::log
