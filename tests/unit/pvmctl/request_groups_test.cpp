// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/request_groups.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "libpvm/crypto/sha256.hpp"
#include "pvmctl/pending_view.hpp"

namespace {

using namespace pvm;
using base::Seconds;
using pvmctl::group_requests;
using pvmctl::RequestGroup;

constexpr base::UnixTime k_now = base::from_unix(1'790'000'000);
const std::string k_home = "/home/u";

vault::Request asked(const std::vector<std::string>& paths, const std::string& agent = "claude",
                     const std::string& host = "laptop") {
  vault::Request request{crypto::random_id<base::RequestId>(),
                         vault::RequestState::pending,
                         {},
                         "clean",
                         "",
                         {},
                         {},
                         host,
                         "",
                         k_now - Seconds(4 * 3600 + 600),
                         k_now + Seconds(3600),
                         {},
                         k_now - Seconds(4 * 3600),
                         {},
                         {}};
  request.wish.operation.agent = agent;
  for (const std::string& path : paths) request.wish.operation.resources.push_back({path, model::Extent::item});
  request.wish.invocation = {"/", {"rm"}};
  request.wish.invocation.argv.insert(request.wish.invocation.argv.end(), paths.begin(), paths.end());
  request.wish.summary = {paths.size(), 0, 10, model::Completeness::whole};
  return request;
}

// "claude /home/u/app: /home/u/app/a /home/u/app/b" for each group.
std::vector<std::string> outline(const std::vector<RequestGroup>& groups) {
  std::vector<std::string> lines;
  for (const RequestGroup& group : groups) {
    std::string line = group.agent + " " + group.directory + ":";
    for (const vault::Request& request : group.requests) {
      for (const model::Resource& resource : request.wish.operation.resources) line += " " + resource.name;
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("the tree of a directory, by table") {
  struct Case {
    const char* directory;
    const char* home;
    const char* tree;
  };
  const Case cases[] = {
      {"/home/u/app", "/home/u", "/home/u/app"},
      {"/home/u/app/src/deep", "/home/u", "/home/u/app"},
      {"/home/u/src/one", "/home/u", "/home/u/src"},
      {"/home/u", "/home/u", "/home/u"},   // loose in a home
      {"/home", "/home/u", "/home"},       // above it
      {"/", "/home/u", "/"},
      {"/home/u2/app", "/home/u", "/home/u2"},  // another home: whole components
      {"/srv", "/home/u", "/srv"},
      {"/srv/app", "/home/u", "/srv/app"},
      {"/srv/app/a/b", "/home/u", "/srv/app"},
      {"/tmp", "/home/u", "/tmp"},
      {"/tmp/x/y", "/home/u", "/tmp/x"},
      {"/root/app/x", "/root", "/root/app"},
      {"/root", "/root", "/root"},
      {"/tmp/box/real/work", "/tmp/box/home", "/tmp/box/real"},  // two components would be above the home
      {"/tmp/box/home/app/x", "/tmp/box/home", "/tmp/box/home/app"},
      {"/a/b/c", "", "/a/b"},
      {"/a/b/c", "/", "/a/b"},
      {"/a/b/c", "not/absolute", "/a/b"},
      {"/a/b/c", "/a/b/", "/a/b"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.directory);
    CAPTURE(one.home);
    CHECK(pvmctl::tree_of(one.directory, one.home) == one.tree);
  }
}

TEST_CASE("requests of one tree fall together, and unrelated ones do not, by table") {
  struct Case {
    std::vector<std::vector<std::string>> asked;
    std::vector<std::string> groups;
  };
  const Case cases[] = {
      {{}, {}},
      {{{"/home/u/app/a"}}, {"claude /home/u/app: /home/u/app/a"}},
      {{{"/home/u/app/a"}, {"/home/u/app/b"}}, {"claude /home/u/app: /home/u/app/a /home/u/app/b"}},
      {{{"/home/u/app/x/a"}, {"/home/u/app/x/y/b"}}, {"claude /home/u/app/x: /home/u/app/x/a /home/u/app/x/y/b"}},
      {{{"/home/u/app/a"}, {"/home/u/web/a"}, {"/home/u/app/b"}},
       {"claude /home/u/app: /home/u/app/a /home/u/app/b", "claude /home/u/web: /home/u/web/a"}},
      {{{"/home/u/app"}, {"/home/u/app/a"}}, {"claude /home/u: /home/u/app", "claude /home/u/app: /home/u/app/a"}},
      {{{"/home/u/a"}, {"/home/u/b"}}, {"claude /home/u: /home/u/a /home/u/b"}},
      {{{"/srv/one/a"}, {"/srv/two/a"}}, {"claude /srv/one: /srv/one/a", "claude /srv/two: /srv/two/a"}},
      {{{"/tmp/a"}, {"/tmp/b"}, {"/tmp/c/d"}}, {"claude /tmp: /tmp/a /tmp/b", "claude /tmp/c: /tmp/c/d"}},
      {{{"/home/u/app/a", "/home/u/web/b"}, {"/home/u/app/c"}},
       {"claude /home/u: /home/u/app/a /home/u/web/b", "claude /home/u/app: /home/u/app/c"}},
      {{{"/a"}, {"/b"}}, {"claude /: /a /b"}},
      {{{"/home/u/ap\n/a"}, {"/home/u/ap/a"}},
       {"claude /home/u/ap\n: /home/u/ap\n/a", "claude /home/u/ap: /home/u/ap/a"}},
  };
  for (const Case& one : cases) {
    std::vector<vault::Request> requests;
    for (const auto& paths : one.asked) requests.push_back(asked(paths));
    CHECK(outline(group_requests(requests, k_home)) == one.groups);
    // The order in which they come decides the order of the groups alone.
    const auto directories = [&requests] {
      std::vector<std::string> all;
      for (const RequestGroup& group : group_requests(requests, k_home)) all.push_back(group.directory);
      std::ranges::sort(all);
      return all;
    };
    const auto before = directories();
    std::ranges::reverse(requests);
    CHECK(directories() == before);
  }
}

TEST_CASE("agents, hosts and requests for scopes are never put together") {
  auto scopes = asked({});
  scopes.wish.scopes.push_back(model::Scope::exactly("/home/u/app"));
  std::vector<vault::Request> requests = {asked({"/home/u/app/a"}), asked({"/home/u/app/b"}, "codex"),
                                          asked({"/home/u/app/c"}, "claude", "server"), scopes, scopes};
  CHECK(group_requests(requests, k_home).size() == 5);
  CHECK(group_requests(requests, k_home).back().directory.empty());
}

TEST_CASE("a group adds up what is asked for") {
  std::vector<vault::Request> requests = {asked({"/w/x/a"}), asked({"/w/x/b", "/w/x/c"})};
  requests[1].wish.summary.completeness = model::Completeness::bounded;
  const auto groups = group_requests(requests, k_home);
  REQUIRE(groups.size() == 1);
  const auto total = pvmctl::total_effect(groups[0]);
  CHECK(total.files == 3);
  CHECK(total.bytes == 20);
  CHECK(total.completeness == model::Completeness::bounded);
}

TEST_CASE("a long group shows its first lines and says how many more there are") {
  std::vector<vault::Request> requests;
  for (int i = 0; i < 20; ++i) requests.push_back(asked({"/home/u/app/f" + std::to_string(100 + i)}));
  requests[0].waiting_until = k_now + Seconds(5);
  requests.push_back(asked({"/home/u/web/-alone"}));
  const auto groups = group_requests(requests, k_home);
  const std::string first = pvmctl::pending_text(groups, k_home, k_now, pvmctl::Lines::first);
  CAPTURE(first);
  CHECK(first.starts_with("claude wants rm in ~/app: 20 requests, 20 files, 200 B; 1 waiting now\n"));
  CHECK(first.find("  and 12 more, with --all\n") != std::string::npos);
  CHECK(first.find("rm f107 ") != std::string::npos);
  CHECK(first.find("f108") == std::string::npos);
  CHECK(first.find("asked 4 h ago, not waiting") != std::string::npos);
  CHECK(first.find("ID        AGENT   STATE") != std::string::npos);
  const std::string all = pvmctl::pending_text(groups, k_home, k_now, pvmctl::Lines::all);
  CHECK(all.find("f119") != std::string::npos);
  CHECK(all.find("more, with") == std::string::npos);
  CHECK(pvmctl::groups_json(groups, k_now)[0]["waiting"] == 1);
}
