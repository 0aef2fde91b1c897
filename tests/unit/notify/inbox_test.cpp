// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/inbox.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/notify/callback_samples.hpp"
#include "tests/unit/notify/peer.hpp"
#include "tests/unit/notify/service_samples.hpp"

using namespace pvm::notify;
using namespace pvm::notify::test;
using namespace std::chrono_literals;

namespace {

/// What was heard until `enough` of it was, from a Telegram that answers by `script`.
struct Listening {
  Listening(Peer::Script script, std::size_t enough, Updates updates = Updates::poll) : peer(context, std::move(script)) {
    Configuration configuration;
    configuration.channels = {channel_of(Service::telegram)};
    configuration.channels[0].base_url = peer.url();
    configuration.channels[0].updates = updates;
    Inbox inbox(
        context, configuration,
        [this](const std::string& channel, const Answered& answered) {
          CHECK(channel == "telegram");
          heard.push_back(answered);
        },
        [this](const std::string&, const std::string& why) { troubles.push_back(why); }, {2ms, 5ms, 0});
    const auto end = std::chrono::steady_clock::now() + (enough == 0 ? 50ms : 20000ms);
    while (heard.size() + troubles.size() < enough && std::chrono::steady_clock::now() < end) context.run_one_for(50ms);
    context.run_for(enough == 0 ? 50ms : 20ms);
  }
  boost::asio::io_context context;
  Peer peer;
  std::vector<Answered> heard;
  std::vector<std::string> troubles;
};

std::string updates(const std::string& inside) { return http("200 OK", R"({"ok":true,"result":[)" + inside + "]}"); }

bool is_poll(const std::string& request) { return request.starts_with("POST /bot12:TOKEN-SECRET/getUpdates HTTP/1.1\r\n"); }

}  // namespace

TEST_CASE("Telegram is asked, what it says is heard once, confirmed, and asked for from there on") {
  int polls = 0;
  Listening scene([&polls](int) { return ++polls == 1 ? updates(telegram_update()) : updates(""); }, 1);
  REQUIRE(scene.heard.size() == 1);
  CHECK(scene.heard[0].secret == k_code);
  REQUIRE(scene.peer.requests.size() >= 3);
  CHECK(is_poll(scene.peer.requests[0]));
  CHECK(scene.peer.requests[0].find(R"({"offset":0,)") != std::string::npos);
  bool is_confirmed = false;
  bool is_further = false;
  for (const std::string& request : scene.peer.requests) {
    is_confirmed = is_confirmed || (request.starts_with("POST /bot12:TOKEN-SECRET/answerCallbackQuery") && request.ends_with(R"({"callback_query_id":"4382bfdwdsb323b2d9"})"));
    is_further = is_further || (is_poll(request) && request.find(R"({"offset":10001,)") != std::string::npos);
  }
  CHECK(is_confirmed);
  CHECK(is_further);
}

TEST_CASE("trouble is told without a secret, and it is asked again") {
  Listening scene(
      [](int count) {
        return count == 1 ? http("500 Internal Server Error") : count == 2 ? http("409 Conflict", R"({"description":"12:TOKEN-SECRET"})")
               : count == 3 ? http("200 OK", "{}") : count == 4 ? updates("7") : updates(telegram_update());
      },
      5);
  REQUIRE(scene.troubles.size() >= 4);
  CHECK(scene.troubles[0] == "status 500");
  for (const std::string& why : scene.troubles) CHECK(why.find("SECRET") == std::string::npos);
  CHECK(scene.heard.size() >= 1);
}

TEST_CASE("a Telegram that does not wait is not asked without end") {
  Listening scene([](int) { return updates(""); }, 0);
  CHECK(scene.peer.requests.size() < 60);
  CHECK(scene.peer.requests.size() > 1);
}

TEST_CASE("whoever does not poll is not asked") {
  CHECK(Listening([](int) { return updates(""); }, 0, Updates::webhook).peer.requests.empty());
  CHECK(Listening([](int) { return updates(""); }, 0, Updates::none).peer.requests.empty());
}
