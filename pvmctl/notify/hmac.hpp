// SPDX-License-Identifier: Apache-2.0
// HMAC-SHA256 (RFC 2104, libsodium), and the signatures of Standard Webhooks (standardwebhooks.com, symmetric form):
//   "v1," and the Base64 of HMAC-SHA256 over ID "." TIMESTAMP "." BODY; the key is the Base64 behind "whsec_"
#pragma once

#include <string>
#include <string_view>

#include "libpvm/base/bytes.hpp"
#include "pvmctl/notify/secret.hpp"

namespace pvm::notify {

[[nodiscard]] base::Digest hmac_sha256(std::string_view key, std::string_view message);
/// Empty where `key` is not "whsec_" and Base64.
[[nodiscard]] std::string webhook_signature(const Secret& key, std::string_view id, std::string_view timestamp,
                                            std::string_view body);

}  // namespace pvm::notify
