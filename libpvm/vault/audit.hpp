// SPDX-License-Identifier: Apache-2.0
// Entries of the audit log and their canonical records. Floor: vault.
//
// The record is the leaf of the Merkle tree (RFC 6962), and what is proved:
//
//   pvm-audit/1 LF "entry" N LF "time" UNIX LF "type" T LF "agent" A LF "scope" S LF "decision" D LF
//   "grant" HEX|- LF "tier" N LF "details" {NAME=VALUE SP…}|% LF
//
// with A, S, D and each VALUE percent-encoded, and the whole details once more. Entries are numbered from 1.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libpvm/base/id.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/model/effect.hpp"

namespace pvm::vault {

/// What happened. The text forms are "init", "request", "decision", "outcome", "approve", "deny", "cancel",
/// "expire", "stale", "allow", "revoke", "lock", "unlock", "trust", "export", "error", "reset", "backup", "restore",
/// "migrate".
enum class EntryType {
  init, request, decision, outcome, approve, deny, cancel, expire, stale, allow, revoke, lock, unlock, trust,
  exported, error, reset, backup, restore, migrate,
};
inline constexpr int k_entry_types = 20;
[[nodiscard]] std::string_view to_text(EntryType type);
[[nodiscard]] std::optional<EntryType> entry_type_from_text(std::string_view text);

/// Named values of an entry, in the order they were added. Texts from outside are redacted (model::redact).
class Details {
 public:
  Details& add(std::string_view name, std::string_view value);
  Details& add(std::string_view name, std::uint64_t value) { return add(name, std::to_string(value)); }
  /// Without redaction: for what we made ourselves and must keep to the letter.
  Details& add_verbatim(std::string_view name, std::string_view value);
  /// "files", "directories" and "bytes"; of a push "refs" and "overwritten".
  Details& add(const model::EffectSummary& summary);
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Visits each NAME=VALUE of a details text, in order, VALUE as it stands there; what is not NAME=VALUE is left out.
void each_detail(std::string_view text,
                 const std::function<void(std::string_view name, std::string_view encoded)>& visit);
/// The named values of a details text, decoded; those that cannot be decoded are left out.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> read_details(std::string_view text);

struct AuditEntry {
  std::uint64_t entry = 0;
  base::UnixTime time;
  EntryType type = EntryType::init;
  std::string agent;     // empty: no agent
  std::string scope;     // what it was about: the resources, one a line, redacted
  std::string decision;  // "allow", "deny", "error", … ; empty where nothing was decided
  std::optional<base::GrantId> grant;
  int tier = 0;          // protection tier at which it was decided
  std::string details;   // Details::text()
};

/// The scope as column `scope` holds it: percent-encoded, empty where there is none.
[[nodiscard]] std::string scope_column(const AuditEntry& entry);

[[nodiscard]] std::string encode_record(const AuditEntry& entry);
/// Errors: malformed, for anything that encode_record does not write.
[[nodiscard]] base::Result<AuditEntry> decode_record(std::string_view text);

}  // namespace pvm::vault
