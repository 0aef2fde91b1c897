// SPDX-License-Identifier: Apache-2.0
// The whole of config.yaml: what is taken is taken by the wrappers' reader too, and no error holds a secret or what cannot be
// shown. Seeds: corpus/notify_configuration.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "libpvm/base/text.hpp"
#include "libpvm/system/settings.hpp"
#include "pvmctl/notify/configuration.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const pvm::system::Environment k_environment({{"T", "12:SECRET"}, {"K", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool is_of_use = size <= 4096 && text.find("file:") == std::string_view::npos && text.find("SECRET") == std::string_view::npos;
  if (!is_of_use) return 0;
  const auto refuse = [](const std::string&) -> pvm::base::Result<std::string> { return pvm::base::fail(pvm::base::Code::io, "no"); };
  const auto read = pvm::notify::parse_configuration(text, {k_environment, refuse});
  if (read && !pvm::system::parse_settings(text)) std::abort();
  if (read) return 0;
  std::string message = read.error().message;
  std::replace(message.begin(), message.end(), '\\', '/');  // of what was escaped
  if (!pvm::base::is_plain(message) || message.find("12:SECRET") != std::string::npos) std::abort();
  return 0;
}
