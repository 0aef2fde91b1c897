// SPDX-License-Identifier: Apache-2.0
// SHA-256 and random ids (libsodium). Floor: crypto.
#pragma once

#include <string_view>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/id.hpp"

namespace pvm::crypto {

[[nodiscard]] base::Digest sha256(std::string_view bytes);

/// This function, or one that gives the same faster.
using Sha256 = base::Digest (*)(std::string_view bytes);

/// Fills from the system's generator; ends the process where there is none (libsodium's own stance).
void random_bytes(std::uint8_t* out, std::size_t size);

template <class Id>
[[nodiscard]] Id random_id() {
  typename Id::Raw raw{};
  random_bytes(raw.data(), raw.size());
  return Id(raw);
}

}  // namespace pvm::crypto
