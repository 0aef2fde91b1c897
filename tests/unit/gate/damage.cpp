// SPDX-License-Identifier: Apache-2.0
// Damage to bytes: pages, cells and frames. What SQL does to a vault stands in damage_sql.cpp.
#include "damage.hpp"

#include <algorithm>
#include <array>

namespace pvm::test {
namespace {

constexpr std::size_t k_file_head = 100;
constexpr std::size_t k_wal_head = 32;
constexpr std::size_t k_frame_head = 24;
constexpr std::size_t k_page = 1024;  // as create_vault has SQLite make them, which the test requires
constexpr std::size_t k_frame = k_frame_head + k_page;

std::uint32_t number_at(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + size && i < bytes.size(); ++i) {
    value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

void put(std::string& bytes, std::size_t at, std::string_view what) {
  for (std::size_t i = 0; i < what.size() && at + i < bytes.size(); ++i) bytes[at + i] = what[i];
}

std::string big_endian(std::uint64_t value, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = size; i-- > 0; value >>= 8) bytes[i] = static_cast<char>(value & 0xFF);
  return bytes;
}

std::size_t pages_in(const std::string& bytes) {
  return bytes.size() / k_page;
}

// Where the b-tree header of a page (numbered from 0) begins.
std::size_t head_of(std::size_t page) {
  return page * k_page + (page == 0 ? k_file_head : 0);
}

bool is_interior(const std::string& bytes, std::size_t head) {
  return bytes[head] == 2 || bytes[head] == 5;
}

// Where the pointers to the cells begin, and how many there are.
std::size_t pointers_of(const std::string& bytes, std::size_t head) {
  return head + (is_interior(bytes, head) ? 12 : 8);
}
std::size_t cells_of(const std::string& bytes, std::size_t head) {
  return std::min<std::size_t>(number_at(bytes, head + 3, 2), k_page / 2);
}

// A WAL's checksum goes on from frame to frame, and may be of either byte order (bit 0 of its magic number).
struct Checksum {
  bool is_big;
  std::uint32_t a = 0;
  std::uint32_t b = 0;

  void add(std::string_view bytes) {
    const auto word = [&](std::size_t at) {
      std::uint32_t value = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        const auto byte = static_cast<unsigned char>(bytes[at + (is_big ? i : 3 - i)]);
        value = (value << 8) | byte;
      }
      return value;
    };
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      a += word(at) + b;
      b += word(at + 4) + a;
    }
  }
  [[nodiscard]] std::string text() const { return big_endian(a, 4) + big_endian(b, 4); }
};

// Makes every frame valid again, as whoever forges a WAL would.
void sign_wal(std::string& wal) {
  if (wal.size() < k_wal_head) return;
  Checksum sum{(number_at(wal, 0, 4) & 1) != 0};
  sum.add(std::string_view(wal).substr(0, 24));
  put(wal, 24, sum.text());
  for (std::size_t at = k_wal_head; at + k_frame <= wal.size(); at += k_frame) {
    put(wal, at + 8, std::string_view(wal).substr(16, 8));  // salts
    sum.add(std::string_view(wal).substr(at, 8));
    sum.add(std::string_view(wal).substr(at + k_frame_head, k_page));
    put(wal, at + 16, sum.text());
  }
}

}  // namespace

std::vector<std::size_t> pages_of_table(const std::string& database, std::size_t root) {
  std::vector<std::size_t> pages = {root};
  const std::size_t head = head_of(root - 1);
  if (!is_interior(database, head)) return pages;
  std::vector<std::size_t> children = {number_at(database, head + 8, 4)};
  for (std::size_t i = 0; i < cells_of(database, head); ++i) {
    const std::size_t cell = number_at(database, pointers_of(database, head) + 2 * i, 2);
    children.push_back(number_at(database, (root - 1) * k_page + cell, 4));
  }
  for (const std::size_t child : children) {
    const auto beneath = pages_of_table(database, child);
    pages.insert(pages.end(), beneath.begin(), beneath.end());
  }
  return pages;
}

std::string Damager::interesting() {
  const std::vector<std::uint64_t> values = {
      0,          1,          2,          0x7F,      0x80,
      0xFF,       0x100,      0x7FFF,     0x8000,    0xFFFF,
      0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, INT64_MAX, std::uint64_t{1} << 63,
      UINT64_MAX, 4096,       65535,      random_()};
  const std::vector<std::size_t> sizes = {1, 2, 4, 8, 9};
  return big_endian(one_of(values), one_of(sizes));
}

void Damager::flip_bits(Bytes& bytes, std::size_t from) {
  for (std::size_t count = 1 + below(20); count > 0; --count) {
    char& byte = bytes[from + below(bytes.size() - from)];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << below(8)));
  }
}

void Damager::overwrite(Bytes& bytes, std::size_t from) {
  for (std::size_t count = 1 + below(8); count > 0; --count)
    put(bytes, from + below(bytes.size() - from), interesting());
}

void Damager::mix_pages(Bytes& bytes) {
  const std::size_t a = below(pages_in(bytes)) * k_page;
  const std::size_t b = below(pages_in(bytes)) * k_page;
  const std::string page_a = bytes.substr(a, k_page);
  const std::string page_b = bytes.substr(b, k_page);
  put(bytes, a, page_b);
  if (below(2) == 0) put(bytes, b, page_a);  // swapped, else doubled
}

void Damager::blank_page(Bytes& bytes) {
  const std::size_t page = below(pages_in(bytes)) * k_page;
  const std::size_t from = below(2) == 0 ? 0 : below(k_page);
  const std::size_t kind = below(3);
  for (std::size_t i = page + from; i < page + k_page; ++i) {
    bytes[i] = kind == 0 ? '\0' : static_cast<char>(kind == 1 ? 0xFF : random_());
  }
}

void Damager::cut(Bytes& bytes) {
  switch (below(4)) {
    case 0:
      bytes.resize(below(bytes.size()));
      break;
    case 1:
      bytes.resize(below(pages_in(bytes)) * k_page);
      break;
    case 2:
      bytes += bytes.substr(0, below(bytes.size()));
      break;
    default:
      bytes.append(1 + below(3 * k_page), static_cast<char>(random_()));
      break;
  }
}

void Damager::damage_page_head(Bytes& bytes) {
  for (std::size_t count = 1 + below(4); count > 0; --count) {
    put(bytes, head_of(below(pages_in(bytes))) + below(12), interesting());
  }
}

// Pointers to cells, and how cells begin: sizes, keys and types, which are all varints.
void Damager::damage_cells(Bytes& bytes) {
  for (std::size_t count = 1 + below(6); count > 0; --count) {
    const std::size_t page = below(pages_in(bytes));
    const std::size_t cells = cells_of(bytes, head_of(page));
    if (cells == 0) continue;
    const std::size_t pointer = pointers_of(bytes, head_of(page)) + 2 * below(cells);
    if (below(2) == 0) {
      const std::size_t other = pointers_of(bytes, head_of(page)) + 2 * below(cells);
      put(bytes, pointer, below(2) == 0 ? bytes.substr(other, 2) : big_endian(random_(), 2));
    } else {
      const std::vector<std::string> varints = {
          "\x01", "\x7F", "\x81\x01", "\x83\x7F", "\xFF\x7F", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"};
      const std::size_t cell = page * k_page + number_at(bytes, pointer, 2) % k_page;
      put(bytes, cell + below(16), below(3) == 0 ? interesting() : one_of(varints));
    }
  }
}

void Damager::copy_grant_page(Bytes& bytes) {
  const std::size_t grants = (one_of(images_.grant_pages) - 1) * k_page;
  const std::size_t other = below(pages_in(bytes)) * k_page;
  const bool is_onto_other = below(2) == 0;
  const std::string page = bytes.substr(is_onto_other ? grants : other, k_page);
  put(bytes, is_onto_other ? other : grants, page);
}

void Damager::damage_file_head(Bytes& bytes) {
  // Page size, versions, reserved bytes, change counter, size, freelist, cookie, format, encoding, …
  const std::vector<std::size_t> fields = {16, 18, 19, 20, 21, 24, 28, 32, 36, 40,
                                           44, 48, 52, 56, 60, 64, 68, 92, 96};
  for (std::size_t count = 1 + below(3); count > 0; --count) put(bytes, one_of(fields), interesting());
}

void Damager::exchange_wal(VaultImage& image) {
  const std::vector<const VaultImage*> others = {&images_.earlier, &images_.foreign, &images_.with_wal};
  image = *one_of(others);
  if (below(2) == 0) image.wal = one_of(others)->wal;
  if (below(4) == 0) image.wal.resize(below(image.wal.size()));
  if (below(4) == 0) image.database = images_.whole.database;
}

// Frames doubled, exchanged, or said to be of another page; then made valid.
void Damager::mix_frames(Bytes& wal) {
  const std::size_t frames = (wal.size() - k_wal_head) / k_frame;
  const auto frame = [&] { return k_wal_head + below(frames) * k_frame; };
  for (std::size_t count = 1 + below(4); count > 0; --count) {
    const std::size_t at = frame();
    switch (below(4)) {
      case 0:
        put(wal, at, big_endian(1 + below(pages_in(images_.with_wal.database) + 2), 4));
        break;
      case 1:
        put(wal, at + 4, big_endian(below(2) == 0 ? 0 : random_() % 64, 4));
        break;
      case 2:
        put(wal, at, wal.substr(frame(), k_frame));
        break;
      default:
        put(wal, at + k_frame_head + below(k_page), interesting());
        break;
    }
  }
  sign_wal(wal);
}

Damage Damager::damage(std::uint64_t number) {
  random_.seed(seed_ * 1'000'003 + number);
  constexpr std::array<std::string_view, 20> k_kinds = {
      "bits",          "values",     "pages",      "blank page", "cut",       "page head",  "cells",
      "cells",         "cells",      "grant page", "file head",  "wal bits",  "wal values", "wal cut",
      "wal exchanged", "wal frames", "row SQL",    "row SQL",    "state SQL", "schema SQL"};
  const std::size_t kind = number % (k_kinds.size() + 1);
  Damage damage{"", images_.whole, ""};
  if (kind >= 11 && kind <= 15) damage.image = images_.with_wal;
  Bytes& bytes = damage.image.database;
  Bytes& wal = damage.image.wal;
  switch (kind) {
    case 0:
      flip_bits(bytes);
      break;
    case 1:
      overwrite(bytes);
      break;
    case 2:
      mix_pages(bytes);
      break;
    case 3:
      blank_page(bytes);
      break;
    case 4:
      cut(bytes);
      break;
    case 5:
      damage_page_head(bytes);
      break;
    case 6:
    case 7:
    case 8:
      damage_cells(bytes);
      break;
    case 9:
      copy_grant_page(bytes);
      break;
    case 10:
      damage_file_head(bytes);
      break;
    case 11:
      flip_bits(wal);
      break;
    case 12:
      overwrite(wal);
      break;
    case 13:
      cut(wal);
      break;
    case 14:
      exchange_wal(damage.image);
      break;
    case 15:
      mix_frames(wal);
      break;
    case 16:
    case 17:
      damage.sql = row_sql();
      break;
    case 18:
      damage.sql = state_sql();
      break;
    case 19:
      damage.sql = schema_sql();
      break;
    default:
      damage.sql = any_cell_sql();
      break;
  }
  const std::string_view name = kind < k_kinds.size() ? k_kinds[kind] : "any cell";
  damage.name =
      std::string(name) + ", number " + std::to_string(number) + " of seed " + std::to_string(seed_);
  return damage;
}

}  // namespace pvm::test
