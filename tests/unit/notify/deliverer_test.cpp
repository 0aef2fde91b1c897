// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/deliverer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/notify/peer.hpp"
#include "tests/unit/notify/service_samples.hpp"
#include "tests/unit/system/temporary_directory.hpp"

using namespace pvm::notify;
using namespace pvm::notify::test;
using namespace std::chrono_literals;
using pvm::system::Environment;

namespace {

class FixedClock final : public pvm::base::Clock {
 public:
  [[nodiscard]] pvm::base::UnixTime now() const override { return time; }
  pvm::base::UnixTime time = k_now;
};

constexpr Pace k_fast{1ms, 400ms};

Channel telegram_at(const std::string& name, const std::string& url) {
  Channel channel = channel_of(Service::telegram);
  channel.name = name;
  channel.base_url = url;
  channel.place = "1";
  return channel;
}

const std::string k_ok = http("200 OK", R"({"ok":true,"result":{"message_id":77}})");

/// A deliverer with one channel for each peer, "c0", "c1", …
struct Scene {
  explicit Scene(std::vector<Peer::Script> scripts) {
    Configuration configuration;
    for (Peer::Script& script : scripts) {
      peers.push_back(std::make_unique<Peer>(context, std::move(script)));
      configuration.channels.push_back(telegram_at("c" + std::to_string(peers.size() - 1), peers.back()->url()));
    }
    start(std::move(configuration));
  }
  void start(Configuration configuration) {
    deliverer = std::make_unique<Deliverer>(context, std::move(configuration), clock, Environment(), k_fast);
  }
  Deliverer::Told told() {
    return [this](const Attempt& attempt) { attempts.push_back(attempt); };
  }
  /// Until nothing is under way.
  void finish() {
    bool is_done = false;
    deliverer->drain([&is_done] { is_done = true; });
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!is_done && std::chrono::steady_clock::now() < end) context.run_one_for(100ms);
    REQUIRE(is_done);
  }
  [[nodiscard]] std::vector<Outcome> outcomes() const {
    std::vector<Outcome> all;
    for (const Attempt& attempt : attempts) all.push_back(attempt.outcome);
    return all;
  }

  boost::asio::io_context context;
  FixedClock clock;
  std::vector<std::unique_ptr<Peer>> peers;
  std::unique_ptr<Deliverer> deliverer;
  std::vector<Attempt> attempts;
};

Peer::Script always(const std::string& answer) {
  return [answer](int) { return answer; };
}

constexpr auto k_retry = Outcome::will_retry;

}  // namespace

TEST_CASE("every channel is told once, and gives the handle to edit by") {
  Scene scene({always(k_ok), always(k_ok), always(k_ok)});
  scene.deliverer->send(message(), scene.told());
  scene.finish();
  CHECK(scene.outcomes() == std::vector<Outcome>(3, Outcome::sent));
  for (const auto& peer : scene.peers) REQUIRE(peer->requests.size() == 1);
  CHECK(scene.peers[0]->requests[0].starts_with("POST /bot12:TOKEN-SECRET/sendMessage HTTP/1.1\r\n"));
  CHECK(scene.attempts[0].handle == "77");
}

TEST_CASE("what may pass is tried four times, what will not once") {
  for (const char* const status : {"500 Internal Server Error", "502 Bad Gateway", "429 Too Many Requests"}) {
    Scene scene({always(http(status))});
    scene.deliverer->send(message(), scene.told());
    scene.finish();
    CHECK(scene.outcomes() == std::vector<Outcome>{k_retry, k_retry, k_retry, Outcome::failed});
    CHECK(scene.attempts[3].attempt == 4);
    CHECK(scene.peers[0]->requests.size() == 4);
  }
  for (const char* const status : {"400 Bad Request", "401 Unauthorized", "404 Not Found", "301 Moved Permanently"}) {
    Scene scene({always(http(status, {}, "Location: /elsewhere\r\n"))});
    scene.deliverer->send(message(), scene.told());
    scene.finish();
    CHECK(scene.outcomes() == std::vector<Outcome>{Outcome::failed});
    CHECK(scene.peers[0]->requests.size() == 1);
  }
}

TEST_CASE("a service that is busy and then is not is told") {
  Scene scene({[](int count) { return count < 3 ? http("429 Too Many Requests", {}, "Retry-After: 3\r\n") : k_ok; }});
  scene.deliverer->send(message(), scene.told());
  scene.finish();
  CHECK(scene.outcomes() == std::vector<Outcome>{k_retry, k_retry, Outcome::sent});
}

TEST_CASE("nothing is tried past the end of the request, nor begun after it") {
  Scene scene({always(http("429 Too Many Requests", {}, "Retry-After: 3600\r\n"))});
  scene.deliverer->send(message(), scene.told());
  scene.finish();
  CHECK(scene.outcomes() == std::vector<Outcome>{Outcome::failed});
  Scene late({always(k_ok)});
  late.clock.time = message().expires;
  late.deliverer->send(message(), late.told());
  late.finish();
  CHECK(late.outcomes() == std::vector<Outcome>{Outcome::failed});
  CHECK(late.peers[0]->requests.empty());
}

TEST_CASE("a dead channel delays no other, and ends by itself") {
  Scene scene({always(""), always(k_ok), always("")});
  for (int number = 0; number < 3; ++number) scene.deliverer->send(message(), scene.told());
  scene.finish();
  REQUIRE(scene.attempts.size() >= 9);
  // All that the live one was told came before the first word on the dead ones.
  for (std::size_t at = 0; at < 3; ++at) CHECK((scene.attempts[at].channel == "c1" && scene.attempts[at].outcome == Outcome::sent));
  CHECK(std::count_if(scene.attempts.begin(), scene.attempts.end(), [](const Attempt& attempt) { return attempt.outcome == Outcome::failed; }) == 6);
}

TEST_CASE("nobody there, nonsense and too much are failures that name no secret") {
  std::string nowhere;
  {
    boost::asio::io_context gone;
    nowhere = Peer(gone, always("")).url();
  }
  Scene scene({always("nonsense\r\n\r\n"), always(http("200 OK", std::string(70 << 10, 'x'))),
               always("HTTP/1.1 200 OK\r\nX: " + std::string(90 << 10, 'x') + "\r\n\r\n"), always(http("200 OK", "12:TOKEN-SECRET")), always("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")});
  Configuration configuration = scene.deliverer->configuration();
  configuration.channels.push_back(telegram_at("nobody", nowhere));
  scene.start(configuration);
  scene.deliverer->send(message(), scene.told());
  scene.finish();
  int failed = 0;
  for (const Attempt& attempt : scene.attempts) {
    CHECK(attempt.why.find("SECRET") == std::string::npos);
    CHECK(attempt.why.find("127.0.0.1") == std::string::npos);
    failed += attempt.outcome == Outcome::failed ? 1 : 0;
  }
  CHECK(failed == 6);
}

TEST_CASE("a decision takes the buttons away") {
  Scene scene({always(k_ok)});
  scene.deliverer->edit("c0", "77", message(), {"denied by alice", k_now}, scene.told());
  scene.deliverer->edit("c0", "", message(), {"denied by alice", k_now}, scene.told());
  scene.deliverer->edit("nosuch", "77", message(), {"denied by alice", k_now}, scene.told());
  scene.finish();
  REQUIRE(scene.peers[0]->requests.size() == 1);
  CHECK(scene.peers[0]->requests[0].starts_with("POST /bot12:TOKEN-SECRET/editMessageText HTTP/1.1\r\n"));
  CHECK(scene.peers[0]->requests[0].find("denied by alice") != std::string::npos);
}

TEST_CASE("an agent that asks too much is told of in few messages, and each request hears what became of its own") {
  Scene scene({always(k_ok)});
  std::vector<int> heard(20);
  for (std::size_t number = 0; number < heard.size(); ++number) {
    scene.deliverer->send(message(), [&heard, number](const Attempt&) { ++heard[number]; });
  }
  scene.finish();
  CHECK(scene.peers[0]->requests.size() == 4);
  CHECK(scene.peers[0]->requests[3].find("16 more requests") != std::string::npos);
  CHECK(heard == std::vector<int>(20, 1));
}

TEST_CASE("a channel that answers nobody does not gather messages without end") {
  Scene scene({always("")});
  for (int number = 0; number < 100; ++number) CHECK(scene.deliverer->send_to("c0", message(), scene.told()));
  scene.context.run_for(20ms);
  CHECK(std::count_if(scene.attempts.begin(), scene.attempts.end(), [](const Attempt& attempt) { return attempt.outcome == Outcome::failed; }) == 36);
  scene.deliverer.reset();  // with 64 under way
  scene.context.run_for(20ms);
  CHECK(scene.attempts.size() == 36);
}

TEST_CASE("a command is given its time, and is killed with all that it started") {
  const pvm::test::TemporaryDirectory box;
  Scene scene({});
  Configuration configuration;
  Channel slow = channel_of(Service::command);
  slow.command = {"/bin/sh", "-c", "(sleep 1000; echo late >" + box.at("late") + ") & echo $! >" + box.at("pid") + "; wait"};
  Channel quick = channel_of(Service::command);
  quick.name = "quick";
  quick.command = {"/bin/sh", "-c", "ls /proc/self/fd | wc -l >" + box.at("fds") + "; cat >" + box.at("told")};
  configuration.channels = {slow, quick};
  scene.start(configuration);
  scene.deliverer->send(message(), scene.told());
  scene.finish();
  REQUIRE(scene.attempts.size() == 2);
  CHECK(scene.attempts[0].channel == "quick");
  CHECK(scene.attempts[0].outcome == Outcome::sent);
  CHECK(scene.attempts[1].why == "'/bin/sh' took too long");
  CHECK(pvm::test::contents_of(box.at("told")).starts_with("{\"request\":"));
  CHECK(std::stoi(pvm::test::contents_of(box.at("fds"))) <= 4);  // three, and the one that lists them
  const pid_t pid = std::stoi(pvm::test::contents_of(box.at("pid")));
  bool is_gone = false;
  for (int times = 0; times < 1000 && !is_gone; ++times) {  // its new parent has to reap it
    const std::string state = pvm::test::contents_of("/proc/" + std::to_string(pid) + "/stat");
    is_gone = state.empty() || state.find(") Z ") != std::string::npos;
    if (!is_gone) scene.context.run_for(5ms);
    scene.context.restart();
  }
  CHECK(is_gone);
}
