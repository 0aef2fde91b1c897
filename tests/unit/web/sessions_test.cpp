// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/sessions.hpp"

#include <doctest/doctest.h>

#include "libpvm/crypto/sha256.hpp"
#include "pvmctl/approval/login_door.hpp"

using namespace pvm;
using namespace pvm::pvmctl::web;

namespace {

const base::UnixTime k_now = base::from_unix(1'800'000'000);
const base::Seconds k_minute{60};

struct Door {
  Sessions sessions;
  std::string token = pvmctl::approval::new_token();

  Door() { REQUIRE(sessions.announce(crypto::sha256(token), {"alice@host", false}, k_now + k_minute, k_now)); }
  Opened open() {
    auto opened = sessions.open(token, k_now);
    REQUIRE(opened);
    return *opened;
  }
};

}  // namespace

TEST_CASE("a token opens one session, which both secrets together name") {
  Door door;
  const Opened opened = door.open();
  const Session* session = door.sessions.find(opened.cookie, opened.key, k_now);
  REQUIRE(session != nullptr);
  CHECK(session->person.principal == "alice@host");
  CHECK(door.sessions.is_open(opened.session.number, k_now));
}

TEST_CASE("the cookie alone, as a server on another port sees it, names nobody") {
  Door door;
  const Opened opened = door.open();
  CHECK(door.sessions.find(opened.cookie, "", k_now) == nullptr);
  CHECK(door.sessions.find(opened.cookie, opened.cookie, k_now) == nullptr);
  CHECK(door.sessions.find("", opened.key, k_now) == nullptr);
  CHECK(door.sessions.find(opened.key, opened.cookie, k_now) == nullptr);
}

TEST_CASE("the key of one session does not go with the cookie of another") {
  Door door;
  const Opened first = door.open();
  const std::string token = pvmctl::approval::new_token();
  REQUIRE(door.sessions.announce(crypto::sha256(token), {"bob@host", false}, k_now + k_minute, k_now));
  const auto second = door.sessions.open(token, k_now);
  REQUIRE(second);
  CHECK(door.sessions.find(first.cookie, second->key, k_now) == nullptr);
  CHECK(door.sessions.find(second->cookie, first.key, k_now) == nullptr);
}

TEST_CASE("what is no announced token opens nothing") {
  Door door;
  CHECK_FALSE(door.sessions.open("", k_now));
  CHECK_FALSE(door.sessions.open(pvmctl::approval::new_token(), k_now));
  CHECK_FALSE(door.sessions.open(door.token + "A", k_now));
  CHECK_FALSE(door.sessions.open(base::to_hex(crypto::sha256(door.token)), k_now));
  std::string other = door.token;
  other[0] = other[0] == 'A' ? 'B' : 'A';
  CHECK_FALSE(door.sessions.open(other, k_now));
  CHECK(door.sessions.open(door.token, k_now));
}

TEST_CASE("a token is over after its time") {
  Door door;
  CHECK_FALSE(door.sessions.open(door.token, k_now + k_minute + base::Seconds(1)));
}

TEST_CASE("a token that comes twice closes what it opened: one of the two was not the person") {
  Door door;
  const Opened opened = door.open();
  CHECK_FALSE(door.sessions.open(door.token, k_now));
  CHECK(door.sessions.find(opened.cookie, opened.key, k_now) == nullptr);
  CHECK_FALSE(door.sessions.is_open(opened.session.number, k_now));
}

TEST_CASE("a login that is handed in twice is taken once") {
  Door door;
  CHECK_FALSE(door.sessions.announce(crypto::sha256(door.token), {"alice@host", false}, k_now + k_minute, k_now));
  door.open();
  CHECK_FALSE(door.sessions.announce(crypto::sha256(door.token), {"alice@host", false}, k_now + k_minute, k_now));
}

TEST_CASE("a session ends by its life, by idleness, by logging out") {
  Door door;
  const Opened opened = door.open();
  SUBCASE("idle") { CHECK(door.sessions.find(opened.cookie, opened.key, k_now + k_session_idle) == nullptr); }
  SUBCASE("used all the time") {
    const Session* session = nullptr;
    base::UnixTime now = k_now;
    for (; now < k_now + k_session_life; now += k_session_idle - base::Seconds(1)) {
      session = door.sessions.find(opened.cookie, opened.key, now);
      REQUIRE(session != nullptr);
    }
    CHECK(door.sessions.find(opened.cookie, opened.key, k_now + k_session_life) == nullptr);
  }
  SUBCASE("logged out") {
    door.sessions.close(opened.session.number);
    CHECK(door.sessions.find(opened.cookie, opened.key, k_now) == nullptr);
  }
}

TEST_CASE("sessions and logins are bounded") {
  Sessions sessions;
  for (std::size_t i = 0; i < k_most_logins; ++i) {
    CHECK(sessions.announce(crypto::sha256("l" + std::to_string(i)), {"a", false}, k_now + k_minute, k_now));
  }
  CHECK_FALSE(sessions.announce(crypto::sha256("more"), {"a", false}, k_now + k_minute, k_now));
  const base::UnixTime later = k_now + k_minute + base::Seconds(1);
  CHECK(sessions.announce(crypto::sha256("more"), {"a", false}, later + k_minute, later));
}
