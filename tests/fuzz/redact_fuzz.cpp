// SPDX-License-Identifier: Apache-2.0
// Redacting what is redacted changes nothing. Seeds: corpus/redact.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "libpvm/model/redact.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string once = pvm::model::redact({reinterpret_cast<const char*>(data), size});
  if (pvm::model::redact(once) != once) std::abort();
  return 0;
}
