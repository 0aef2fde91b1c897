// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/links.hpp"

#include <doctest/doctest.h>

using namespace pvm::pvmctl::web;

namespace {

struct Scene {
  Links links;
  std::vector<int> closed;

  std::shared_ptr<Link> add(int number) {
    auto link = std::make_shared<Link>();
    link->close = [this, number] { closed.push_back(number); };
    links.add(link);
    return link;
  }
};

}  // namespace

TEST_CASE("room is made by the oldest stranger, never by who is logged in") {
  Scene scene;
  const auto first = scene.add(1);
  scene.add(2);
  scene.add(3);
  first->is_known = true;
  CHECK(scene.links.close_oldest_stranger());
  CHECK(scene.links.close_oldest_stranger());
  CHECK_FALSE(scene.links.close_oldest_stranger());
  CHECK(scene.closed == std::vector<int>{2, 3});
  CHECK(scene.links.count() == 1);
  scene.links.remove(first.get());
  CHECK(scene.links.count() == 0);
}

TEST_CASE("at the end only those are closed that wait for a request") {
  Scene scene;
  scene.add(1);
  scene.add(2)->is_waiting = false;
  scene.links.close_waiting();
  CHECK(scene.closed == std::vector<int>{1});
}
