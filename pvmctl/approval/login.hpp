// SPDX-License-Identifier: Apache-2.0
// The statement by which an approver opens a session of `pvmctl serve`.
//
// It carries no secret: whoever signs it keeps the token whose SHA-256 it names, and only the bearer of that token
// opens the session. So neither who passes the statement on nor who stands in between gains by it. It names the page
// (`door`) that the token is for, so that a page which only poses as that one cannot have it honoured.
// One encoding of anything, as in a grant (share/doc/GRANT-FORMAT.md):
//
//   pvm-login/1                      namespace pvm-login-v1
//   vault HEX
//   door URL                         percent-encoded: "http://127.0.0.1:8765"
//   token HEX                        SHA-256 of the token as it stands in the link
//   time UNIX
//   until UNIX                       at most k_login_life after `time`
//   approver NAME                    percent-encoded
//   via cli|cli/unattended           whether signing took a human act
#pragma once

#include <string>
#include <string_view>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/id.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/gate/trust.hpp"

namespace pvm::pvmctl::approval {

inline constexpr std::string_view k_login_namespace = "pvm-login-v1";
inline constexpr base::Seconds k_login_life{60};
/// How far the clock of who signed may be ahead.
inline constexpr base::Seconds k_login_skew{5};

struct Login {
  base::VaultId vault;
  std::string door;
  base::Digest token{};
  base::UnixTime time;
  base::UnixTime until;
  std::string approver;  // not empty, no control bytes
  std::string via;       // the same
  bool operator==(const Login&) const = default;
};

/// The canonical text. Errors: malformed, naming the field that the format cannot carry.
[[nodiscard]] base::Result<std::string> encode(const Login& login);
/// Reads exactly what encode writes. Errors: malformed; newer.
[[nodiscard]] base::Result<Login> decode_login(std::string_view text);

/// The login that `statement` is, where it is signed by one of `signers` in the name that it gives, for this vault and
/// this door, and is neither over nor from the future at `now`. Errors: malformed; newer; untrusted (signature, name,
/// vault, door); clock (late, or early).
[[nodiscard]] base::Result<Login> verify_login(std::string_view statement, std::string_view signature,
                                               const gate::Signers& signers, const base::VaultId& vault,
                                               std::string_view door, base::UnixTime now);

}  // namespace pvm::pvmctl::approval
