// SPDX-License-Identifier: Apache-2.0
// The heads of audit logs that an approver has seen, kept where who writes the vault does not write.
//
// The file `heads` in the approver's own state directory, mode 0600 (share/doc/AUDIT-FORMAT.md):
//
//   pvm-heads/1 LF
//   VAULT SP SIZE SP ROOT SP EDGE SP TIME LF     one line for each head that was seen
//
// VAULT is the vault's id; SIZE and ROOT are the tree head, ROOT in base64; EDGE is the right edge of the
// tree in base64 (crypto::TreeEdge::hashes) for the largest head of a vault, and "-" for its others; TIME is
// when it was first seen, in Unix seconds. Lines stand by vault and then by size, none has size 0, no vault
// has a size twice or more than k_heads_per_vault lines. There is one text for anything, and a reader refuses
// every other.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/id.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/crypto/merkle.hpp"
#include "libpvm/model/grant.hpp"

namespace pvm::pvmctl::log {

inline constexpr std::size_t k_heads_per_vault = 16;
inline constexpr std::size_t k_heads_max_bytes = std::size_t{4} * 1024 * 1024;

struct SeenHead {
  model::TreeHead head;
  base::UnixTime time;
  bool operator==(const SeenHead&) const = default;
};

/// What was seen of one vault's log.
struct SeenLog {
  std::vector<SeenHead> heads;  // by size; empty: nothing was seen yet
  crypto::TreeEdge edge;        // of the last of them
  bool operator==(const SeenLog&) const = default;
};
using SeenLogs = std::map<base::VaultId, SeenLog>;

/// The file's text. Errors: malformed (a head that the format cannot carry); limit (over k_heads_max_bytes).
[[nodiscard]] base::Result<std::string> encode(const SeenLogs& logs);
/// Reads exactly what encode writes. Errors: malformed, naming the line where it can; newer.
[[nodiscard]] base::Result<SeenLogs> decode_heads(std::string_view text);

/// The file in `directory`. Every call reads it anew. A missing file or directory means that nothing was seen
/// yet. Errors of every call: unsafe (a symlink or no regular file; file, directory or a parent that others
/// can write), malformed, newer, io; each hint names the file.
class HeadsFile {
 public:
  explicit HeadsFile(std::string directory) : directory_(std::move(directory)) {}

  [[nodiscard]] std::string path() const { return directory_ + "/heads"; }

  [[nodiscard]] base::Result<SeenLog> read(const base::VaultId& vault) const;

  /// Keeps `edge`, and of the vault's heads the k_heads_per_vault largest. What is kept as the largest never
  /// becomes smaller by it. Makes the directory (0700) where it is missing. Two processes at once lose
  /// nothing: the directory is locked meanwhile. REQUIRES: edge.size() > 0. Errors, further: broken (another
  /// head of that size is kept); busy (the lock is held for seconds); limit; full.
  [[nodiscard]] base::Result<void> remember(const base::VaultId& vault, const crypto::TreeEdge& edge,
                                            base::UnixTime now) const;

  /// Forgets every head of the vault and keeps `edge` alone; in one step. Errors as remember's, but broken.
  [[nodiscard]] base::Result<void> start_over(const base::VaultId& vault, const crypto::TreeEdge& edge,
                                              base::UnixTime now) const;

 private:
  std::string directory_;
};

}  // namespace pvm::pvmctl::log
