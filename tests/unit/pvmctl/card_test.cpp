// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/ui/card.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace {

using namespace pvm;
using base::Seconds;
using pvmctl::approval::Facts;
using pvmctl::approval::View;

constexpr base::UnixTime k_now = base::from_unix(1'790'000'000);

base::RequestId an_id(std::uint8_t byte) {
  base::RequestId::Raw raw{};
  raw.fill(byte);
  return base::RequestId(raw);
}

vault::Request a_request() {
  vault::Request request{an_id(5),
                         vault::RequestState::pending,
                         {},
                         "clean build",
                         "",
                         {},
                         {},
                         "laptop",
                         "bash < claude (4121)",
                         k_now - Seconds(12),
                         k_now + Seconds(3600),
                         {},
                         k_now + Seconds(60),
                         {},
                         {}};
  request.wish.operation.agent = "claude";
  request.wish.operation.needs.add(model::Attribute::recursive);
  request.wish.operation.resources = {{"/home/u/src/app/build", model::Extent::tree}};
  request.wish.invocation = {"/home/u/src/app", {"rm", "-r", "build"}};
  request.wish.summary = {1204, 30, 87'000'000, model::Completeness::whole};
  return request;
}

View a_view(const vault::Request& request) {
  View view;
  view.summary = request.wish.summary;
  return view;
}

std::string card(const vault::Request& request, const View& view, const Facts& facts = {},
                 std::optional<vault::RequestState> previous = std::nullopt) {
  const pvmctl::ui::Colour plain(system::Environment(), pvmctl::ui::Stream::other);
  return pvmctl::ui::card_text({request, view, facts, previous, "/home/u", k_now}, plain);
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

model::EffectEntry entry(const std::string& path, std::uint64_t device = 1, char type = 'f',
                         std::uint64_t size = 1) {
  return {type, device, 7, size, 0, path};
}

model::Effect an_effect(std::vector<model::EffectEntry> entries) {
  entries.insert(entries.begin(), entry("", 1, 'd', 0));
  return {{{"/w/d", std::move(entries)}}, model::Completeness::whole};
}

}  // namespace

TEST_CASE("a card says first who wants what and how much, then what is doubtful, then where from and why") {
  const vault::Request request = a_request();
  Facts facts;
  facts.unsaved_files = 14;
  facts.warnings = {"holds a git repository with 3 commits pushed nowhere"};
  CHECK(card(request, a_view(request), facts) ==
        "claude wants rm -r ~/src/app/build: 1,204 files, 83 MiB     asked 12 s ago, waiting\n"
        "  14 files not in git and not ignored: cannot be had back\n"
        "  ! holds a git repository with 3 commits pushed nowhere\n"
        "  host laptop, in ~/src/app, by bash < claude (4121)\n"
        "  its words: \"clean build\"\n");
}

TEST_CASE("a card shows no byte of the agent's that could move a cursor or break a line") {
  vault::Request request = a_request();
  request.reason = "ok\"\n  its words: \"fine\x1b[2J\xe2\x80\xae";
  request.host = "lap\rtop";
  request.ancestry = "sh\n! nothing";
  request.wish.invocation.cwd = "/w/\x1b[1A";
  request.wish.operation.resources = {{"/w/a\nb", model::Extent::tree}};
  const std::string text = card(request, a_view(request));
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\r') == std::string::npos);
  CHECK_FALSE(has(text, "\xe2\x80\xae"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
}

TEST_CASE("a request that was denied before says so") {
  const vault::Request request = a_request();
  CHECK(has(card(request, a_view(request), {}, vault::RequestState::denied),
            "  ! asked again after you denied it\n"));
  CHECK_FALSE(has(card(request, a_view(request), {}, vault::RequestState::stale), "denied"));
}

TEST_CASE("what cannot be looked up is marked as told by the agent") {
  const vault::Request request = a_request();
  View view = a_view(request);
  view.obstacle = "it is on another machine, 'laptop'";
  CHECK(has(card(request, view), "  ! as told by the agent: it is on another machine, 'laptop'\n"));
  view.is_gone = true;
  CHECK(has(card(request, view), "  ! there is nothing to approve: "));
}

TEST_CASE("a difference between the claim and what is there is shown as one") {
  const vault::Request request = a_request();
  View view = a_view(request);
  view.is_changed = true;
  view.summary = {2, 0, 10, model::Completeness::whole};
  view.differences = {{"added '/w/x'", "gone '/w/y'"}, 9};
  const std::string text = card(request, view);
  CHECK(has(text, "claude wants rm -r ~/src/app/build: 2 files, 10 B"));
  CHECK(has(text, "it said 1,204 files, 83 MiB, now there are 2 files, 10 B\n"));
  CHECK(has(text, "added '/w/x'\n"));
  CHECK(has(text, "and 7 more differences\n"));
}

TEST_CASE("the five largest files are listed, largest first") {
  const vault::Request request = a_request();
  View view = a_view(request);
  std::vector<model::EffectEntry> entries;
  for (int i = 1; i <= 7; ++i)
    entries.push_back(entry("f" + std::to_string(i), 1, 'f', static_cast<std::uint64_t>(i)));
  view.fresh = an_effect(entries);
  const std::string text = card(request, view);
  CHECK(has(text, "/w/d/f7\n"));
  CHECK(has(text, "/w/d/f3\n"));
  CHECK_FALSE(has(text, "/w/d/f2\n"));
  CHECK(text.find("/w/d/f7") < text.find("/w/d/f6"));
}

TEST_CASE("many operands are all listed beneath, and scopes are named as such") {
  vault::Request request = a_request();
  request.wish.operation.resources.clear();
  for (char c = 'a'; c < 'g'; ++c) request.wish.operation.resources.push_back({std::string("/w/") + c});
  std::string text = card(request, a_view(request));
  CHECK(has(text, "rm -r /w/a /w/b /w/c and 3 more"));
  CHECK(has(text, "      /w/f\n"));
  request.wish.operation.resources.clear();
  request.wish.scopes = {*model::Scope::parse(model::ScopeType::path, "/w/**/*.o")};
  text = card(request, a_view(request));
  CHECK(has(text, "claude wants rm (recursive) within /w/**/*.o     asked"));
}

TEST_CASE("the home directory and what holds it are doubtful, its neighbours are not") {
  const auto warned = [](const std::string& path) {
    model::Operation operation;
    operation.resources = {{path, model::Extent::tree}};
    return pvmctl::approval::home_warnings(operation, "/home/u").size();
  };
  CHECK(warned("/home/u") == 1);
  CHECK(warned("/home") == 1);
  CHECK(warned("/home/u2") == 0);
  CHECK(warned("/home/u/x") == 0);
}

TEST_CASE("mount points and what may be secrets are found among the entries") {
  const auto warnings = [](const model::Effect& effect) {
    std::string all;
    for (const std::string& one : pvmctl::approval::warnings_of(effect)) all += one + "\n";
    return all;
  };
  CHECK(warnings(an_effect({entry("a"), entry("keyboard"), entry("id_"), entry("id_rsa.pub")})).empty());
  CHECK(has(warnings(an_effect({entry("m", 2, 'd')})), "mount point: /w/d/m"));
  for (const char* name : {".env", ".env.local", "tls.pem", "id_ed25519", "server.key", ".ssh"}) {
    CAPTURE(name);
    CHECK(has(warnings(an_effect({entry(std::string("sub/") + name)})), std::string("/w/d/sub/") + name));
  }
  CHECK(has(warnings(an_effect({entry("a.pem"), entry("b.pem"), entry("c.pem")})), "and 2 more like it"));
}

TEST_CASE("a repository is found by its .git, the operand's own too") {
  CHECK(pvmctl::approval::repositories_in(
            an_effect({entry(".git", 1, 'd'), entry("sub/.git"), entry("x.git")})) ==
        std::vector<std::string>{"/w/d", "/w/d/sub"});
}

TEST_CASE("a request of another machine is shown with that machine and its age, as told by it") {
  const vault::Request request = a_request();
  View view = a_view(request);
  view.obstacle = "it is on another machine, 'laptop'";
  view.is_elsewhere = true;
  CHECK(has(card(request, view),
            "  ! as told by 'laptop', 12 s ago: another machine, and nothing was looked up on this one\n"));
}
