// SPDX-License-Identifier: Apache-2.0
// A log of a thousand entries, rewritten consistently at each of its positions: every record hashed anew, every
// number, leaf and edge as it must be. Only a head that is kept elsewhere tells.
#include "log_attacker.hpp"
#include "tests/unit/thorough.hpp"
#include "vault_fixture.hpp"

using namespace pvm;
using namespace pvm::test;

namespace {

constexpr std::size_t k_seen = 1000;  // entries when the approver last looked
constexpr std::size_t k_after = 20;

vault::AuditEntry made_up() {
  vault::AuditEntry entry;
  entry.time = k_noon;
  entry.type = vault::EntryType::error;
  entry.agent = "claude";
  entry.decision = "error";
  entry.details = vault::Details().add("message", "the disk is full").text();
  return entry;
}

/// A vault whose tables nothing in the log changes, so that a rewritten log contradicts no table.
struct History {
  TestVault vault;
  std::vector<vault::AuditEntry> entries;
  crypto::TreeEdge seen;

  History() {
    for (std::size_t i = 1; i < k_seen; ++i) {
      REQUIRE(vault->record_error("claude", {base::Code::io, "number " + std::to_string(i), ""}, k_noon));
    }
    auto edge = vault->extend({}, {});
    REQUIRE(edge);
    seen = *edge;
    REQUIRE(seen.size() == k_seen);
    for (std::size_t i = 0; i < k_after; ++i) REQUIRE(vault->record_error("claude", {base::Code::io, "after", ""}, k_noon));
    entries = vault.entries();
  }
};

using Log = std::vector<vault::AuditEntry>;
struct Attack {
  const char* name;
  void (*change)(Log& log, std::size_t at);
};

const Attack k_attacks[] = {
    {"edit", [](Log& log, std::size_t at) { log[at].agent += "x"; }},
    {"delete", [](Log& log, std::size_t at) { log.erase(log.begin() + static_cast<std::ptrdiff_t>(at)); }},
    {"insert",
     [](Log& log, std::size_t at) { log.insert(log.begin() + static_cast<std::ptrdiff_t>(at), made_up()); }},
    {"reorder", [](Log& log, std::size_t at) { std::swap(log[at], log[at == 0 ? 1 : at - 1]); }},
    {"truncate", [](Log& log, std::size_t at) { log.resize(at); }},
};

}  // namespace

TEST_CASE("a log rewritten consistently at any position before the remembered head is found") {
  History history;
  TestVault& vault = history.vault;
  const std::vector<vault::OutsideHead> remembered = {{history.seen.head(), "the last approval"}};
  REQUIRE(vault.verified(remembered).faults.empty());
  REQUIRE(vault.verified(remembered).heads_outside == 1);
  REQUIRE(vault.verified(remembered).newest_head == k_seen);

  std::size_t tried = 0;
  // Entry 1 stays in place where entries move: its "init" names its own place, which would give the attack away.
  const std::size_t step = is_thorough() ? 1 : 111;
  for (std::size_t at = 1; at < k_seen; at += step) {
    for (const Attack& attack : k_attacks) {
      if (at == 1 && std::string_view(attack.name) == "reorder") continue;
      Log log = history.entries;
      attack.change(log, at);
      vault.tamper(rewritten_log(log));
      CAPTURE(attack.name);
      CAPTURE(at);
      const auto report = vault.verified(remembered);
      REQUIRE_MESSAGE(report.faults.size() == 1, all_faults(report));  // the head, and nothing else to see
      REQUIRE(report.faults[0].find("at the last approval") != std::string::npos);
      const auto extended = vault->extend(history.seen, {});
      REQUIRE_FALSE(extended.has_value());
      REQUIRE(extended.error().code == base::Code::broken);
      // Without the head nothing would be found: that is why it is kept.
      REQUIRE(vault.verified().faults.empty());
      ++tried;
    }
  }
  MESSAGE(tried << " rewritten logs");
}

TEST_CASE("what lies after the remembered head can be rewritten, and verify says from where on") {
  History history;
  Log log = history.entries;
  log.resize(k_seen + 1);
  history.vault.tamper(rewritten_log(log));
  const auto report = history.vault.verified({{history.seen.head(), "the last approval"}});
  CHECK(report.faults.empty());
  CHECK(report.newest_head == k_seen);
  CHECK(report.head.size == k_seen + 1);
  CHECK(history.vault->extend(history.seen, {}).has_value());
}

TEST_CASE("extending an empty edge is hashing the whole log, and gives the edge that the vault keeps") {
  History history;
  const auto whole = history.vault->extend({}, {});
  const auto rest = history.vault->extend(history.seen, {});
  const auto head = history.vault->durable_head();
  REQUIRE(whole);
  REQUIRE(rest);
  REQUIRE(head);
  CHECK(*whole == *rest);
  CHECK(whole->head() == *head);
}

TEST_CASE("rows beyond the head, a gap and a damaged leaf break the extension") {
  for (const char* sql : {"DELETE FROM audit WHERE entry_id = 1010",
                          "UPDATE audit SET record = x'' , leaf = x'00' WHERE entry_id = 1010",
                          "UPDATE audit SET record = x'' , leaf = zeroblob(32) WHERE entry_id = 1010",
                          "UPDATE audit SET entry_id = 5000 WHERE entry_id = 1020",
                          "UPDATE state SET log_size = 5, log_edge = zeroblob(64)"}) {
    History history;
    history.vault.tamper(sql);
    CAPTURE(sql);
    const auto extended = history.vault->extend(history.seen, {});
    REQUIRE_FALSE(extended.has_value());
    CHECK(extended.error().code == base::Code::broken);
  }
}
