// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/http_words.hpp"

#include <doctest/doctest.h>

using namespace pvm::pvmctl::web;

namespace {

using Path = std::vector<std::string>;

Path path_of(std::string_view text) {
  const auto target = parse_target(text);
  REQUIRE_MESSAGE(target.has_value(), std::string(text));
  return target->path;
}

}  // namespace

TEST_CASE("a path is its segments") {
  CHECK(path_of("/") == Path{});
  CHECK(path_of("/style.css") == Path{"style.css"});
  CHECK(path_of("/api/v1/requests/5ab2/deny") == Path{"api", "v1", "requests", "5ab2", "deny"});
  CHECK(path_of("/api/v1/audit?q=rm") == Path{"api", "v1", "audit"});
}

TEST_CASE("a path of any other form is none") {
  for (const char* text : {"", "x", "//", "/a//b", "/a/", "/.", "/..", "/a/../b", "/%2e%2e/x", "/a%2fb", "/a\\b", "/a b", "/a#b", "*",
                           "http://127.0.0.1/", "/.git", "/a;b", "/a\x01", "/\xC3\xA9", "/a=b"}) {
    CHECK_MESSAGE(!parse_target(text), text);
  }
  CHECK_FALSE(parse_target(std::string_view("/a\0b", 4)));
  CHECK_FALSE(parse_target("/" + std::string(k_target_max_bytes, 'a')));
}

TEST_CASE("a query is names and values, each name once") {
  const auto target = parse_target("/a?q=rm+-r%20%C3%A9&before=12&empty=");
  REQUIRE(target);
  CHECK(target->query.at("q") == "rm -r \xC3\xA9");
  CHECK(target->query.at("before") == "12");
  CHECK(target->query.at("empty").empty());
}

TEST_CASE("a query of any other form is none") {
  for (const char* text : {"/a?q", "/a?=x", "/a?q=%", "/a?q=%4", "/a?q=%zz", "/a?q=%00", "/a?q=%0A", "/a?q=%7F", "/a?q=%FF", "/a?q=%C0%80",
                           "/a?q=1&q=2", "/a?&", "/a?q=1&&r=2", "/a?q[]=1", "/a?q=%ED%A0%80"}) {
    CHECK_MESSAGE(!parse_target(text), text);
  }
  std::string many = "/a?";
  for (std::size_t i = 0; i <= k_query_most; ++i) many += "n" + std::to_string(i) + "=1&";
  many.pop_back();
  CHECK_FALSE(parse_target(many));
}

TEST_CASE("a cookie is found by its name, and where there are two of it none is") {
  CHECK(find_cookie("pvm=abc", "pvm") == "abc");
  CHECK(find_cookie("a=1; pvm=abc; b=2", "pvm") == "abc");
  CHECK(find_cookie("a=1;pvm=abc", "pvm") == "abc");
  CHECK(find_cookie("pvm=a=b", "pvm") == "a=b");
  CHECK_FALSE(find_cookie("", "pvm"));
  CHECK_FALSE(find_cookie("xpvm=abc", "pvm"));
  CHECK_FALSE(find_cookie("pvmx=abc", "pvm"));
  CHECK_FALSE(find_cookie("pvm", "pvm"));
  CHECK_FALSE(find_cookie("PVM=abc", "pvm"));
  CHECK_FALSE(find_cookie("a=pvm=abc", "pvm"));
  CHECK_FALSE(find_cookie("pvm=1; pvm=2", "pvm"));
}

TEST_CASE("a head is lines of text, each ended in one way") {
  CHECK(head_fault("GET / HTTP/1.1\r\nHost: a\r\nX:\ta b\r\n\r\n").empty());
  CHECK(head_fault("").empty());
  CHECK(head_fault("GET / HTTP/1.1\r").empty());  // the rest may come yet
  for (const char* text : {"GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\n", "\nGET", "GET / HTTP/1.1\r\n X: a\r\n\r\n",
                           "GET / HTTP/1.1\r\nX: a\r\n\tb\r\n\r\n", "GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", "GET / HTTP/1.1\r\r\n", "X: \x01\r\n",
                           "X: \x7F\r\n", "X: \xC3\xA9\r\n", "X: \x0B\r\n"}) {
    CHECK_MESSAGE(!head_fault(text).empty(), text);
  }
  CHECK_FALSE(head_fault(std::string_view("X: a\0b\r\n", 8)).empty());
}
