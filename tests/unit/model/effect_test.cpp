// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/effect.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

using namespace pvm::model;
using pvm::base::Code;

namespace {

Effect sample_effect() {
  return {{{"/w/build",
            {{'d', 1, 10, 0, 0, ""},
             {'f', 1, 11, 12, 1'700'000'000'000'000'000, "a b"},
             {'d', 1, 12, 0, 0, "sub"},
             {'l', 1, 13, 0, 0, "sub/link"},
             {'u', 1, 14, 0, 0, "sub/secret"}}},
           {"/w/note", {{'f', 1, 20, 7, -5, ""}}}},
          Completeness::whole};
}

const std::string k_sample_manifest =
    "pvm-effect/1\n"
    "operand /w/build\n"
    "d 1 10 - - %\n"
    "f 1 11 12 1700000000000000000 a%20b\n"
    "d 1 12 - - sub\n"
    "l 1 13 - - sub/link\n"
    "u 1 14 - - sub/secret\n"
    "operand /w/note\n"
    "f 1 20 7 -5 %\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

EffectEntry& entry(Effect& effect, std::size_t operand, std::size_t index) {
  return effect.operands.at(operand).entries.at(index);
}

}  // namespace

TEST_CASE("an effect has one manifest and the manifest gives the effect back") {
  CHECK(manifest(sample_effect()) == k_sample_manifest);
  const auto read = effect_from_manifest(k_sample_manifest);
  REQUIRE(read);
  CHECK(*read == sample_effect());
}

TEST_CASE("an effect without operands has a manifest too") {
  CHECK(manifest(Effect{}) == "pvm-effect/1\n");
  const auto read = effect_from_manifest("pvm-effect/1\n");
  REQUIRE(read);
  CHECK(*read == Effect{});
}

TEST_CASE("the extremes of every number survive the manifest") {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (const std::int64_t mtime : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                                   std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
    const Effect effect{{{"/f", {{'f', most, most, most, mtime, ""}}}}, Completeness::whole};
    const auto read = effect_from_manifest(manifest(effect));
    REQUIRE(read);
    CHECK(*read == effect);
  }
}

TEST_CASE("sorting puts operands and entries in the order of their bytes") {
  Effect effect{{{"/w/b", {{'f', 1, 5, 0, 0, ""}}},
                 {"/w/a",
                  {{'f', 1, 4, 0, 0, "x/y"},
                   {'f', 1, 3, 0, 0, "\xC3\xA9"},
                   {'f', 1, 2, 0, 0, "x-y"},
                   {'d', 1, 1, 0, 0, ""},
                   {'d', 1, 6, 0, 0, "x"}}}},
                Completeness::whole};
  sort(effect);
  CHECK(effect.operands.at(0).operand == "/w/a");
  std::vector<std::string> paths;
  for (const EffectEntry& e : effect.operands.at(0).entries) paths.push_back(e.path);
  CHECK(paths == std::vector<std::string>{"", "x", "x-y", "x/y", "\xC3\xA9"});
  CHECK(effect_from_manifest(manifest(effect)));
}

TEST_CASE("a manifest in any other form is malformed") {
  const std::vector<std::string> texts = {
      "",
      "pvm-effect/1",
      "pvm-effect/1\r\n",
      "pvm-effect/0\n",
      "pvm-effect/1\n\n",
      "pvm-effect/1\nd 1 10 - - %\n",
      "pvm-effect/1\noperand /w\n",
      k_sample_manifest + "\n",
      k_sample_manifest + "operand /w/note\nf 1 20 7 5 %\n",
      k_sample_manifest + "operand /a\nf 1 20 7 5 %\n",
      k_sample_manifest.substr(0, k_sample_manifest.size() - 1),
      replaced(k_sample_manifest, "d 1 10 - - %\n", ""),
      replaced(k_sample_manifest, "d 1 10 - - %\n", "d 1 10 - - %\nd 1 10 - - %\n"),
      replaced(k_sample_manifest, "operand /w/build", "operand w/build"),
      replaced(k_sample_manifest, "operand /w/build", "operand /w/../build"),
      replaced(k_sample_manifest, "operand /w/build", "operand /w/build/"),
      replaced(k_sample_manifest, "operand /w/build", "operand  /w/build"),
      replaced(k_sample_manifest, "a%20b", "a b"),
      replaced(k_sample_manifest, "a%20b", "a%2fb"),
      replaced(k_sample_manifest, "a%20b", "/a"),
      replaced(k_sample_manifest, "a%20b", "a/"),
      replaced(k_sample_manifest, "a%20b", "../a"),
      replaced(k_sample_manifest, "a%20b", "a%00b"),
      replaced(k_sample_manifest, "a%20b", "z"),
      replaced(k_sample_manifest, "f 1 11", "x 1 11"),
      replaced(k_sample_manifest, "f 1 11", "ff 1 11"),
      replaced(k_sample_manifest, "f 1 11", " 1 11"),
      replaced(k_sample_manifest, "f 1 11", "f 01 11"),
      replaced(k_sample_manifest, "f 1 11", "f +1 11"),
      replaced(k_sample_manifest, "f 1 11", "f -1 11"),
      replaced(k_sample_manifest, "f 1 11", "f  1 11"),
      replaced(k_sample_manifest, "f 1 11", "f 18446744073709551616 11"),
      replaced(k_sample_manifest, "11 12 17", "11 - 17"),
      replaced(k_sample_manifest, " 1700000000000000000 ", " - "),
      replaced(k_sample_manifest, " 1700000000000000000 ", " 9223372036854775808 "),
      replaced(k_sample_manifest, "12 - - sub", "12 0 0 sub"),
      replaced(k_sample_manifest, "12 - - sub", "12 - 0 sub"),
      replaced(k_sample_manifest, "12 - - sub", "12 - sub"),
      replaced(k_sample_manifest, "12 - - sub", "12 - - - sub"),
      replaced(k_sample_manifest, "7 -5 %", "7 -0 %"),
      replaced(k_sample_manifest, "7 -5 %", "7 -05 %"),
      replaced(k_sample_manifest, "7 -5 %", "7 --5 %"),
      replaced(k_sample_manifest, "7 -5 %", "7 -9223372036854775809 %"),
      replaced(k_sample_manifest, "7 -5 %", "7 -5 % "),
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    const auto read = effect_from_manifest(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::malformed);
  }
}

TEST_CASE("a manifest of a later version is told apart from a malformed one") {
  const auto read = effect_from_manifest("pvm-effect/2\nwhatever\n");
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Code::newer);
}

TEST_CASE("a manifest may hold as many entries as the bound says, and not one more") {
  Effect effect{{{"/w", {{'d', 1, 1, 0, 0, ""}}}}, Completeness::whole};
  for (std::size_t i = 1; i < k_effect_bound; ++i) {
    effect.operands[0].entries.push_back({'l', 1, i + 1, 0, 0, std::to_string(1'000'000 + i)});
  }
  CHECK(effect_from_manifest(manifest(effect)));
  effect.operands[0].entries.push_back({'l', 1, 1, 0, 0, "2"});
  const auto read = effect_from_manifest(manifest(effect));
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Code::malformed);
}

TEST_CASE("a summary counts everything but directories as files") {
  const EffectSummary expected{3, 3, 19, Completeness::whole};
  CHECK(summarise(sample_effect()) == expected);
  const EffectSummary of_one{2, 3, 12, Completeness::whole};
  CHECK(summarise(sample_effect().operands.at(0)) == of_one);
}

TEST_CASE("sizes that a hostile manifest claims do not wrap around") {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  const Effect effect{{{"/w", {{'f', 1, 1, most, 0, ""}, {'f', 1, 2, 9, 0, "a"}}}}, Completeness::whole};
  CHECK(summarise(effect).bytes == most);
}

TEST_CASE("a summary is told in the words that fit it") {
  CHECK(to_text(EffectSummary{1, 0, 12, Completeness::whole}) == "1 file, 12 B");
  CHECK(to_text(EffectSummary{1204, 40, 83ULL << 20, Completeness::whole}) == "1,204 files, 83 MiB");
  CHECK(to_text(EffectSummary{1, 1, 0, Completeness::whole}) == "1 file, 0 B");
  CHECK(to_text(EffectSummary{0, 3, 0, Completeness::whole}) == "3 directories");
  CHECK(to_text(EffectSummary{0, 1, 0, Completeness::whole}) == "1 directory");
  CHECK(to_text(EffectSummary{}) == "nothing");
  CHECK(to_text(EffectSummary{99000, 1000, 9ULL << 30, Completeness::bounded}) ==
        "over 100,000 entries, more than 9.0 GiB");
}

TEST_CASE("a summary of a bounded effect says that it is bounded") {
  Effect effect = sample_effect();
  effect.completeness = Completeness::bounded;
  CHECK(summarise(effect).completeness == Completeness::bounded);
}

TEST_CASE("equal effects have no differences") {
  const Differences none = compare(sample_effect(), sample_effect());
  CHECK(none.total == 0);
  CHECK(none.named.empty());
}

TEST_CASE("each kind of difference is named with its path") {
  const Effect then = sample_effect();
  Effect now = sample_effect();
  std::string expected;
  SUBCASE("a file of another size") {
    entry(now, 0, 1).size = 40;
    entry(now, 0, 1).mtime_ns += 1;
    expected = "changed '/w/build/a b': size 12 -> 40";
  }
  SUBCASE("a file written again with as many bytes") {
    entry(now, 0, 1).mtime_ns += 1;
    expected = "changed '/w/build/a b': modified since";
  }
  SUBCASE("another file under the same name") {
    entry(now, 1, 0).inode = 99;
    expected = "changed '/w/note': another file (inode)";
  }
  SUBCASE("another file of another size under the same name") {
    entry(now, 1, 0).inode = 99;
    entry(now, 1, 0).size = 8;
    expected = "changed '/w/note': another file (inode), size 7 -> 8";
  }
  SUBCASE("something mounted over a directory") {
    entry(now, 0, 2).device = 2;
    expected = "changed '/w/build/sub': another directory (device)";
  }
  SUBCASE("a file where a symbolic link was") {
    entry(now, 0, 3) = {'f', 1, 77, 3, 4, "sub/link"};
    expected = "changed '/w/build/sub/link': type symbolic link -> file";
  }
  SUBCASE("a directory that can be read now") {
    entry(now, 0, 4).type = 'd';
    expected = "changed '/w/build/sub/secret': type unreadable directory -> directory";
  }
  SUBCASE("a new file at the end") {
    now.operands[0].entries.push_back({'f', 1, 30, 1, 1, "z"});
    expected = "added '/w/build/z'";
  }
  SUBCASE("a file that is gone") {
    now.operands[0].entries.erase(now.operands[0].entries.begin() + 1);
    expected = "gone '/w/build/a b'";
  }
  SUBCASE("an operand that is gone") {
    now.operands.pop_back();
    expected = "gone '/w/note'";
  }
  const Differences found = compare(then, now);
  CHECK(found.total == 1);
  CHECK(found.named == std::vector<std::string>{expected});
}

TEST_CASE("differences come in the order of their absolute paths, across operands") {
  const Effect then{
      {{"/a", {{'d', 1, 1, 0, 0, ""}, {'f', 1, 2, 0, 0, "x"}}}, {"/a-b", {{'f', 1, 3, 0, 0, ""}}}},
      Completeness::whole};
  const Differences found = compare(then, Effect{});
  CHECK(found.named == std::vector<std::string>{"gone '/a'", "gone '/a-b'", "gone '/a/x'"});
}

TEST_CASE("at most as many differences are named as were asked for, and all are counted") {
  Effect now = sample_effect();
  for (const char* name : {"t1", "t2", "t3", "t4", "t5", "t6", "t7"}) {
    now.operands[0].entries.push_back({'f', 1, 40, 1, 1, name});
  }
  CHECK(compare(sample_effect(), now).named.size() == 5);
  CHECK(compare(sample_effect(), now).total == 7);
  CHECK(compare(sample_effect(), now, 2).named ==
        std::vector<std::string>{"added '/w/build/t1'", "added '/w/build/t2'"});
  CHECK(compare(sample_effect(), now, 0).named.empty());
  CHECK(compare(sample_effect(), now, 0).total == 7);
}

TEST_CASE("an operand within another that is no longer named is a difference") {
  const Effect then{
      {{"/a", {{'d', 1, 1, 0, 0, ""}, {'f', 1, 2, 0, 0, "x"}}}, {"/a/x", {{'f', 1, 2, 0, 0, ""}}}},
      Completeness::whole};
  Effect now = then;
  now.operands.pop_back();
  CHECK(compare(then, now).total == 1);
}

TEST_CASE("a path in a difference cannot act on the terminal that shows it") {
  const Effect now{{{"/w/\x1B[2J\n'x", {{'f', 1, 1, 0, 0, ""}}}}, Completeness::whole};
  CHECK(compare(Effect{}, now).named == std::vector<std::string>{"added '/w/\\x1B[2J\\n\\'x'"});
}
