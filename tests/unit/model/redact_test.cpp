// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/redact.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using pvm::model::redact;

namespace {

std::string cycled(std::string_view letters, std::size_t size) {
  std::string out;
  while (out.size() < size) out += letters[out.size() % letters.size()];
  return out;
}

// What tests/data/redact.tsv writes as {36}, {hex40} and <LF>.
std::string expanded(std::string_view cell) {
  constexpr std::string_view k_hex = "hex";
  std::string out;
  while (!cell.empty()) {
    const std::size_t close = cell.find('}');
    if (cell.starts_with("<LF>")) {
      out += '\n';
      cell.remove_prefix(4);
    } else if (cell[0] == '{' && close != std::string_view::npos && cell[close - 1] >= '0' &&
               cell[close - 1] <= '9' && cell[1] != '"' && cell[1] != '\\') {
      const bool is_hex = cell.substr(1).starts_with(k_hex);
      const std::size_t digits = is_hex ? 1 + k_hex.size() : 1;
      const std::size_t size = std::stoul(std::string(cell.substr(digits, close - digits)));
      out += cycled(is_hex ? "3f0c9b1d5ab277d1" : "a7Kq2ZxW9mB4tRc8YvL1nH6pGdS3fJ5e", size);
      cell.remove_prefix(close + 1);
    } else {
      out += cell[0];
      cell.remove_prefix(1);
    }
  }
  return out;
}

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  for (std::size_t tab = line.find('\t'); tab != std::string_view::npos; tab = line.find('\t')) {
    cells.push_back(expanded(line.substr(0, tab)));
    line.remove_prefix(tab + 1);
  }
  cells.push_back(expanded(line));
  return cells;
}

using Rows = std::vector<std::vector<std::string>>;

Rows rows() {
  Rows out;
  std::ifstream file(PVM_TEST_DATA "/redact.tsv");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with('#')) out.push_back(cells_of(line));
  }
  return out;
}

// The same numbers on every machine (Knuth's MMIX generator).
class Numbers {
 public:
  std::size_t below(std::size_t limit) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>(state_ >> 33U) % limit;
  }

 private:
  std::uint64_t state_ = 1;
};

// What finders look for, and what they stop at.
std::vector<std::string> fragments() {
  std::vector<std::string> out;
  constexpr std::array<std::string_view, 62> k_cells = {"ghp_{36}",
                                                        "sk-",
                                                        "{20}",
                                                        "{36}",
                                                        "AKIA{16}",
                                                        "AIza{35}",
                                                        "eyJ{8}",
                                                        ".eyJ{8}",
                                                        ".",
                                                        "12345678",
                                                        ":",
                                                        "AA{33}",
                                                        "{35}",
                                                        "xoxb-{20}",
                                                        "hooks.slack.com/services/",
                                                        "T/B/{8}",
                                                        "https",
                                                        "http",
                                                        "ssh",
                                                        "://",
                                                        "user",
                                                        "@",
                                                        "host",
                                                        "/",
                                                        "?",
                                                        "#",
                                                        "&",
                                                        "=",
                                                        "password",
                                                        "token",
                                                        "secret",
                                                        "api_key",
                                                        "_",
                                                        "-",
                                                        "Bearer",
                                                        "Authorization",
                                                        "basic",
                                                        " ",
                                                        " ",
                                                        "\t",
                                                        "<LF>",
                                                        "\"",
                                                        "\"",
                                                        "'",
                                                        "\\",
                                                        "\\\"",
                                                        "\\n",
                                                        "%3D",
                                                        "`",
                                                        ",",
                                                        "a",
                                                        "Z",
                                                        "7",
                                                        "\xC3\xA9",
                                                        "\x80",
                                                        "[removed]",
                                                        "[",
                                                        "]",
                                                        "-----BEGIN PRIVATE KEY-----",
                                                        "-----END PRIVATE KEY-----",
                                                        "-----BEGIN RSA PRIVATE KEY-----",
                                                        "-----"};
  for (const std::string_view cell : k_cells) out.push_back(expanded(cell));
  return out;
}

}  // namespace

TEST_CASE("secrets go and all else stays, as the table says") {
  std::size_t gone = 0;
  std::size_t stayed = 0;
  for (const std::vector<std::string>& row : rows()) {
    REQUIRE(row.size() >= 2);
    const std::string& text = row[1];
    CAPTURE(text);
    if (row[0] == "stays") {
      REQUIRE(row.size() == 2);
      CHECK(redact(text) == text);
      ++stayed;
      continue;
    }
    REQUIRE(row[0] == "goes");
    REQUIRE(row.size() == 4);
    REQUIRE(text.find(row[3]) != std::string::npos);
    CHECK(redact(text) == row[2]);
    CHECK(redact(text).find(row[3]) == std::string::npos);
    ++gone;
  }
  CHECK(gone >= 60);
  CHECK(stayed >= 40);
}

TEST_CASE("secrets go wherever they stand in a text") {
  for (const std::vector<std::string>& row : rows()) {
    if (row[0] != "goes") continue;
    for (const std::string_view before : {"see ", "(", "x\n", "\xC3\xA9 ", "a, ", "\t"}) {
      const std::string text = std::string(before) + row[1];
      CAPTURE(text);
      CHECK(redact(text) == std::string(before) + row[2]);
    }
  }
}

TEST_CASE("redacting twice changes nothing") {
  for (const std::vector<std::string>& row : rows()) {
    const std::string once = redact(row[1]);
    CHECK(redact(once) == once);
  }
  const std::vector<std::string> parts = fragments();
  Numbers numbers;
  for (int i = 0; i < 4'000; ++i) {
    std::string text;
    for (std::size_t n = 1 + numbers.below(14); n > 0; --n) text += parts[numbers.below(parts.size())];
    const std::string once = redact(text);
    if (redact(once) == once) continue;
    CAPTURE(text);
    CHECK(redact(once) == once);
  }
}

TEST_CASE("nothing becomes nothing") {
  CHECK(redact("").empty());
}

TEST_CASE("NUL and bytes that are not UTF-8 stay, and hide no secret") {
  const std::string text = std::string("\xFF\x00\x80", 3) + "password=x" + std::string("\x00\xFE", 2);
  CHECK(redact(text) == std::string("\xFF\x00\x80", 3) + "password=[removed]" + std::string("\x00\xFE", 2));
}

TEST_CASE("long runs of what almost is a secret are read once") {
  constexpr std::size_t k_size = 40'000;
  for (const std::string_view almost : {"eyJ",         ".eyJ",
                                        "sk-",         "sk-a",
                                        "://",         "a://",
                                        "a://b:",      "bearer ",
                                        "Bearer",      "authorization: ",
                                        "password",    "password ",
                                        "password\\",  "password=\"",
                                        "token=\\\"",  "ghp_a",
                                        "-----BEGIN ", "-----BEGIN PRIVATE KEY-----",
                                        "1",           "1:",
                                        "12345678:",   "xoxb-",
                                        "[removed]",   "[",
                                        " ",           "\"",
                                        "\\",          "AKIA"}) {
    const std::string text = cycled(almost, k_size);
    CAPTURE(almost);
    const std::string once = redact(text);
    CHECK(once.size() <= 2 * k_size);
    CHECK(redact(once) == once);
  }
}
