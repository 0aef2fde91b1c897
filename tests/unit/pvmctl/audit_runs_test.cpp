// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/audit_runs.hpp"

#include <doctest/doctest.h>

#include "pvmctl/ui/local_time.hpp"

namespace {

using namespace pvm;
using base::Seconds;
using pvmctl::Folding;
using pvmctl::Run;
using pvmctl::RunList;
using vault::AuditEntry;
using vault::EntryType;

constexpr base::UnixTime k_noon = base::from_unix(1'790'000'000);  // 2026-09-21T14:13:20Z
const auto k_grant = base::GrantId::from_hex("00112233445566778899aabbccddeeff");
const auto k_other_grant = base::GrantId::from_hex("10112233445566778899aabbccddeeff");

AuditEntry entry(EntryType type, const std::string& decision, const std::string& scope, vault::Details details = {},
                 std::optional<base::GrantId> grant = std::nullopt) {
  static std::uint64_t number = 0;
  AuditEntry made;
  made.entry = ++number;
  made.time = k_noon + Seconds(static_cast<std::int64_t>(number));
  made.type = type;
  made.agent = "claude";
  made.scope = scope;
  made.decision = decision;
  made.grant = grant;
  made.details = details.text();
  return made;
}
AuditEntry allowed(const std::string& scope, std::optional<base::GrantId> grant = k_grant) {
  return entry(EntryType::decision, "allow", scope, vault::Details().add("action", "rm"), grant);
}
AuditEntry denied(const std::string& scope, const std::string& why = "no-grant") {
  return entry(EntryType::decision, "deny", scope, vault::Details().add("action", "rm").add("why", why));
}
AuditEntry ended(const std::string& outcome) {
  static std::uint64_t number = 0;
  return entry(EntryType::outcome, "", "", vault::Details().add("entry", ++number).add("outcome", outcome));
}
AuditEntry of_agent(AuditEntry made, const std::string& agent) {
  made.agent = agent;
  return made;
}

// "decision allow 2 in /w/a" for each run.
std::vector<std::string> outline(const std::vector<AuditEntry>& entries, Folding folding = Folding::runs) {
  RunList list(folding, 1000);
  for (const AuditEntry& one : entries) list.take(one);
  CHECK(list.taken() == entries.size());
  std::vector<std::string> lines;
  std::uint64_t all = 0;
  for (const Run& run : list.runs()) {
    all += run.count;
    lines.push_back(run.agent + " " + std::string(vault::to_text(run.type)) + " " + run.decision + " " +
                    std::to_string(run.count) + " " + run.what);
  }
  CHECK(all == entries.size());
  return lines;
}
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("decisions that say the same are one line, and so are their outcomes") {
  CHECK(outline({allowed("/w/a/x"), ended("exit 0"), allowed("/w/a/y"), ended("exit 0"), allowed("/w/b/z"),
                 ended("exit 0")}) ==
        Lines{"claude decision allow 3 in /w", "claude outcome  3 outcome exit 0"});
  CHECK(outline({allowed("/w/a"), allowed("/w/a")}) == Lines{"claude decision allow 2 /w/a"});
  CHECK(outline({allowed("/a"), allowed("/b")}) == Lines{"claude decision allow 2 in /"});
  CHECK(outline({allowed("/w/a\n/w/b"), allowed("/v")}) == Lines{"claude decision allow 2 in /"});
}

TEST_CASE("what is folded never hides a denial, another grant, another reason or another outcome") {
  CHECK(outline({allowed("/w/a"), denied("/w/b"), allowed("/w/c")}) ==
        Lines{"claude decision allow 1 /w/a", "claude decision deny 1 /w/b", "claude decision allow 1 /w/c"});
  CHECK(outline({allowed("/w/a"), allowed("/w/b", k_other_grant)}).size() == 2);
  CHECK(outline({denied("/w/a"), denied("/w/b", "stale")}).size() == 2);
  CHECK(outline({ended("exit 0"), ended("exit 1"), ended("exit 0")}).size() == 3);
  // what poses as the same: an action within a value, a decision within a kind
  CHECK(outline({denied("/w/a"), denied("/w/b", "no-grant action=rm")}).size() == 2);
}

TEST_CASE("each agent has runs of its own, and what a person does ends them") {
  CHECK(outline({allowed("/w/a"), of_agent(allowed("/w/b"), "codex"), allowed("/w/c"),
                 of_agent(allowed("/w/d"), "codex")}) ==
        Lines{"claude decision allow 2 in /w", "codex decision allow 2 in /w"});
  CHECK(outline({denied("/w/a"), entry(EntryType::approve, "allow", "/w/a"), denied("/w/b")}).size() == 3);
  const auto to_codex = of_agent(entry(EntryType::approve, "allow", "/w/a"), "codex");
  CHECK(outline({denied("/w/a"), to_codex, denied("/w/b")}).size() == 2);
  CHECK(outline({denied("/w/a"), of_agent(entry(EntryType::lock, "", ""), ""), denied("/w/b")}).size() == 3);
  CHECK(outline({entry(EntryType::deny, "deny", "/w/a"), entry(EntryType::deny, "deny", "/w/a")}).size() == 2);
  CHECK(outline({denied("/w/a"), entry(EntryType::request, "", "/w/a"), denied("/w/b"),
                 entry(EntryType::request, "", "/w/b")}) ==
        Lines{"claude decision deny 2 in /w", "claude request  2 in /w"});
}

TEST_CASE("without folding each entry is a line") {
  CHECK(outline({allowed("/w/a"), allowed("/w/a")}, Folding::none).size() == 2);
}

TEST_CASE("of too many lines the last ones stay, and it is known how many went") {
  RunList list(Folding::runs, 3);
  for (int i = 0; i < 1000; ++i) {
    list.take(of_agent(allowed("/w/" + std::to_string(i)), "agent" + std::to_string(i % 400)));
    list.take(entry(EntryType::approve, "allow", "/w"));
  }
  CHECK(list.runs().size() == 3);
  CHECK(list.taken() == 2000);
  CHECK(list.dropped() == 1997);
}

TEST_CASE("a run is shown with how often and until when, in local time") {
  RunList list(Folding::runs, 10);
  AuditEntry first = allowed("/w/a");
  first.time = k_noon;
  AuditEntry second = allowed("/w/b");
  second.time = k_noon + Seconds(61);
  list.take(first);
  list.take(second);
  const std::string text = pvmctl::runs_table(list.runs(), Seconds(3600));
  CHECK(text.starts_with("times in UTC+01:00\n"));
  CHECK(text.find("2026-09-21 15:13–15:14  decision  claude  allow     ×2 in /w\n") != std::string::npos);
  CHECK(pvmctl::ui::wall_span(k_noon, k_noon + Seconds(39), Seconds(0)) == "2026-09-21 14:13:20");
  CHECK(pvmctl::ui::wall_span(k_noon, k_noon + Seconds(24 * 3600), Seconds(0)) == "2026-09-21 14:13–09-22 14:13");
  CHECK(pvmctl::ui::wall_span(k_noon, k_noon + Seconds(365 * 24 * 3600), Seconds(0)) ==
        "2026-09-21 14:13–2027-09-21 14:13");
}

TEST_CASE("an offset is said as people write it") {
  CHECK(pvmctl::ui::offset_text(Seconds(0)) == "UTC");
  CHECK(pvmctl::ui::offset_text(Seconds(5 * 3600 + 45 * 60)) == "UTC+05:45");
  CHECK(pvmctl::ui::offset_text(Seconds(-(3 * 3600 + 30 * 60))) == "UTC-03:30");
  CHECK(pvmctl::ui::wall_time(k_noon, Seconds(-15 * 3600)) == "2026-09-20 23:13:20");
}
