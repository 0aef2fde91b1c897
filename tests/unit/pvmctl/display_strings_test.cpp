// SPDX-License-Identifier: Apache-2.0
// Every text of the table as what an agent or a file system can choose, in all that a person reads.
#include "../base/display_strings.hpp"

#include "libpvm/frontend/wording.hpp"
#include "pvmctl/audit_runs.hpp"
#include "pvmctl/audit_view.hpp"
#include "pvmctl/request_view.hpp"
#include "pvmctl/ui/card.hpp"
#include "pvmctl/ui/table.hpp"

namespace {

using namespace pvm;
using namespace pvm::pvmctl;
using base::Seconds;
using test::DisplayString;

constexpr base::UnixTime k_now = base::from_unix(1'790'000'000);

// As much of it as tells, and without what no program can be given.
std::string word(const DisplayString& string) {
  std::string text = string.whole.substr(0, 20'000);
  text.erase(std::remove(text.begin(), text.end(), '\0'), text.end());
  return text.empty() ? "x" : text;
}

// Everything in it that comes from outside is `text`.
vault::Request request_of(const std::string& text) {
  base::RequestId::Raw raw{};
  raw.fill(5);
  vault::Request request{
      base::RequestId(raw), vault::RequestState::denied, {},    text,  text, {}, text, text, text,
      k_now - Seconds(12),  k_now + Seconds(3600),       k_now, k_now, {},   {}};
  request.wish.operation.agent = "claude";
  request.wish.operation.resources = {{"/w/" + text, model::Extent::tree}};
  request.wish.invocation = {"/w/" + text, {"rm", "-r", text}};
  return request;
}

gate::Refusal refusal_of(const vault::Request& request, gate::Refusal::Reason reason) {
  gate::Refusal refusal;
  refusal.reason = reason;
  refusal.wish = request.wish;
  refusal.lacking = request.wish.operation.resources;
  refusal.request = request;
  refusal.lock_reason = request.reason;
  return refusal;
}

vault::AuditEntry entry_of(const std::string& text) {
  vault::AuditEntry entry;
  entry.entry = 7;
  entry.time = k_now;
  entry.type = vault::EntryType::request;
  entry.agent = "claude";
  entry.scope = "/w/" + text;
  entry.details = vault::Details().add("reason", text).add("note", text).text();
  return entry;
}

std::string card_of(const vault::Request& request) {
  approval::View view;
  view.obstacle = "cannot look at " + base::quoted(request.reason);
  const ui::Colour plain(system::Environment(), ui::Stream::other);
  return ui::card_text({request, view, {}, std::nullopt, "/home/u", k_now}, plain);
}

// Parsed by a parser that takes nothing but JSON, and given back as it was written.
void check_json(const Json& json) {
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::strict);
  CHECK(Json::parse(text) == json);
  CHECK(test::what_lies(text) == "");
}

}  // namespace

TEST_CASE("whatever a text holds, a card has as many lines and none of it lies") {
  const std::size_t lines = test::lines_in(card_of(request_of("x")));
  for (const DisplayString& string : test::read_display_strings()) {
    CAPTURE(string.name);
    const auto request = request_of(word(string));
    const std::string card = card_of(request);
    CHECK(test::lines_in(card) == lines);
    CHECK(test::what_lies(card) == "");
    CHECK(card.size() < 100'000);
    if (word(string).size() > 4096) CHECK(card.find(" bytes more)") != std::string::npos);

    const std::string text = request_text(request, k_now);
    CHECK(test::lines_in(text) == test::lines_in(request_text(request_of("x"), k_now)));
    CHECK(test::what_lies(text) == "");
  }
}

TEST_CASE("whatever a text holds, a table has a line for each row, none wider than the page") {
  for (const DisplayString& string : test::read_display_strings()) {
    CAPTURE(string.name);
    const auto entry = entry_of(word(string));
    const std::string tables =
        requests_table({request_of(word(string))}, k_now, ui::k_page_width) +
        entries_table({entry, entry}, pvm::base::Seconds(0), ui::k_page_width);
    CHECK(test::lines_in(tables) == 2 + 1 + 3);
    CHECK(test::what_lies(tables) == "");
    std::istringstream lines(tables);
    for (std::string line; std::getline(lines, line);) CHECK(ui::display_width(line) <= ui::k_page_width);
  }
}

TEST_CASE("whatever a text holds, a refusal begins each line with the wrapper's name or a gap") {
  using Reason = gate::Refusal::Reason;
  const frontend::Tool tool{"safe-rm", "rm", "removed", "remove it"};
  for (const DisplayString& string : test::read_display_strings()) {
    CAPTURE(string.name);
    const auto request = request_of(word(string));
    for (const Reason reason :
         {Reason::no_grant, Reason::pending, Reason::denied, Reason::withdrawn, Reason::locked}) {
      const std::string text = frontend::refusal_text(tool, refusal_of(request, reason), k_now);
      CHECK(test::what_lies(text) == "");
      CHECK(test::lines_in(text) ==
            test::lines_in(frontend::refusal_text(tool, refusal_of(request_of("x"), reason), k_now)));
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) {
        CHECK((line.starts_with("safe-rm: ") || line.starts_with("  ")));
      }
    }
  }
}

TEST_CASE("whatever a text holds, JSON is JSON and CSV has its cells") {
  const auto cells = [](const std::string& line) {
    std::size_t count = 1;
    bool is_quoted = false;
    for (const char c : line) {
      if (c == '"') is_quoted = !is_quoted;
      if (c == ',' && !is_quoted) ++count;
    }
    return is_quoted ? 0 : count;
  };
  for (const DisplayString& string : test::read_display_strings()) {
    CAPTURE(string.name);
    const auto entry = entry_of(word(string));
    check_json(request_json(request_of(word(string))));
    check_json(entry_json(entry));
    const std::string line = csv_line(entry);
    CHECK(cells(line) == cells(csv_titles()));
    CHECK(test::lines_in(line) == 1);
    CHECK(line.ends_with("\r\n"));
    CHECK(test::what_lies(line.substr(0, line.size() - 2)) == "");
  }
}
