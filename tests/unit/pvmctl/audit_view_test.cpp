// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/audit_view.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace pvm::pvmctl;
using pvm::vault::AuditEntry;
using pvm::vault::Details;
using pvm::vault::EntryType;

namespace {

AuditEntry sample() {
  AuditEntry entry;
  entry.entry = 7;
  entry.time = pvm::base::from_unix(1'790'000'000);
  entry.type = EntryType::decision;
  entry.agent = "claude";
  entry.scope = "/srv/app/build\n/srv/app/dist";
  entry.decision = "deny";
  entry.grant = pvm::base::GrantId::from_hex("00112233445566778899aabbccddeeff");
  Details details;
  entry.details = details.add("command", "rm -rf build").add("why", "no-grant").text();
  return entry;
}

}  // namespace

TEST_CASE("a cell that a spreadsheet would take for a formula is made harmless") {
  CHECK(csv_cell("=HYPERLINK(1)") == "'=HYPERLINK(1)");
  CHECK(csv_cell("+1") == "'+1");
  CHECK(csv_cell("-rf") == "'-rf");
  CHECK(csv_cell("@SUM(A1)") == "'@SUM(A1)");
  CHECK(csv_cell("\tx") == "'\tx");
  CHECK(csv_cell("=1,2") == "\"'=1,2\"");
  CHECK(csv_cell("a=b") == "a=b");
}

TEST_CASE("cells are quoted as RFC 4180 says") {
  CHECK(csv_cell("") == "");
  CHECK(csv_cell("plain text") == "plain text");
  CHECK(csv_cell("a,b") == "\"a,b\"");
  CHECK(csv_cell("say \"no\"") == "\"say \"\"no\"\"\"");
  CHECK(csv_cell("a\r\nb") == "\"a\r\nb\"");
}

TEST_CASE("an entry is one line of CSV with a cell for each title") {
  const std::string line = csv_line(sample());
  CHECK(line ==
        "7,2026-09-21T14:13:20Z,decision,claude,/srv/app/build\\n/srv/app/dist,deny,"
        "command=rm%20-rf%20build why=no-grant,00112233445566778899aabbccddeeff,0\r\n");
  const std::string titles = csv_titles();
  CHECK(std::count(titles.begin(), titles.end(), ',') == std::count(line.begin(), line.end(), ','));
  CHECK(titles.starts_with("entry_id,timestamp,entry_type,agent_id,scope,decision,details,grant_id"));
}

TEST_CASE("a hostile scope stays in its line and cell") {
  AuditEntry entry = sample();
  entry.scope = "/x\r\n8,2026,\"=cmd\"\x1b[2J\xff";
  const std::string line = csv_line(entry);
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(line.find('\x1b') == std::string::npos);
  CHECK(entry_json(entry).dump().find('\n') == std::string::npos);
}

TEST_CASE("an entry as JSON has stable names, and null for what is absent") {
  const Json json = entry_json(sample());
  CHECK(json["entry_id"] == 7);
  CHECK(json["timestamp"] == "2026-09-21T14:13:20Z");
  CHECK(json["entry_type"] == "decision");
  CHECK(json["grant_id"] == "00112233445566778899aabbccddeeff");
  CHECK(json["details"]["command"] == "rm -rf build");
  AuditEntry bare;
  CHECK(entry_json(bare)["grant_id"].is_null());
  CHECK(entry_json(bare)["agent_id"].is_null());
  CHECK(entry_json(bare)["details"].is_object());
}

TEST_CASE("details that name a thing twice become a list") {
  AuditEntry entry;
  Details details;
  entry.details = details.add("path", "/a").add("path", "/b").add("path", "/c").text();
  CHECK(entry_json(entry)["details"]["path"] == Json::array({"/a", "/b", "/c"}));
}

TEST_CASE("a search looks at every field, and at the values of details as they were meant") {
  const AuditEntry entry = sample();
  for (const char* text :
       {"claude", "app/dist", "deny", "decision", "ccddeeff", "rm -rf", "rm%20-rf", "no-grant"}) {
    CAPTURE(text);
    CHECK(mentions(entry, text));
  }
  CHECK_FALSE(mentions(entry, "bob"));
  CHECK_FALSE(mentions(AuditEntry(), "claude"));
}
