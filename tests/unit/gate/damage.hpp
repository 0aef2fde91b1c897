// SPDX-License-Identifier: Apache-2.0
// Ways to damage the file of a vault, its -wal, or what stands in it. Each damage depends on a seed and its
// number alone. Formats: sqlite.org/fileformat2.html.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace pvm::test {

/// The files of a vault, closed; no -wal where it is empty.
struct VaultImage {
  std::string database;
  std::string wal;
};

/// What a damage is made of: one vault as it is now, in one file and with a -wal, as it was before, and
/// another's.
struct VaultImages {
  VaultImage whole;
  VaultImage with_wal;
  VaultImage earlier;
  VaultImage foreign;
  std::vector<std::size_t> grant_pages;  // of the table of grants in `whole`, numbered from 1
  std::string foreign_id;                // of the other vault, hexadecimal
};

struct Damage {
  std::string name;  // kind and number
  VaultImage image;
  std::string sql;  // then to be run on it with every check off; may fail; empty: none
};

class Damager {
 public:
  Damager(const VaultImages& images, std::uint64_t seed) : images_(images), seed_(seed) {}
  [[nodiscard]] Damage damage(std::uint64_t number);

 private:
  using Bytes = std::string;

  [[nodiscard]] std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }
  template <class T>
  const T& one_of(const std::vector<T>& items) {
    return items[below(items.size())];
  }
  [[nodiscard]] Bytes interesting();

  // Of the database's bytes.
  void flip_bits(Bytes& bytes, std::size_t from = 0);
  void overwrite(Bytes& bytes, std::size_t from = 0);
  void mix_pages(Bytes& bytes);
  void blank_page(Bytes& bytes);
  void cut(Bytes& bytes);
  void damage_page_head(Bytes& bytes);
  void damage_cells(Bytes& bytes);
  void copy_grant_page(Bytes& bytes);
  void damage_file_head(Bytes& bytes);
  // Of the -wal.
  void exchange_wal(VaultImage& image);
  void mix_frames(Bytes& wal);

  std::string filled(std::string_view sql);
  std::string row_sql();
  std::string state_sql();
  std::string schema_sql();
  std::string any_cell_sql();

  const VaultImages& images_;
  std::uint64_t seed_;
  std::mt19937_64 random_;
};

/// The pages of the b-tree whose root is `root`, numbered from 1.
[[nodiscard]] std::vector<std::size_t> pages_of_table(const std::string& database, std::size_t root);

}  // namespace pvm::test
