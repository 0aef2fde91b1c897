// SPDX-License-Identifier: Apache-2.0
// Rows of the audit log copied out of SQLite, so that one thread can look at them while another reads on.
// Floor: vault.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/vault/sqlite.hpp"

namespace pvm::vault {

/// A row as it stands in the file, whatever that is. Views of its batch.
struct AuditRow {
  std::uint64_t number = 0;
  std::int64_t time = 0;
  std::int64_t tier = 0;
  bool has_grant = false;  // not NULL
  std::string_view type;
  std::string_view agent;
  std::string_view scope;
  std::string_view decision;
  std::string_view details;
  std::string_view grant;
  std::string_view leaf;
  std::string_view leaf_input;  // 0x00 and the record: what a leaf is the hash of (RFC 6962)

  [[nodiscard]] std::string_view record() const { return leaf_input.substr(1); }
};

/// The memory of a batch is used again for the next one.
class RowBatch {
 public:
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] AuditRow row(std::size_t index) const;
  /// What the leaf input of that row hashes to; nullptr where that was not asked for.
  [[nodiscard]] const base::Digest* leaf(std::size_t index) const {
    return index < leaves_.size() ? &leaves_[index] : nullptr;
  }
  /// Hashes the first leaf input that was not; false: there is none left.
  bool hash_one(crypto::Sha256 sha256);

 private:
  friend class RowReader;
  static constexpr std::size_t k_texts = 8;
  struct Row {
    std::uint64_t number;
    std::int64_t time;
    std::int64_t tier;
    std::size_t start;
    std::uint32_t sizes[k_texts];
    bool has_grant;
  };
  [[nodiscard]] std::size_t bytes() const { return texts_.size() + rows_.size() * sizeof(Row); }
  void clear(std::size_t most_bytes);
  void add(const Statement& row);

  std::vector<Row> rows_;
  std::string texts_;
  std::vector<base::Digest> leaves_;  // of the first rows
};

/// Which columns a reading needs; those it does not are empty in its rows.
enum class Columns { all, number_and_record };

/// All rows of table audit, in the order of their numbers.
class RowReader {
 public:
  RowReader(const Database& database, Columns columns, std::size_t batch_bytes);
  /// Fills `batch` anew with the next rows, at most `most_rows`, and as soon as they hold batch_bytes no more. false:
  /// there are no others after them. Errors: of the database only.
  [[nodiscard]] base::Result<bool> fill(RowBatch& batch, std::uint64_t most_rows);

 private:
  Statement rows_;
  std::size_t batch_bytes_;
};

}  // namespace pvm::vault
