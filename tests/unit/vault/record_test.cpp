// SPDX-License-Identifier: Apache-2.0
// A record has one text: whatever is read is what would be written for it, byte for byte.
#include "libpvm/vault/record.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <random>
#include <string>

#include "../mutations.hpp"
#include "../thorough.hpp"
#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"

using namespace pvm;
using namespace pvm::test;

namespace {

vault::AuditEntry sample() {
  vault::AuditEntry entry;
  entry.entry = 305;
  entry.time = base::from_unix(1'790'000'000);
  entry.type = vault::EntryType::decision;
  entry.agent = "claude";
  entry.scope = "/home/u/my build\n/tmp/100%\x01\xC3\xA9";
  entry.decision = "allow";
  entry.grant = base::GrantId::from_hex("00112233445566778899aabbccddeeff");
  entry.tier = 3;
  entry.details = vault::Details().add("command", "rm -r 'my build'").add("cwd", "/home/u").text();
  return entry;
}

// The fields read as laxly as can be, and then held against what is written for them: how records were read before
// there was a strict reader, and what that one is measured by.
std::optional<std::string> value_of(std::string_view text, std::string_view name) {
  const std::string start = "\n" + std::string(name) + " ";
  const auto at = text.find(start);
  if (at == std::string_view::npos) return std::nullopt;
  const auto end = text.find('\n', at + 1);
  return std::string(text.substr(at + start.size(), end == std::string_view::npos ? end : end - at - start.size()));
}

std::string loosely_decoded(std::string_view text) {
  std::string out;
  if (text == "%") return out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() && std::sscanf(std::string(text.substr(i + 1, 2)).c_str(), "%2x", &byte) == 1) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_what_is_written(const std::string& text) {
  const auto number = [&text](const char* name) {
    return std::strtoull(value_of(text, name).value_or("").c_str(), nullptr, 10);
  };
  const auto plain = [&text](const char* name) { return loosely_decoded(value_of(text, name).value_or("")); };
  vault::AuditEntry entry;
  entry.entry = number("entry");
  entry.time = base::from_unix(static_cast<std::int64_t>(number("time")));
  const auto type = vault::entry_type_from_text(value_of(text, "type").value_or(""));
  if (!type || number("entry") > INT64_MAX || number("time") > INT64_MAX || number("tier") > 9) return false;
  entry.type = *type;
  entry.agent = plain("agent");
  entry.scope = plain("scope");
  entry.decision = plain("decision");
  entry.grant = base::GrantId::from_hex(value_of(text, "grant").value_or(""));
  entry.tier = static_cast<int>(number("tier"));
  entry.details = plain("details");
  return vault::encode_record(entry) == text;
}

void check_alike(const std::string& text) {
  const auto record = vault::read_record(text);
  const bool is_written = is_what_is_written(text);
  if (record.has_value() == is_written && (!record || vault::encode_record(vault::decoded(*record)) == text)) return;
  FAIL_CHECK("read: " << record.has_value() << ", written: " << is_written << ":\n" << base::display(text));
}

std::string with(std::string text, std::string_view old, std::string_view replacement) {
  const auto at = text.find(old);
  REQUIRE(at != std::string::npos);
  return text.replace(at, old.size(), replacement);
}

}  // namespace

TEST_CASE("what is written is read, of every type and with every byte in it") {
  for (int type = 0; type < vault::k_entry_types; ++type) {
    vault::AuditEntry entry = sample();
    entry.type = static_cast<vault::EntryType>(type);
    for (int byte = 0; byte < 256; ++byte) {
      entry.agent = std::string(1, static_cast<char>(byte)) + "x";
      entry.details = "a=" + std::string(1, static_cast<char>(byte));
      const std::string text = vault::encode_record(entry);
      const auto record = vault::read_record(text);
      REQUIRE(record);
      const auto again = vault::decoded(*record);
      REQUIRE(again.agent == entry.agent);
      REQUIRE(again.details == entry.details);
      REQUIRE(again.scope == entry.scope);
      REQUIRE(again.grant == entry.grant);
      REQUIRE(vault::encode_record(again) == text);
    }
  }
  vault::AuditEntry empty;
  empty.entry = INT64_MAX;
  CHECK(vault::read_record(vault::encode_record(empty)).has_value());
}

TEST_CASE("a record that is nearly one is none") {
  const std::string good = vault::encode_record(sample());
  REQUIRE(vault::read_record(good));
  REQUIRE(is_what_is_written(good));
  struct Change {
    const char* from;
    std::string_view to;
  };
  using namespace std::string_view_literals;
  const Change changes[] = {
      {"agent claude", "agent %63laude"},      // a letter that stands for itself
      {"%20build", "%2Fbuild"},                // so does a slash
      {"%0A", "%0a"},                          // lower case
      {"%C3%A9", "%c3%A9"},
      {"%C3%A9", "\xC3\xA9"sv},                // bytes as they are
      {"%C3%A9", "\x80"sv},
      {"%01", "\x01"sv},
      {"%01", "\0"sv},
      {"%01", "%0"},
      {"%01", "%0G"},
      {"%01", "%"},
      {"%01", "%%"},
      {"%25", "%"},
      {"agent claude", "agent "},              // nothing is written "%"
      {"agent claude", "agent"},
      {"agent claude", "agent %25%"},
      {"agent claude", "agent cl aude"},
      {"agent claude", "agent claude "},
      {"agent claude", "agent  claude"},
      {"agent claude", "agent\tclaude"},
      {"agent claude", "agent claude\r"},
      {"agent claude", "Agent claude"},
      {"agent claude", "agents claude"},
      {"agent claude\n", "agent claude\nagent claude\n"},
      {"agent claude\n", ""},
      {"entry 305", "entry 0305"},
      {"entry 305", "entry +305"},
      {"entry 305", "entry -305"},
      {"entry 305", "entry 305 "},
      {"entry 305", "entry 0x131"},
      {"entry 305", "entry 9223372036854775808"},
      {"entry 305", "entry 18446744073709551921"},
      {"entry 305", "entry "},
      {"time 1790000000", "time 01790000000"},
      {"time 1790000000", "time 1790000000.0"},
      {"time 1790000000", "time -1"},
      {"type decision", "type Decision"},
      {"type decision", "type decisions"},
      {"type decision", "type %64ecision"},
      {"type decision", "type "},
      {"ddeeff", "ddeeFF"},
      {"ddeeff", "ddeef"},
      {"ddeeff", "ddeeff0"},
      {"grant 00112233445566778899aabbccddeeff", "grant %"},
      {"grant 00112233445566778899aabbccddeeff", "grant "},
      {"tier 3", "tier 03"},
      {"tier 3", "tier 10"},
      {"tier 3", "tier -0"},
      {"pvm-audit/1\n", "pvm-audit/1"},
      {"pvm-audit/1\n", "pvm-audit/2\n"},
      {"pvm-audit/1\n", "\npvm-audit/1\n"},
      {"pvm-audit/1\n", "pvm-audit/1\r\n"},
  };
  for (const Change& change : changes) {
    const std::string text = with(good, change.from, change.to);
    CAPTURE(base::display(text));
    CHECK_FALSE(vault::read_record(text).has_value());
    CHECK_FALSE(vault::decode_record(text).has_value());
    CHECK_FALSE(is_what_is_written(text));
  }
  CHECK_FALSE(vault::read_record(good.substr(0, good.size() - 1)).has_value());  // no last LF
  CHECK_FALSE(vault::read_record(good + "\n").has_value());
  CHECK_FALSE(vault::read_record(good + "more x\n").has_value());
  CHECK_FALSE(vault::read_record(good + std::string(1, '\0')).has_value());
  CHECK_FALSE(vault::read_record("").has_value());
}

TEST_CASE("of every small change of a record, what is read is what would be written") {
  const std::string good = vault::encode_record(sample());
  const std::size_t count = each_mutation(good, is_thorough() ? Depth::all : Depth::some,
                                          [](const std::string& text, const Mutation&) { check_alike(text); });
  CHECK(count > 5000);
}

TEST_CASE("of records changed at random, what is read is what would be written") {
  const std::string good = vault::encode_record(sample());
  const std::string pieces[] = {"%", "%20", "%0A", "%41", "%2f", "%2F", "%25", "\n", " ", "0", "-", "a", "A",
                                std::string(1, '\0'), "\x80", "\xFF", "grant ", "deny", "allow", "9", "f"};
  std::mt19937_64 random(20261121);
  const auto below = [&random](std::size_t count) { return static_cast<std::size_t>(random() % count); };
  std::size_t read = 0;
  for (int i = 0; i < (is_thorough() ? 2'000'000 : 20'000); ++i) {
    std::string text = good;
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
      text.replace(below(text.size()), below(4), pieces[below(std::size(pieces))]);
    }
    check_alike(text);
    if (vault::read_record(text)) ++read;
  }
  CHECK(read > 100);  // some of them are records too
}

TEST_CASE("whether a text is the encoding of some bytes, without encoding them") {
  using base::is_encoded_as;
  using base::is_percent_encoded;
  const std::string texts[] = {"", "%", "a", "%25", "%20", "%2f", "%41", "a%20b", "a b", "%2", "%0A%", "\x80", "%80",
                               std::string(1, '\0'), "%00", "100%", "100%25", "\n"};
  for (const std::string& bytes : texts) {
    CHECK(is_encoded_as(bytes, base::percent_encode(bytes)));
    for (const std::string& encoded : texts) {
      CAPTURE(bytes);
      CAPTURE(encoded);
      CHECK(is_encoded_as(bytes, encoded) == (base::percent_encode(bytes) == encoded));
    }
    CHECK(is_percent_encoded(bytes) == base::percent_decode(bytes).has_value());
  }
}
