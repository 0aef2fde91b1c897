// SPDX-License-Identifier: Apache-2.0
// Where pvmctl login and pvmctl serve meet: a socket in the approver's own state directory, 0600, on which both ends see
// to it that the other is a process of the same user. One line of JSON each:
//
//   server  {"door": "http://127.0.0.1:8765", "vault": HEX}
//   client  {"statement": TEXT, "signature": TEXT}        approval/login.hpp
//   server  {"opened": true} or {"error": TEXT}
#pragma once

#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/system/environment.hpp"
#include "libpvm/system/places.hpp"

namespace pvm::pvmctl::approval {

/// Errors: as system::own_state_directory.
[[nodiscard]] base::Result<std::string> login_socket(const system::Site& site, const system::Environment& environment);

/// 32 random bytes as 43 characters of base64url (RFC 4648 section 5, without padding).
[[nodiscard]] std::string new_token();
/// Whether new_token could have written it.
[[nodiscard]] bool is_token(std::string_view text);

}  // namespace pvm::pvmctl::approval
