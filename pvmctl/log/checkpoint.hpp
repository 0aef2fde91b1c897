// SPDX-License-Identifier: Apache-2.0
// A head of the audit log as a text that is kept outside the vault: the note text of a C2SP tlog-checkpoint
// (https://c2sp.org/tlog-checkpoint). Pure.
//
//   "pvm/vault/" VAULT LF SIZE LF ROOT LF         VAULT in hexadecimal, SIZE in decimal, ROOT in base64
//
// There are no extension lines. An approver's signature over it is a file beside it (FILE.sig, SSHSIG,
// namespace pvm-checkpoint-v1); it is no note signature, so the text by itself is not yet a C2SP signed note.
#pragma once

#include <string>
#include <string_view>

#include "libpvm/base/id.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/model/grant.hpp"

namespace pvm::pvmctl::log {

inline constexpr std::string_view k_checkpoint_namespace = "pvm-checkpoint-v1";

struct Checkpoint {
  base::VaultId vault;
  model::TreeHead head;
  bool operator==(const Checkpoint&) const = default;
};

/// The first line: "pvm/vault/9b1d00aa11bb22cc33dd44ee55ff6677".
[[nodiscard]] std::string origin_of(const base::VaultId& vault);

[[nodiscard]] std::string encode(const Checkpoint& checkpoint);
/// Reads exactly what `encode` writes. Errors: malformed, also for a size of 0: no vault's log is empty.
[[nodiscard]] base::Result<Checkpoint> decode_checkpoint(std::string_view text);

}  // namespace pvm::pvmctl::log
