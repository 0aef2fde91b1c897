// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "libpvm/base/text.hpp"
#include "wrappers/trash/grammar.hpp"

namespace pvm::wrappers::trash {
namespace {

using Words = std::vector<std::string>;

Words decoded(const std::string& text) {
  Words words;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) {
    const auto plain = base::percent_decode(word);
    REQUIRE_MESSAGE(plain.has_value(), word);
    words.push_back(*plain);
  }
  return words;
}

Parsed parsed(Words words) {
  words.insert(words.begin(), "trash-put");
  return parse(words);
}

Words rebuilt(const Words& words) {
  const Parsed result = parsed(words);
  REQUIRE(std::holds_alternative<TrashCommand>(result));
  const auto& command = std::get<TrashCommand>(result);
  return rebuild(command, command.operands);
}

}  // namespace

TEST_CASE("every command line of the table is read as trash-put reads it") {
  std::ifstream table(PVM_TEST_DATA "/trash_argv.tsv");
  std::size_t rows = 0;
  for (std::string line; std::getline(table, line);) {
    if (line.starts_with('#')) continue;
    CAPTURE(line);
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    REQUIRE(second != std::string::npos);
    const Parsed result = parsed(decoded(line.substr(0, first)));
    const std::string kind = line.substr(first + 1, second - first - 1);
    const Words expected = decoded(line.substr(second + 1));
    ++rows;
    if (kind == "run") {
      REQUIRE(std::holds_alternative<TrashCommand>(result));
      const auto& command = std::get<TrashCommand>(result);
      Words wanted = expected;
      wanted.insert(wanted.begin(), "trash-put");
      CHECK(rebuild(command, command.operands) == wanted);
      CHECK(std::get<TrashCommand>(parse(wanted)) == command);
    } else if (kind == "inform") {
      REQUIRE(std::holds_alternative<Information>(result));
      CHECK(std::get<Information>(result).option == expected.at(0));
    } else {
      REQUIRE(kind == "complain");
      REQUIRE(std::holds_alternative<Complaint>(result));
      CHECK(std::get<Complaint>(result).text == expected.at(0));
    }
  }
  CHECK(rows > 200);
}

TEST_CASE("every byte is an option that trash-put has, or one that it has not") {
  const std::string known = "dfirRv";
  for (int value = 1; value < 256; ++value) {
    const auto byte = static_cast<char>(value);
    CAPTURE(value);
    const Parsed result = parsed({std::string{'-', byte}, "x"});
    if (known.find(byte) != std::string::npos) {
      CHECK(std::holds_alternative<TrashCommand>(result));
    } else if (byte == 'h') {
      CHECK(std::holds_alternative<Information>(result));
    } else if (byte == '-') {
      CHECK(rebuilt({"--", "x"}) == Words{"trash-put", "--", "x"});
    } else {
      CHECK(std::holds_alternative<Complaint>(result));
    }
  }
}

TEST_CASE("words as long as the kernel takes, and ten thousand of them, are what they are") {
  const std::string much(120'000, 'f');
  CHECK(rebuilt({"-" + much, "x"}) == Words{"trash-put", "-f", "--", "x"});
  CHECK(rebuilt({much}) == Words{"trash-put", "--", much});
  CHECK(std::get<Complaint>(parsed({"--" + much})).text.ends_with("no such option: --" + much + "\n"));
  CHECK(rebuilt(Words(10'000, "x")).size() == 10'002);
}

TEST_CASE("what gio could take for a URI or an option is a path to it") {
  const auto command = std::get<TrashCommand>(parsed({"-rfvid", "--", "http:", "trash:///", "-x", "/abs", "a b", "file:///etc"}));
  CHECK(rebuild_for_gio(command, command.operands) ==
        Words{"gio", "trash", "-f", "--", "./http:", "./trash:///", "./-x", "/abs", "./a b", "./file:///etc"});
  CHECK(rebuild_for_gio({}, {"a"}) == Words{"gio", "trash", "--", "./a"});
}

}  // namespace pvm::wrappers::trash
