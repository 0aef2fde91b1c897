// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/audit_summary.hpp"

#include <doctest/doctest.h>

using namespace pvm;
using pvmctl::AuditSummary;
using vault::AuditEntry;
using vault::Details;
using vault::EntryType;

namespace {

AuditEntry removal(const std::string& agent, const std::string& decision, const std::string& scope,
                   std::uint64_t files = 0, std::uint64_t bytes = 0) {
  AuditEntry entry;
  entry.entry = 7;
  entry.type = EntryType::decision;
  entry.agent = agent;
  entry.decision = decision;
  entry.scope = scope;
  entry.details =
      Details().add("action", "rm").add("files", files).add("directories", std::uint64_t{1}).add("bytes", bytes).text();
  return entry;
}

AuditEntry approval(const std::string& agent, const std::string& approver, bool is_unattended) {
  AuditEntry entry;
  entry.type = EntryType::approve;
  entry.agent = agent;
  Details details;
  details.add("approver", approver);
  if (is_unattended) details.add("unattended", "yes");
  entry.details = details.text();
  return entry;
}

}  // namespace

TEST_CASE("a summary adds up what each agent removed, was denied and was given") {
  AuditSummary summary;
  CHECK(summary.text() == "nothing happened\n");
  for (int i = 1; i <= 5; ++i) {
    summary.take(removal("claude", "allow", "/w/d" + std::to_string(i), 2, static_cast<std::uint64_t>(i) * 100));
  }
  summary.take(removal("claude", "allow", "/w/many\n/w/more", 1204, 2048));
  summary.take(removal("claude", "deny", "/w/no", 9, 9));
  summary.take(removal("codex", "deny", "/w/no", 9, 9));
  summary.take(approval("claude", "alice@host", false));
  summary.take(approval("claude", "alice@host", true));
  summary.take(approval("claude", "bob\n@host", false));
  CHECK(summary.text() ==
        "claude\n"
        "  removals  6 allowed: 1,214 files, 3.5 KiB; 1 denied\n"
        "  biggest   1,204 files, 2.0 KiB  '/w/many and 1 more' (entry 7)\n"
        "            2 files, 500 B  '/w/d5' (entry 7)\n"
        "            2 files, 400 B  '/w/d4' (entry 7)\n"
        "  approved  2 times by alice@host\n"
        "  approved  once by bob\\n@host\n"
        "  !         1 of these unattended: no human act was needed\n"
        "codex\n"
        "  removals  0 allowed; 1 denied\n");
  const auto json = summary.json();
  CHECK(json[0]["allowed"] == 6);
  CHECK(json[0]["bytes"] == 3548);
  CHECK(json[0]["biggest"][0]["files"] == 1204);
  CHECK(json[0]["approvers"]["alice@host"] == 2);
  CHECK(json[0]["unattended"] == 1);
  CHECK(json[1]["denied"] == 1);
}

TEST_CASE("what was trashed is not counted as removed, and has a line of its own") {
  const auto trashing = [](const std::string& decision, std::uint64_t files, std::uint64_t bytes) {
    AuditEntry entry = removal("claude", decision, "/w/t");
    entry.details = Details().add("action", "trash").add("files", files).add("directories", std::uint64_t{0}).add("bytes", bytes).text();
    return entry;
  };
  AuditSummary summary;
  summary.take(trashing("allow", 3, 300));
  summary.take(trashing("deny", 1, 1));
  CHECK(summary.text() ==
        "claude\n"
        "  removals  0 allowed; 0 denied\n"
        "  trashed   1 allowed: 3 files, 300 B; 1 denied\n");
  const auto json = summary.json();
  CHECK(json[0]["allowed"] == 0);
  CHECK(json[0]["denied"] == 0);
  CHECK(json[0]["trash"]["allowed"] == 1);
  CHECK(json[0]["trash"]["bytes"] == 300);
  CHECK(json[0]["biggest"].empty());
}

TEST_CASE("numbers that somebody made up do not wrap, and what is no number is none") {
  AuditSummary summary;
  summary.take(removal("a", "allow", "/w", UINT64_MAX, UINT64_MAX));
  summary.take(removal("a", "allow", "/w", 5, 5));
  auto odd = removal("a", "allow", "/w", 0, 0);
  odd.details = "action=rm files=-1 bytes=x directories= =";
  summary.take(odd);
  CHECK(summary.json()[0]["bytes"] == UINT64_MAX);
  CHECK(summary.json()[0]["allowed"] == 3);
}

TEST_CASE("agents and approvers without end take no memory without end") {
  AuditSummary summary;
  for (int i = 0; i < 3000; ++i) summary.take(removal("agent" + std::to_string(i), "deny", "/w"));
  for (int i = 0; i < 3000; ++i) summary.take(approval("agent0", "approver" + std::to_string(i), false));
  const auto json = summary.json();
  CHECK(json.size() == 1001);
  std::uint64_t denied = 0;
  for (const auto& agent : json) denied += agent["denied"].get<std::uint64_t>();
  CHECK(denied == 3000);
  for (const auto& agent : json) {
    if (agent["agent"] == "agent0") CHECK(agent["approvers"].size() == 101);
    if (agent["agent"] == "(others)") CHECK(agent["denied"] == 2000);
  }
}
