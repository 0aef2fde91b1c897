// SPDX-License-Identifier: Apache-2.0
// Proofs about the audit log as texts for other people's tools. Pure.
//
// That a record is in the log, C2SP tlog-proof (https://c2sp.org/tlog-proof):
//   "c2sp.org/tlog-proof@v1" LF ["extra " BASE64 LF] "index " INDEX LF {HASH LF} LF CHECKPOINT LF
// That the log extends an earlier one, the body of a C2SP tlog-witness add-checkpoint request
// (https://c2sp.org/tlog-witness):
//   "old " SIZE LF {HASH LF} LF CHECKPOINT LF
//
// INDEX is counted from 0 (entry N of the log is N-1); each HASH is base64, in the order of RFC 6962. Both
// formats end in a signed note: CHECKPOINT (three lines), a blank line, then signature lines. Ours end with
// the blank line, since a vault has no note key: whoever has one appends its signature lines and has a signed
// note.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libpvm/crypto/merkle_proof.hpp"
#include "pvmctl/log/checkpoint.hpp"

namespace pvm::pvmctl::log {

/// A proof that holds more is no proof of a log that anybody could write (tlog-witness has the same limit).
inline constexpr std::size_t k_most_hashes = 63;
inline constexpr std::size_t k_proof_text_max_bytes = 1024 * 1024;

struct InclusionProof {
  std::optional<std::string> extra;  // opaque bytes, proved by nothing; not empty
  std::uint64_t index = 0;
  crypto::Proof hashes;
  Checkpoint checkpoint;
  bool operator==(const InclusionProof&) const = default;
};

struct ConsistencyProof {
  std::uint64_t old_size = 0;
  crypto::Proof hashes;
  Checkpoint checkpoint;
  bool operator==(const ConsistencyProof&) const = default;
};

/// REQUIRES: at most k_most_hashes; an extra that is not empty.
[[nodiscard]] std::string encode(const InclusionProof& proof);
[[nodiscard]] std::string encode(const ConsistencyProof& proof);

/// Whether `text` begins as an InclusionProof does.
[[nodiscard]] bool is_inclusion_proof(std::string_view text);

/// Read exactly what `encode` writes, and verify nothing. Errors: malformed, also for signature lines (they
/// would be believed by nobody here) and an old size of 0; limit, over k_proof_text_max_bytes.
[[nodiscard]] base::Result<InclusionProof> decode_inclusion(std::string_view text);
[[nodiscard]] base::Result<ConsistencyProof> decode_consistency(std::string_view text);

}  // namespace pvm::pvmctl::log
