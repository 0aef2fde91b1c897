// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "libpvm/base/text.hpp"
#include "pvmctl/request_view.hpp"
#include "pvmctl/verbs/own_request.hpp"

using namespace pvm::pvmctl;
using pvm::base::from_unix;
using pvm::vault::Request;
using pvm::vault::RequestState;

namespace {

const auto k_now = from_unix(1'790'000'000);

Request sample(RequestState state) {
  pvm::vault::Wish wish;
  wish.operation = {"claude",
                    pvm::model::Action::rm,
                    {pvm::model::Attribute::recursive},
                    {{"/srv/app/build", pvm::model::Extent::tree}}};
  wish.invocation = {"/srv/app", {"rm", "-rf", "build", "a b"}};
  wish.summary = {2, 1, 40, pvm::model::Completeness::whole};
  return Request{*pvm::base::RequestId::from_hex("5ab2000000000000000000000000000f"),
                 state,
                 wish,
                 "clean build",
                 "not \x1b[2Jnow",
                 std::nullopt,
                 std::nullopt,
                 "host",
                 "bash",
                 k_now - pvm::base::Seconds(60),
                 k_now + pvm::base::Seconds(3600),
                 std::nullopt,
                 k_now,
                 std::nullopt,
                 std::nullopt};
}

}  // namespace

TEST_CASE("the exit status of an answer tells approved from pending from everything else") {
  CHECK(answer_reply(sample(RequestState::approved), k_now).status == 0);
  CHECK(answer_reply(sample(RequestState::pending), k_now).status == 75);
  for (const auto state :
       {RequestState::denied, RequestState::cancelled, RequestState::expired, RequestState::stale}) {
    CHECK(answer_reply(sample(state), k_now).status == 1);
  }
}

TEST_CASE("an answer carries the approver's note, harmless") {
  const Reply reply = answer_reply(sample(RequestState::denied), k_now);
  CHECK(reply.text.find("their note: 'not \\x1B[2Jnow'") != std::string::npos);
  CHECK(reply.text.find('\x1b') == std::string::npos);
  CHECK(reply.json["note"] == "not \\x1B[2Jnow");
}

TEST_CASE("every state has a next step, and a denial's is not to ask again") {
  for (const auto state : {RequestState::pending, RequestState::approved, RequestState::denied,
                           RequestState::cancelled, RequestState::expired, RequestState::stale}) {
    CHECK_FALSE(next_step_of(sample(state)).empty());
  }
  CHECK(next_step_of(sample(RequestState::pending)) == "pvmctl wait 5ab20000");
  CHECK(next_step_of(sample(RequestState::denied)).find("do not ask again") != std::string::npos);
}

TEST_CASE("a request as JSON has stable names") {
  const Json json = request_json(sample(RequestState::pending));
  CHECK(json["id"] == "5ab2000000000000000000000000000f");
  CHECK(json["state"] == "pending");
  CHECK(json["agent"] == "claude");
  CHECK(json["action"] == "rm");
  CHECK(json["command"] == "rm -rf build 'a b'");
  CHECK(json["cwd"] == "/srv/app");
  CHECK(json["resources"] == Json::array({{{"path", "/srv/app/build"}, {"extent", "tree"}}}));
  CHECK(json["may"] == Json::array({"recursive"}));
  CHECK(json["effect"]["digest"].is_null());
  CHECK(json["effect"]["files"] == 2);
  CHECK(json["asked"] == "2026-09-21T14:12:20Z");
  CHECK(json["expires"] == "2026-09-21T15:13:20Z");
  CHECK(json["grant"].is_null());
}

TEST_CASE("a request for scopes has no command and no effect") {
  Request request = sample(RequestState::pending);
  request.wish.operation.resources.clear();
  request.wish.invocation.argv.clear();
  request.wish.scopes.push_back(pvm::model::Scope::exactly("/srv/app/build"));
  request.wish.scopes.push_back(pvm::model::Scope::exactly("/srv/app/dist"));
  const Json json = request_json(request);
  CHECK(json["command"].is_null());
  CHECK(json["cwd"].is_null());
  CHECK(json["effect"].is_null());
  CHECK(json["scopes"] == Json::array({"/srv/app/build", "/srv/app/dist"}));
  CHECK(wish_line(request.wish) == "rm (recursive) within '/srv/app/build' and 1 more");
  CHECK(request_text(request, k_now).find("scope     '/srv/app/dist'") != std::string::npos);
}

TEST_CASE("a time to wait is 0 or a duration of at most a day") {
  CHECK(parse_wait("0", "--wait")->count() == 0);
  CHECK(parse_wait("90", "--wait")->count() == 90);
  CHECK(parse_wait("2m", "--wait")->count() == 120);
  CHECK(parse_wait("24h", "--wait")->count() == 86400);
  for (const char* text : {"", "25h", "-1", "1.5", "soon", "00", "90 "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_wait(text, "--wait"));
  }
}
