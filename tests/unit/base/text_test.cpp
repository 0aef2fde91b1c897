// SPDX-License-Identifier: Apache-2.0
#include "libpvm/base/text.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "../system/temporary_directory.hpp"

using namespace pvm::base;

namespace {

// What sh makes of `command`, each word followed by a NUL byte.
std::string words_of_sh(const std::string& shell, const std::string& prelude, const std::string& command) {
  const std::string program = prelude + command;
  std::string line = shell + " -c '";
  for (const char c : program) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
  line += "'";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(line.c_str(), "r"), ::pclose);
  REQUIRE(pipe);
  std::string out;
  std::array<char, 4096> block{};
  while (const std::size_t n = std::fread(block.data(), 1, block.size(), pipe.get())) out.append(block.data(), n);
  return out;
}

std::string nul_joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += word + '\0';
  return out;
}

void check_round_trip(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"show"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const std::string command = shell_command(words);
  CAPTURE(command);
  CHECK(is_utf8(command));
  CHECK(display(command).find("\\x") == std::string::npos);
  CHECK(command.find('\n') == std::string::npos);
  const std::string prelude = "show() { for w do printf '%s\\0' \"$w\"; done; }; ";
  for (const char* shell : {"sh", "bash"}) CHECK(words_of_sh(shell, prelude, command) == nul_joined(arguments));
}

}  // namespace

TEST_CASE("display escapes whatever could move the cursor or hide letters") {
  CHECK(display("plain text, ünïcode ✓") == "plain text, ünïcode ✓");
  CHECK(display("a\nb\tc\rd") == "a\\nb\\tc\\rd");
  CHECK(display("\x1b[2J\x07") == "\\x1B[2J\\x07");
  CHECK(display("back\\slash") == "back\\\\slash");
  CHECK(display("\xff\xc0\xaf") == "\\xFF\\xC0\\xAF");
  CHECK(display("\xed\xa0\x80") == "\\xED\\xA0\\x80");  // a surrogate is not UTF-8
  CHECK(display("rm \xe2\x80\xae" "fdp.exe") == "rm \\u{202E}fdp.exe");
  CHECK(display("zero\xe2\x80\x8bwidth") == "zero\\u{200B}width");
  CHECK(display("\xc2\x9b" "31m") == "\\u{9B}31m");  // C1 CSI
  CHECK(display("a\xc2\xa0z") == "a\\u{A0}z");
  CHECK(display("tag\xf3\xa0\x81\x81") == "tag\\u{E0041}");
  CHECK(display(std::string_view("nul\0byte", 8)) == "nul\\x00byte");
}

TEST_CASE("display says how much it left out") {
  const std::string long_text(10'000, 'x');
  const std::string shown = display(long_text, 100);
  CHECK(shown.starts_with(std::string(100, 'x')));
  CHECK(shown.ends_with("… (9,900 bytes more)"));
}

TEST_CASE("quoted text cannot end its own quotes") { CHECK(quoted("it's \\' here") == "'it\\'s \\\\\\' here'"); }

TEST_CASE("percent encoding has exactly one form of anything") {
  CHECK(percent_encode("clean build") == "clean%20build");
  CHECK(percent_encode("100%\n") == "100%25%0A");
  CHECK(percent_encode("") == "%");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    CHECK(percent_decode(percent_encode(one)) == one);
  }
  CHECK(percent_decode("%") == "");
  for (const char* bad : {"", " ", "a b", "%2", "%2a", "%41", "%%", "a%", "%zz", "\x7f", "%20%"}) {
    CAPTURE(bad);
    CHECK_FALSE(percent_decode(bad).has_value());
  }
}

TEST_CASE("a hint run through sh gives back the argv it stands for") {
  check_round_trip({"-rf", "build"});
  check_round_trip({""});
  check_round_trip({"", "", "a b", "it's", "\"$HOME\"", "`id`", "$(id)", "a;b", "a&b|c", "*", "?", "[x]", "~", "#x"});
  check_round_trip({"new\nline", "trailing newline\n", "\n", "tab\t", "\x1b[31m", "%s%n", "back\\slash\\n", "\\"});
  check_round_trip({"\xff\xfe", "\xe2\x80\xae" "bidi", "ü", "=", "a=b", "-", "--", "!x", "{a,b}", "x\r"});
}

TEST_CASE("every byte survives the way through sh, alone, at both ends of a word, doubled and beside a quote") {
  std::vector<std::string> all;
  std::vector<std::string> printable;  // which take another way
  for (int value = 1; value < 256; ++value) {
    const std::string byte(1, static_cast<char>(value));
    for (const std::string& word : {byte, byte + "a", "a" + byte, byte + byte, "'" + byte, byte + "'"}) {
      all.push_back(word);
      if (value >= 0x20 && value <= 0x7E) printable.push_back(word);
    }
  }
  check_round_trip(all);
  CHECK_FALSE(shell_command(printable).starts_with("eval "));
  check_round_trip(printable);
}

TEST_CASE("a command is found by its name, though that looks like an option or an assignment") {
  const pvm::test::TemporaryDirectory directory;
  for (const std::string name : {"-rm", "--", "-v", "A=1", "a b", "it's", "~", "!", "x%d\\n", "#x", "\xff"}) {
    const std::string program = directory.at(name);
    std::ofstream(program) << "#!/bin/sh\nprintf '%s\\0' \"$@\"\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    for (const std::string argument : {"plain", "\xfe", "two\nlines"}) {
      const std::string command = shell_command({name, argument});
      CAPTURE(command);
      CHECK_FALSE(command.starts_with('-'));  // for sh -c
      const std::string prelude = "PATH=" + directory.path() + ":/usr/bin:/bin; ";
      for (const char* shell : {"sh", "bash"}) {
        CHECK(words_of_sh(shell, prelude, command) == nul_joined({argument}));
      }
    }
  }
}

TEST_CASE("random bytes survive the way through sh") {
  std::mt19937 random(20261121);
  for (int round = 0; round < 40; ++round) {
    std::vector<std::string> words;
    for (int n = 0; n < 3; ++n) {
      std::string word;
      for (std::size_t length = random() % 12; length > 0; --length) {
        word += static_cast<char>(1 + random() % 255);
      }
      words.push_back(word);
    }
    check_round_trip(words);
  }
}

TEST_CASE("leading assignments stay assignments") {
  CHECK(shell_command({"PVM_WAIT=90", "PVM_REASON=<why>", "rm", "-rf", "a b"}, 2) ==
        "PVM_WAIT=90 PVM_REASON='<why>' rm -rf 'a b'");
  CHECK(shell_command({"A=1", "rm"}) == "'A=1' rm");
}

TEST_CASE("numbers as people write them") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1204) == "1,204");
  CHECK(grouped(18446744073709551615ULL) == "18,446,744,073,709,551,615");
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(1023) == "1023 B");
  CHECK(human_bytes(1024) == "1.0 KiB");
  CHECK(human_bytes(87'031'808) == "83 MiB");
  CHECK(human_bytes(UINT64_MAX) == "16 EiB");
  CHECK(counted(1, "file", "files") == "1 file");
  CHECK(counted(1204, "file", "files") == "1,204 files");
}
