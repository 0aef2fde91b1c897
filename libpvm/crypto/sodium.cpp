// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/sodium.hpp"

#include <sodium.h>

#include <cstdlib>

namespace pvm::crypto {

void require_sodium() {
  static const bool is_ready = sodium_init() >= 0;
  if (!is_ready) std::abort();
}

}  // namespace pvm::crypto
