// SPDX-License-Identifier: Apache-2.0
// What a reading of the whole log may use: time and memory. Floor: vault.
//
// libpvm has one thread and libsodium, and starts no other: it is linked into wrappers. A program that has more brings
// it along here; what is found is the same.
#pragma once

#include <cstddef>
#include <functional>

#include "libpvm/crypto/sha256.hpp"

namespace pvm::vault {

struct Means {
  using Work = std::function<void()>;
  /// Does both and returns when both are done; they share nothing that either writes. `here` in the caller's thread,
  /// `beside` perhaps in another at the same time. What either throws is thrown again, after both have ended.
  using Both = std::function<void(const Work& here, const Work& beside)>;

  Both both = [](const Work& here, const Work& beside) {
    here();
    beside();
  };
  crypto::Sha256 sha256 = &crypto::sha256;  // called in either thread

  // How much is held at once, each at least 1; a log with more is read oftener. With these, some 70 MB at most, but for
  // what a huge row takes.
  std::size_t most_ids = 500'000;     // grants, requests and agents
  std::size_t most_heads = 200'000;
  std::size_t batch_bytes = 1 << 20;  // of rows; a single larger row is held whole
};

}  // namespace pvm::vault
