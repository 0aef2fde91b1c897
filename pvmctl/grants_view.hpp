// SPDX-License-Identifier: Apache-2.0
// What a kept grant comes to now, and how that is told to programs.
#pragma once

#include <cstdint>
#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/model/decision.hpp"
#include "libpvm/vault/vault.hpp"
#include "pvmctl/reply.hpp"

namespace pvm::pvmctl {

struct Standing {
  std::string word;  // "live", "revoked", "used up", "over", "not yet", "not trusted"
  std::string why;   // of "not trusted"
};

/// `verified` is what gate::verify_stored says of `stored`, `epoch` the vault's.
[[nodiscard]] Standing standing_of(const vault::StoredGrant& stored, const base::Result<model::Candidate>& verified,
                                   std::uint64_t epoch, base::UnixTime now);

/// approval::grant_json with state, why, used, unattended and added; of a text that cannot be read id and these.
[[nodiscard]] Json stored_grant_json(const vault::StoredGrant& stored, const Standing& standing);

}  // namespace pvm::pvmctl
