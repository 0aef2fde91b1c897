// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/help.hpp"

#include <doctest/doctest.h>

using pvm::pvmctl::wrapped;

TEST_CASE("a line is broken between words, and only where it is too long") {
  CHECK(wrapped("", 10).empty());
  CHECK(wrapped("one two", 7) == "one two");
  CHECK(wrapped("one two", 6) == "one\ntwo");
  CHECK(wrapped("one two three four", 9) == "one two\nthree\nfour");
  CHECK(wrapped("a-word-that-is-too-long x", 5) == "a-word-that-is-too-long\nx");
  CHECK(wrapped("one\ntwo three", 20) == "one\ntwo three");
  CHECK(wrapped("one two\n", 20) == "one two\n");
}
