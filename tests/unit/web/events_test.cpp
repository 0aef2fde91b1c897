// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/events.hpp"

#include <doctest/doctest.h>

using namespace pvm;
using namespace pvm::pvmctl::web;
using vault::EntryType;

namespace {

vault::AuditEntry entry(std::uint64_t number, EntryType type = EntryType::request) {
  vault::AuditEntry made;
  made.entry = number;
  made.time = base::from_unix(1'800'000'000);
  made.type = type;
  made.agent = "claude";
  made.details = vault::Details().add("request", "00112233445566778899aabbccddeeff").text();
  return made;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a listener gets what came after what it had last, once and in order") {
  Events events;
  for (std::uint64_t i = 1; i <= 5; ++i) events.take(entry(i));
  const auto batch = events.after(2);
  CHECK(batch.last == 5);
  CHECK(count(batch.text, "event: created\n") == 3);
  CHECK(batch.text.starts_with("id: 3\nevent: created\ndata: {"));
  CHECK(events.after(5).text.empty());
  CHECK(events.after(5).last == 5);
}

TEST_CASE("an event names the request and nothing of what the agent wrote") {
  Events events;
  vault::AuditEntry made = entry(1);
  made.scope = "/home/u/secret\nid: 9\nevent: revoked";
  made.details = vault::Details().add("request", "00112233445566778899aabbccddeeff").add("reason", "x\n\nevent: approved").text();
  made.agent = "claude\n\nid: 7";
  events.take(made);
  const std::string text = events.after(0).text;
  CHECK(text.find("00112233445566778899aabbccddeeff") != std::string::npos);
  CHECK(text.find("secret") == std::string::npos);
  CHECK(count(text, "\n\n") == 1);
  CHECK(count(text, "\nevent:") == 1);
  CHECK(text.ends_with("\n\n"));
}

TEST_CASE("who missed something is told to look at everything anew") {
  Events events(3);
  for (std::uint64_t i = 1; i <= 5; ++i) events.take(entry(i));
  const auto batch = events.after(1);
  CHECK(batch.text.find("event: reset\n") != std::string::npos);
  CHECK(batch.last == 5);
  CHECK(events.after(2).text.find("event: reset") == std::string::npos);
}

TEST_CASE("who says it had what is not there yet is of another vault, and looks anew") {
  Events events;
  events.take(entry(1));
  CHECK(events.after(900).text.find("event: reset\n") != std::string::npos);
  events.start_over(40);
  CHECK(events.after(1).text.find("event: reset\n") != std::string::npos);
  CHECK(events.after(40).text.empty());
}

TEST_CASE("an entry that nobody is told of still counts as seen") {
  Events events;
  events.take(entry(1, EntryType::init));
  events.take(entry(2, EntryType::exported));
  CHECK(events.newest() == 2);
  CHECK(events.after(0).text.empty());
  CHECK(events.after(2).text.empty());
}

TEST_CASE("many events go out in pieces, none lost") {
  Events events;
  for (std::uint64_t i = 1; i <= 2000; ++i) events.take(entry(i));
  std::size_t all = 0;
  std::size_t pieces = 0;
  for (std::uint64_t seen = 0; seen < events.newest(); ++pieces) {
    const auto batch = events.after(seen);
    CHECK(batch.text.size() <= k_batch_bytes);
    CHECK(batch.last > seen);
    all += count(batch.text, "\nevent: created\n");
    seen = batch.last;
  }
  CHECK(all == 2000);
  CHECK(pieces > 1);
}

TEST_CASE("a denied command tells nobody, one that ran does") {
  vault::AuditEntry made = entry(1, EntryType::decision);
  made.decision = "deny";
  CHECK(event_name(made).empty());
  made.decision = "allow";
  CHECK(event_name(made) == "used");
  CHECK(event_name(entry(1, EntryType::outcome)) == "executed");
  CHECK(event_name(entry(1, EntryType::deny)) == "decided");
  CHECK(event_name(entry(1, EntryType::revoke)) == "revoked");
}
