// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/environment.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>

using pvm::system::Environment;

namespace {

// Puts `entries` in the place of the process's environment while it lives.
class BorrowedEnvironment {
 public:
  explicit BorrowedEnvironment(char** entries) : before_(::environ) { ::environ = entries; }
  BorrowedEnvironment(const BorrowedEnvironment&) = delete;
  BorrowedEnvironment& operator=(const BorrowedEnvironment&) = delete;
  ~BorrowedEnvironment() { ::environ = before_; }

 private:
  char** before_;
};

}  // namespace

TEST_CASE("a variable that is not set is not found, and an empty one is") {
  const Environment environment({{"EMPTY", ""}, {"FULL", "x"}});
  CHECK(environment.find("EMPTY") == "");
  CHECK(environment.find("FULL") == "x");
  CHECK_FALSE(environment.find("NONE").has_value());
  CHECK_FALSE(environment.find("").has_value());
}

TEST_CASE("an empty value counts as not set where a filled one is asked for") {
  const Environment environment({{"EMPTY", ""}, {"FULL", "x"}});
  CHECK_FALSE(environment.find_filled("EMPTY").has_value());
  CHECK_FALSE(environment.find_filled("NONE").has_value());
  CHECK(environment.find_filled("FULL") == "x");
}

TEST_CASE("a variable that occurs twice in the process's environment has its first value, as for getenv") {
  char first[] = "PVM_HOME=/first";
  char second[] = "PVM_HOME=/second";
  char* entries[] = {first, second, nullptr};
  const BorrowedEnvironment borrowed(entries);
  const auto environment = Environment::of_process();
  CHECK(environment.find("PVM_HOME") == "/first");
  CHECK(environment.find("PVM_HOME") == std::getenv("PVM_HOME"));
  CHECK(environment.all().size() == 1);
}

TEST_CASE("entries that name nothing are left out, and a value may hold '='") {
  char no_equals[] = "PVM_HOME";
  char no_name[] = "=/x";
  char two[] = "A=b=c";
  char* entries[] = {no_equals, no_name, two, nullptr};
  const BorrowedEnvironment borrowed(entries);
  const auto environment = Environment::of_process();
  CHECK(environment.all().size() == 1);
  CHECK(environment.find("A") == "b=c");
}

TEST_CASE("a process without an environment has no variables") {
  const BorrowedEnvironment borrowed(nullptr);
  CHECK(Environment::of_process().all().empty());
}

TEST_CASE("the environment is a copy: what is set later is not in it") {
  const auto before = Environment::of_process();
  REQUIRE(::setenv("PVM_TEST_LATER", "1", 1) == 0);
  CHECK_FALSE(before.find("PVM_TEST_LATER").has_value());
  CHECK(Environment::of_process().find("PVM_TEST_LATER") == "1");
  ::unsetenv("PVM_TEST_LATER");
}
