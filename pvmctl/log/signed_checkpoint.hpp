// SPDX-License-Identifier: Apache-2.0
// Checkpoints as files that somebody kept: FILE, and its signature FILE.sig beside it.
#pragma once

#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/gate/trust.hpp"
#include "pvmctl/log/checkpoint.hpp"

namespace pvm::pvmctl::log {

/// FILE alone, believed by nobody. Errors: as approval::read_given_file; malformed, naming the file.
[[nodiscard]] base::Result<Checkpoint> read_checkpoint(const std::string& path);

/// A checkpoint that a trusted key signed.
struct SignedCheckpoint {
  Checkpoint checkpoint;
  std::string approver;
};

/// FILE with a good FILE.sig. A checkpoint does not say when it was signed, so the key must be valid `now`.
/// The signer is the entry of `signers` that holds the key. Errors: untrusted, malformed, limit, all naming
/// the file; as approval::read_given_file.
[[nodiscard]] base::Result<SignedCheckpoint> read_signed_checkpoint(const std::string& path,
                                                                    const gate::Signers& signers,
                                                                    base::UnixTime now);

/// The name of the first entry that holds the signature's key, may sign checkpoints, and under which
/// `signature` over `text` is good. Errors: untrusted, saying why of the last that was tried; malformed;
/// limit.
[[nodiscard]] base::Result<std::string> verify_checkpoint(std::string_view text, std::string_view signature,
                                                          const gate::Signers& signers, base::UnixTime now);

}  // namespace pvm::pvmctl::log
