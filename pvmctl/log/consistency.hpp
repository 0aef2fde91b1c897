// SPDX-License-Identifier: Apache-2.0
// What a vault tells an approver on another machine of its log, and what that approver makes of it.
#pragma once

#include <cstdint>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/crypto/merkle_proof.hpp"
#include "libpvm/vault/vault.hpp"
#include "pvmctl/log/heads.hpp"

namespace pvm::pvmctl::log {

/// The right edge of the log at some head, and the proof that this extends the first `since` entries; without any hash
/// where that is 0.
struct Testified {
  crypto::TreeEdge edge;
  crypto::Proof proof;
};

/// Reads the leaves of `head`. Errors: broken (fewer than `since`; leaves that do not hash to `head`); the vault's.
[[nodiscard]] base::Result<Testified> testify(vault::Vault& vault, const model::TreeHead& head, std::uint64_t since);

/// Whether what a machine testified of `head` is so, and extends what was `seen` of that log. Pure.
/// Errors: malformed (the edge is not that of `head`); broken, with both heads.
[[nodiscard]] base::Result<void> judge(const Testified& testified, const model::TreeHead& head, const SeenLog& seen);

}  // namespace pvm::pvmctl::log
