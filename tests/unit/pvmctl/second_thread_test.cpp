// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/log/second_thread.hpp"

#include <doctest/doctest.h>

#include <random>
#include <stdexcept>
#include <string>

#include "libpvm/crypto/sha256.hpp"
#include "pvmctl/log/fast_means.hpp"
#include "pvmctl/log/fast_sha256.hpp"

using namespace pvm;
using pvmctl::log::SecondThread;

TEST_CASE("two things are done, each once, again and again, and both are done when the call returns") {
  SecondThread thread;
  int here = 0;
  int beside = 0;
  for (int i = 1; i <= 2000; ++i) {
    thread.both([&here] { ++here; }, [&beside] { ++beside; });
    REQUIRE(here == i);
    REQUIRE(beside == i);
  }
}

TEST_CASE("they are done in two threads") {
  SecondThread thread;
  std::thread::id here;
  std::thread::id beside;
  thread.both([&here] { here = std::this_thread::get_id(); }, [&beside] { beside = std::this_thread::get_id(); });
  CHECK(here == std::this_thread::get_id());
  CHECK(beside != here);
}

TEST_CASE("what either throws is thrown again, once both have ended, and the next two are done") {
  SecondThread thread;
  bool is_other_done = false;
  const auto finish = [&is_other_done] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    is_other_done = true;
  };
  CHECK_THROWS_WITH(thread.both(finish, [] { throw std::runtime_error("beside"); }), "beside");
  CHECK(is_other_done);
  is_other_done = false;
  CHECK_THROWS_WITH(thread.both([] { throw std::runtime_error("here"); }, finish), "here");
  CHECK(is_other_done);
  CHECK_THROWS_WITH(thread.both([] { throw std::runtime_error("here"); }, [] { throw std::runtime_error("beside"); }),
                    "here");
  is_other_done = false;
  thread.both([] {}, finish);
  CHECK(is_other_done);
}

TEST_CASE("the fast hash is the hash, of every length around its blocks and of chance ones") {
  std::mt19937_64 random(20261121);
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    REQUIRE(pvmctl::log::fast_sha256(bytes) == crypto::sha256(bytes));
    bytes += static_cast<char>(random() & 0xFF);
  }
  bytes.resize(1 << 20, 'x');
  CHECK(pvmctl::log::fast_sha256(bytes) == crypto::sha256(bytes));
  CHECK(pvmctl::log::fast_sha256({}) == crypto::sha256({}));
}
