// SPDX-License-Identifier: Apache-2.0
// What an attacker does who can write the vault and knows its format: a log of their own, hashed as it must be.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "libpvm/crypto/merkle.hpp"
#include "libpvm/vault/audit.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::test {

inline std::string hex_literal(std::string_view bytes) {
  return "x'" + base::to_hex(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) + "'";
}

/// SQL that makes `entries` the whole log: numbered from 1, with records, leaves, edge and clock mark that fit.
inline std::string rewritten_log(std::vector<vault::AuditEntry> entries) {
  crypto::TreeEdge edge;
  std::string sql = "BEGIN; DELETE FROM audit;";
  std::int64_t mark = 0;
  for (vault::AuditEntry& entry : entries) {
    entry.entry = edge.size() + 1;
    const std::string record = vault::encode_record(entry);
    const auto leaf = crypto::leaf_hash(record);
    edge.append(leaf);
    mark = std::max(mark, base::unix_seconds(entry.time));
    sql += "INSERT INTO audit VALUES(" + std::to_string(entry.entry) + "," +
           std::to_string(base::unix_seconds(entry.time)) + ",'" + std::string(vault::to_text(entry.type)) + "','" +
           entry.agent + "','" + vault::scope_column(entry) + "','" + entry.decision + "','" + entry.details + "'," +
           (entry.grant ? "'" + entry.grant->hex() + "'" : "NULL") + "," + std::to_string(entry.tier) + "," +
           hex_literal(record) + ",x'" + base::to_hex(leaf) + "');";
  }
  return sql + "UPDATE state SET log_size = " + std::to_string(edge.size()) + ", log_edge = " +
         hex_literal(edge.hashes()) + ", clock_mark = " + std::to_string(mark) + "; COMMIT;";
}

inline bool has_fault(const vault::LogReport& report, std::string_view words) {
  return std::any_of(report.faults.begin(), report.faults.end(),
                     [words](const std::string& fault) { return fault.find(words) != std::string::npos; });
}

inline std::string all_faults(const vault::LogReport& report) {
  std::string all;
  for (const std::string& fault : report.faults) all += fault + "\n";
  return all;
}

}  // namespace pvm::test
