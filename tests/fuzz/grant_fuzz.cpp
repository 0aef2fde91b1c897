// SPDX-License-Identifier: Apache-2.0
// Whatever decodes as a grant is encoded to the same bytes again. Seeds: corpus/grant.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "libpvm/model/grant.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto grant = pvm::model::decode_grant(text);
  if (!grant) return 0;
  const auto again = pvm::model::encode(*grant);
  if (!again || *again != text) std::abort();
  return 0;
}
