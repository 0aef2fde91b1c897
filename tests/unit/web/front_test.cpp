// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/front.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "libpvm/crypto/sha256.hpp"
#include "pvmctl/approval/login_door.hpp"
#include "pvmctl/web/api.hpp"

using namespace pvm;
using namespace pvm::pvmctl;
using namespace pvm::pvmctl::web;
using base::Result;

namespace {

constexpr const char* k_id = "00112233445566778899aabbccddeeff";
constexpr const char* k_origin = "http://127.0.0.1:8765";

/// Counts what would change something.
class CountingDesk final : public Desk {
 public:
  int changes = 0;
  std::string told;
  std::optional<Order> order;

  Result<Json> pending() override { return Json{{"requests", Json::array()}}; }
  Result<Json> status() override { return Json{{"tier", 0}}; }
  Result<Counts> counts() override { return Counts{3, 2, true}; }
  Result<Json> history(const std::string& query, std::uint64_t) override { return Json{{"q", query}}; }
  Result<Json> grants() override { return Json{{"grants", Json::array()}}; }
  Result<Json> audit(const std::string&, std::uint64_t before) override { return Json{{"before", before}}; }
  Result<Json> review(const std::string& id) override { return Json{{"id", id}}; }
  Result<Json> approve(const Order& given, const Person& person) override {
    ++changes;
    order = given;
    told = person.principal;
    return Json::object();
  }
  Result<void> deny(const std::string& id, const std::string& note) override { return change(id + " " + note); }
  Result<void> revoke(const std::string& id) override { return change(id); }
  Result<void> lock(const std::string& reason) override { return change("lock " + reason); }
  Result<void> panic(const std::string& reason) override { return change("panic " + reason); }

 private:
  Result<void> change(const std::string& what) {
    ++changes;
    told = what;
    return {};
  }
};

struct Scene {
  CountingDesk desk;
  Sessions sessions;
  Events events;
  Metrics metrics;
  base::SystemClock clock;
  Front front{{desk, sessions, events, metrics, clock}, Origins({k_origin, "http://localhost:8765"}), Transport::plain};
  std::string cookie;
  std::string key;
  Moment now{};

  Scene() {
    const std::string token = approval::new_token();
    REQUIRE(sessions.announce(crypto::sha256(token), {"alice@host", false}, clock.now() + base::Seconds(60), clock.now()));
    const auto opened = sessions.open(token, clock.now());
    REQUIRE(opened);
    cookie = front.cookie_name() + "=" + opened->cookie;
    key = opened->key;
  }

  [[nodiscard]] HttpRequest get(const std::string& target) const {
    return {"GET", target, {{"host", "127.0.0.1:8765"}, {"cookie", cookie}, {"x-pvm-key", key}}, "", "127.0.0.1"};
  }
  [[nodiscard]] HttpRequest post(const std::string& target, const std::string& body = "{}") const {
    HttpRequest request = get(target);
    request.method = "POST";
    request.body = body;
    request.headers.emplace_back("origin", k_origin);
    request.headers.emplace_back("content-type", "application/json");
    return request;
  }
  Answer answer(const HttpRequest& request) {
    auto taken = front.take(request, now);
    if (auto* later = std::get_if<Later>(&taken.outcome)) return later->work();
    REQUIRE(std::holds_alternative<Answer>(taken.outcome));
    return std::get<Answer>(taken.outcome);
  }
  unsigned status(const HttpRequest& request) { return answer(request).status; }
};

HttpRequest without(HttpRequest request, std::string_view name) {
  std::erase_if(request.headers, [name](const auto& header) { return header.first == name; });
  return request;
}

HttpRequest with(HttpRequest request, const std::string& name, const std::string& value) {
  request = without(std::move(request), name);
  request.headers.emplace_back(name, value);
  return request;
}

const std::string k_deny = std::string("/api/v1/requests/") + k_id + "/deny";

}  // namespace

TEST_CASE("who is logged in denies, approves, revokes and stops") {
  Scene scene;
  CHECK(scene.status(scene.post(k_deny, R"({"note":"use make clean"})")) == 200);
  CHECK(scene.desk.told == std::string(k_id) + " use make clean");
  CHECK(scene.status(scene.post(std::string("/api/v1/grants/") + k_id + "/revoke")) == 200);
  CHECK(scene.status(scene.post("/api/v1/lock", R"({"reason":"why"})")) == 200);
  CHECK(scene.desk.told == "lock why");
  CHECK(scene.status(scene.post("/api/v1/panic")) == 200);
  CHECK(scene.desk.told == "panic ");
  CHECK(scene.status(scene.post(std::string("/api/v1/requests/") + k_id + "/approve",
                                R"({"for_seconds":1800,"uses":3,"scopes":["/a/"],"note":"ok","seen":"sha256:00"})")) == 200);
  REQUIRE(scene.desk.order);
  CHECK(scene.desk.order->life == base::Seconds(1800));
  CHECK(scene.desk.order->uses == 3);
  CHECK(scene.desk.order->scopes == std::vector<std::string>{"/a/"});
  CHECK(scene.desk.order->seen == "sha256:00");
  CHECK(scene.desk.told == "alice@host");
}

TEST_CASE("no request that lacks one of its proofs changes anything") {
  Scene scene;
  const HttpRequest good = scene.post(k_deny);
  CHECK(scene.status(without(good, "cookie")) == 401);
  CHECK(scene.status(without(good, "x-pvm-key")) == 401);
  CHECK(scene.status(with(good, "x-pvm-key", approval::new_token())) == 401);
  CHECK(scene.status(with(good, "cookie", scene.front.cookie_name() + "=" + approval::new_token())) == 401);
  CHECK(scene.status(with(good, "cookie", scene.cookie + "; " + scene.cookie)) == 401);
  CHECK(scene.status(without(good, "origin")) == 403);
  CHECK(scene.status(with(good, "origin", "https://evil.example")) == 403);
  CHECK(scene.status(with(good, "origin", "http://127.0.0.1:9999")) == 403);
  CHECK(scene.status(with(good, "origin", "null")) == 403);
  CHECK(scene.status(with(good, "host", "evil.example")) == 403);
  CHECK(scene.status(without(good, "host")) == 403);
  CHECK(scene.status(with(good, "sec-fetch-site", "same-site")) == 403);
  CHECK(scene.status(with(good, "content-type", "text/plain")) == 415);
  CHECK(scene.status(with(good, "content-type", "application/x-www-form-urlencoded")) == 415);
  CHECK(scene.status(without(good, "content-type")) == 415);
  CHECK(scene.desk.changes == 0);
  CHECK(scene.status(good) == 200);
  CHECK(scene.desk.changes == 1);
}

TEST_CASE("GET decides nothing") {
  Scene scene;
  for (const char* path : {"status", "requests", "grants", "decisions", "audit", "session"}) {
    CHECK_MESSAGE(scene.status(scene.get(std::string("/api/v1/") + path)) == 200, path);
  }
  CHECK(scene.status(scene.get(std::string("/api/v1/requests/") + k_id)) == 200);
  const std::string id = k_id;
  for (const std::string& path : {"requests/" + id + "/deny", "requests/" + id + "/approve", "grants/" + id + "/revoke", std::string("lock"), std::string("panic")}) {
    const Answer answer = scene.answer(scene.get("/api/v1/" + path));
    CHECK_MESSAGE(answer.status == 405, path);
    CHECK(std::ranges::count(answer.headers, std::pair<std::string, std::string>("Allow", "POST")) == 1);
  }
  CHECK(scene.status(scene.get("/api/v1/logout")) == 405);
  CHECK(scene.status(scene.get("/api/v1/login")) == 405);
  CHECK(scene.desk.changes == 0);
}

TEST_CASE("what could be two requests is none, and ends the connection") {
  Scene scene;
  const auto ends = [&scene](HttpRequest request, unsigned status) {
    const Answer answer = scene.answer(request);
    CHECK(answer.status == status);
    CHECK(answer.ends_connection);
  };
  for (const char* name : {"host", "origin", "cookie", "content-length", "content-type", "x-pvm-key"}) {
    HttpRequest twice = scene.post(k_deny);
    twice.headers.emplace_back(name, "x");
    twice.headers.emplace_back(name, "x");
    ends(twice, 400);
  }
  ends(with(scene.post(k_deny), "transfer-encoding", "chunked"), 400);
  for (const char* length : {"2, 2", "2,2", "+2", "-2", "0x2", " 2", "2 ", "02", ""}) ends(with(scene.post(k_deny), "content-length", length), 400);
  ends(with(scene.post(k_deny), "expect", "100-continue"), 417);
  HttpRequest other = scene.get("/api/v1/status");
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "CONNECT", "get", ""}) {
    other.method = method;
    ends(other, 405);
  }
  HttpRequest with_body = scene.get("/api/v1/status");
  with_body.body = "x";
  ends(with_body, 400);
  CHECK(scene.desk.changes == 0);
}

TEST_CASE("a body is one object of known members, of their types") {
  Scene scene;
  for (const char* body : {"", "x", "[]", "null", "\"note\"", "{", R"({"note":1})", R"({"note":"a","note":"b"})", R"({"Note":"a"})", R"({"note":"a","x":1})",
                           R"({"note":["a"]})", R"({"note":{"a":"b"}})", R"({"note":"a"}{})", "{\"note\":\"\xFF\"}"}) {
    CHECK_MESSAGE(scene.status(scene.post(k_deny, body)) == 400, body);
  }
  CHECK(scene.status(scene.post(k_deny, R"({"note":")" + std::string(1001, 'a') + "\"}")) == 409);
  CHECK(scene.status(scene.post(k_deny, std::string(8000, '['))) == 400);
  const std::string approve = std::string("/api/v1/requests/") + k_id + "/approve";
  for (const char* body : {R"({"uses":0})", R"({"uses":-1})", R"({"uses":1.5})", R"({"uses":"1"})", R"({"uses":99999999999})", R"({"for_seconds":0})",
                           R"({"for_seconds":1e9})", R"({"for_seconds":43201})", R"({"scopes":"/"})", R"({"scopes":[1]})", R"({"scopes":[["/"]]})",
                           R"({"seen":1})", R"({"widen":true})", R"({"unbound":true})"}) {
    CHECK_MESSAGE(scene.status(scene.post(approve, body)) == 400, body);
  }
  CHECK(scene.desk.changes == 0);
}

TEST_CASE("an id is whole") {
  Scene scene;
  for (const char* id : {"0011", "00112233445566778899AABBCCDDEEFF", "00112233445566778899aabbccddeeff0", "zz112233445566778899aabbccddeeff"}) {
    CHECK(scene.status(scene.post(std::string("/api/v1/requests/") + id + "/deny")) == 404);
  }
  CHECK(scene.status(scene.post("/api/v1/requests/../panic")) == 400);
  CHECK(scene.desk.changes == 0);
}

TEST_CASE("the page is shown to everybody, and is a few files that are known by name") {
  Scene scene;
  HttpRequest stranger = without(without(scene.get("/"), "cookie"), "x-pvm-key");
  CHECK(scene.status(stranger) == 200);
  stranger.target = "/login";
  CHECK(scene.status(stranger) == 200);
  stranger.target = "/app.js";
  CHECK(scene.answer(stranger).type == "text/javascript; charset=utf-8");
  CHECK(scene.status(with(stranger, "sec-fetch-site", "cross-site")) == 200);
  CHECK(scene.status(with(stranger, "host", "evil.example")) == 403);
  for (const char* path : {"/nosuch", "/page", "/app.js/x", "/etc/passwd", "/api", "/api/v2/status", "/index.html/"}) {
    stranger.target = path;
    CHECK(scene.status(stranger) >= 400);
  }
  stranger.target = "/healthz";
  CHECK(scene.status(stranger) == 200);
  stranger.target = "/metrics";
  CHECK(scene.answer(stranger).body.find("pvm_requests_pending 3\n") != std::string::npos);
}

TEST_CASE("logging in spends the token and sets a cookie that no script and no other site sends") {
  Scene scene;
  const std::string token = approval::new_token();
  REQUIRE(scene.sessions.announce(crypto::sha256(token), {"bob@host", false}, scene.clock.now() + base::Seconds(60), scene.clock.now()));
  const HttpRequest request = without(without(scene.post("/api/v1/login", R"({"token":")" + token + "\"}"), "cookie"), "x-pvm-key");
  const Answer opened = scene.answer(request);
  REQUIRE(opened.status == 200);
  REQUIRE(opened.headers.size() == 1);
  CHECK(opened.headers[0].second.starts_with("pvm-8765="));
  CHECK(opened.headers[0].second.ends_with("; Path=/; HttpOnly; SameSite=Strict"));
  CHECK(opened.body.find("bob@host") != std::string::npos);
  CHECK(scene.status(request) == 403);
  CHECK(scene.status(scene.post("/api/v1/login", "{}")) == 400);
  CHECK(scene.status(scene.post("/api/v1/login", R"({"token":1})")) == 400);
}

TEST_CASE("over TLS the cookie is bound to this host") {
  Scene scene;
  Front front({scene.desk, scene.sessions, scene.events, scene.metrics, scene.clock}, Origins({"https://pvm.example.org"}), Transport::secure);
  CHECK(front.cookie_name() == "__Host-pvm");
}

TEST_CASE("after logging out both secrets are worth nothing") {
  Scene scene;
  CHECK(scene.status(scene.post("/api/v1/logout")) == 200);
  CHECK(scene.status(scene.get("/api/v1/status")) == 401);
}

TEST_CASE("who floods is slowed down, and keeps nobody else out") {
  Scene scene;
  HttpRequest stranger = without(without(scene.get("/healthz"), "cookie"), "x-pvm-key");
  unsigned last = 200;
  for (int i = 0; i < 2000 && last == 200; ++i) last = scene.status(stranger);
  CHECK(last == 429);
  CHECK(scene.status(without(scene.get("/"), "cookie")) == 200);  // who is to log in needs it
  CHECK(scene.status(without(scene.get("/api/v1/status"), "cookie")) == 429);
  CHECK(scene.status(scene.get("/api/v1/status")) == 200);
  const std::string token = approval::new_token();
  REQUIRE(scene.sessions.announce(crypto::sha256(token), {"bob@host", false}, scene.clock.now() + base::Seconds(60), scene.clock.now()));
  CHECK(scene.status(scene.post("/api/v1/login", R"({"token":"x"})")) == 429);
  CHECK(scene.status(scene.post("/api/v1/login", R"({"token":")" + token + "\"}")) == 200);
  scene.now += std::chrono::seconds(10);
  CHECK(scene.status(stranger) == 200);
}

TEST_CASE("a session has a rate, too") {
  Scene scene;
  unsigned last = 200;
  for (int i = 0; i < 2000 && last == 200; ++i) last = scene.status(scene.get("/api/v1/status"));
  CHECK(last == 429);
}

TEST_CASE("who listens says what it had last, in digits") {
  Scene scene;
  const auto stream = scene.front.take(with(scene.get("/api/v1/events"), "last-event-id", "12"), scene.now);
  REQUIRE(std::holds_alternative<EventStream>(stream.outcome));
  CHECK(std::get<EventStream>(stream.outcome).after == 12);
  CHECK(scene.status(with(scene.get("/api/v1/events"), "last-event-id", "-1")) == 400);
  CHECK(scene.status(with(scene.get("/api/v1/events"), "last-event-id", "1 2")) == 400);
  CHECK(scene.status(without(scene.get("/api/v1/events"), "x-pvm-key")) == 401);
}
