// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/reset.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace pvm;

namespace {

base::VaultId vault() { return base::VaultId(base::VaultId::Raw{9, 0x1d}); }
base::LockId lock() { return base::LockId(base::LockId::Raw{5}); }

model::Reset reset_of(model::ResetKind kind) {
  model::Reset reset{kind, vault(), {42, {1, 2, 3}}, std::nullopt, std::nullopt, std::nullopt, std::nullopt,
                     base::from_unix(1'790'000'000), "alice@host", "the disk failed\nso did I"};
  if (kind == model::ResetKind::broken_log) reset.seen = model::TreeHead{50, {4}};
  if (kind == model::ResetKind::clock) reset.mark = base::from_unix(1'800'000'000);
  if (kind == model::ResetKind::prune) {
    reset.until = 40;
    reset.then = model::Boundary{3, lock()};
  }
  return reset;
}

const std::vector<model::ResetKind> k_kinds = {model::ResetKind::broken_log, model::ResetKind::clock,
                                               model::ResetKind::prune};

}  // namespace

TEST_CASE("a reset is written in one way, by its kind") {
  CHECK(model::encode(reset_of(model::ResetKind::prune)).value_or("") ==
        "pvm-reset/1\n"
        "what prune\n"
        "vault 091d0000000000000000000000000000\n"
        "log 42 AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "until 40\n"
        "then 3 05000000000000000000000000000000\n"
        "time 1790000000\n"
        "approver alice@host\n"
        "reason the%20disk%20failed%0Aso%20did%20I\n");
  for (const auto kind : k_kinds) {
    const auto text = model::encode(reset_of(kind));
    REQUIRE(text);
    const auto read = model::decode_reset(*text);
    REQUIRE_MESSAGE(read.has_value(), read.error().message);
    CHECK(*read == reset_of(kind));
  }
  auto open = reset_of(model::ResetKind::prune);
  open.then = model::Boundary{3, std::nullopt};
  const auto text = model::encode(open);
  REQUIRE(text);
  CHECK(text->find("\nthen 3 -\n") != std::string::npos);
  CHECK(model::decode_reset(*text).value_or(reset_of(model::ResetKind::clock)) == open);
}

TEST_CASE("a field that its kind does not have, and one that it lacks, is no reset") {
  for (const auto kind : k_kinds) {
    for (const auto other : k_kinds) {
      if (kind == other) continue;
      model::Reset reset = reset_of(other);
      reset.kind = kind;
      CHECK_FALSE(model::encode(reset).has_value());
      auto text = model::encode(reset_of(other)).value_or("");
      const std::string from = "what " + std::string(model::to_text(other));
      text.replace(text.find(from), from.size(), "what " + std::string(model::to_text(kind)));
      CHECK_FALSE(model::decode_reset(text).has_value());
    }
  }
}

TEST_CASE("values that a reset cannot carry are refused by name") {
  auto reset = reset_of(model::ResetKind::prune);
  reset.until = 43;  // beyond the log that was seen
  CHECK(model::encode(reset).error().message == "reset: the field 'until' is not as its kind wants it");
  reset.until = 0;
  CHECK_FALSE(model::encode(reset).has_value());
  reset = reset_of(model::ResetKind::clock);
  reset.approver = "";
  CHECK_FALSE(model::encode(reset).has_value());
  reset = reset_of(model::ResetKind::clock);
  reset.mark = base::from_unix(-1);
  CHECK_FALSE(model::encode(reset).has_value());
  reset = reset_of(model::ResetKind::clock);
  reset.reason = std::string(9000, 'x');
  CHECK(model::encode(reset).error().code == base::Code::limit);
}

TEST_CASE("no byte of a reset or an unlock can be changed, added or lost without another meaning or a refusal") {
  std::vector<std::string> texts;
  for (const auto kind : k_kinds) texts.push_back(model::encode(reset_of(kind)).value_or(""));
  for (const std::string& text : texts) {
    REQUIRE_FALSE(text.empty());
    const auto meaning = model::decode_reset(text);
    for (std::size_t i = 0; i < text.size(); ++i) {
      CHECK_FALSE(model::decode_reset(text.substr(0, i)).has_value());
      for (const char byte : {'\0', '\n', '\r', ' ', '0', '9', 'A', 'a', '%', '-', '\x7f', '\xff'}) {
        std::string other = text;
        other.insert(i, 1, byte);
        auto read = model::decode_reset(other);
        if (read) CHECK_FALSE(*read == *meaning);
        if (text[i] == byte) continue;
        other = text;
        other[i] = byte;
        read = model::decode_reset(other);
        if (read) CHECK_FALSE(*read == *meaning);
      }
    }
  }
  const model::Unlock unlock{vault(), lock(), base::from_unix(1'790'000'000), "alice@host"};
  const auto text = model::encode(unlock);
  REQUIRE(text);
  CHECK(*text ==
        "pvm-unlock/1\nvault 091d0000000000000000000000000000\nlock 05000000000000000000000000000000\n"
        "time 1790000000\napprover alice@host\n");
  REQUIRE(model::decode_unlock(*text).has_value());
  CHECK(*model::decode_unlock(*text) == unlock);
  for (std::size_t i = 0; i < text->size(); ++i) {
    CHECK_FALSE(model::decode_unlock(text->substr(0, i)).has_value());
    CHECK_FALSE(model::decode_reset(*text).has_value());
  }
  CHECK(model::decode_reset("pvm-reset/2\n").error().code == base::Code::newer);
}
