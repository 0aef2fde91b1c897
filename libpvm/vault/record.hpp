// SPDX-License-Identifier: Apache-2.0
// A record of the audit log, read in place. Floor: vault.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "libpvm/vault/audit.hpp"

namespace pvm::vault {

/// The fields as they stand in a record: numbers read, texts still percent-encoded. Views of the record's bytes.
struct Record {
  std::uint64_t entry = 0;
  std::int64_t time = 0;  // Unix seconds
  EntryType type = EntryType::init;
  std::string_view type_text;
  std::string_view agent;
  std::string_view scope;
  std::string_view decision;
  std::string_view grant;  // 32 hexadecimal digits, or "-"
  int tier = 0;
  std::string_view details;
};

/// Reads exactly what encode_record writes, and nothing else: no second text is taken for any entry. nullopt for
/// anything else. Copies nothing.
[[nodiscard]] std::optional<Record> read_record(std::string_view text);

/// The entry that a record tells of. REQUIRES: `record` is of read_record.
[[nodiscard]] AuditEntry decoded(const Record& record);

}  // namespace pvm::vault
