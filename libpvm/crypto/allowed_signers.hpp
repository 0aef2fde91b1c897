// SPDX-License-Identifier: Apache-2.0
// Who may approve: OpenSSH's allowed_signers file (ssh-keygen(1), ALLOWED SIGNERS). Floor: crypto.
//
// Stricter than ssh-keygen where that is the safe side: a line without namespaces= trusts nothing of ours
// (it is read and kept, and never matches); cert-authority lines, unknown options, unknown or malformed key
// types, control bytes but the tab, empty names in a list, and quotes or backslashes other than the pair
// around a value refuse the whole file, naming the line. Key types that ssh-keygen knows but PVM does not
// verify (rsa, dsa, ecdsa) are kept and never match.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"

namespace pvm::crypto {

struct AllowedSigner {
  std::vector<std::string> principals;  // patterns of the first field, as ssh's match_pattern_list: * ? and !
  std::vector<std::string> namespaces;  // patterns of namespaces=; empty: the option is missing
  std::optional<base::UnixTime> valid_after;
  std::optional<base::UnixTime> valid_before;
  std::string key_type;  // "ssh-ed25519", …
  base::Bytes key_blob;  // the whole public key, as in RFC 4253 section 6.6
  std::string comment;
  std::size_t line = 0;
};

/// Reads the text of an allowed_signers file. Timestamps are YYYYMMDD[Z] or YYYYMMDDHHMM[SS][Z]; without Z
/// they are in the machine's own zone (/etc/localtime), whatever TZ says: the caller's environment judges no
/// key. Errors: malformed, naming the line. An empty file gives an empty list.
[[nodiscard]] base::Result<std::vector<AllowedSigner>> parse_allowed_signers(std::string_view text);

/// Whether one of the entry's principal patterns matches (and no negated one does).
[[nodiscard]] bool has_principal(const AllowedSigner& signer, std::string_view principal);
/// Whether namespaces= is there and allows `name_space`.
[[nodiscard]] bool has_namespace(const AllowedSigner& signer, std::string_view name_space);
/// valid_after <= at, and at < valid_before (ssh-keygen lets the second valid_before itself pass, too).
[[nodiscard]] bool is_valid_at(const AllowedSigner& signer, base::UnixTime at);

/// "SHA256:…" as ssh-keygen -l prints it (unpadded base64).
[[nodiscard]] std::string fingerprint(const base::Bytes& key_blob);

}  // namespace pvm::crypto
