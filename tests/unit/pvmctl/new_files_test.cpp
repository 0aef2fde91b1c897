// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/new_files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "tests/unit/system/temporary_directory.hpp"

namespace {

using namespace pvm;
using base::Code;
using pvmctl::NewFile;
using pvmctl::write_new_files;

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::size_t count(const std::string& directory) {
  std::size_t found = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory)) ++found;
  return found;
}

/// Why there is no value; nullopt where there is one.
template <class T>
std::optional<Code> code_of(const pvm::base::Result<T>& result) {
  return result.has_value() ? std::nullopt : std::optional<Code>(result.error().code);
}

}  // namespace

TEST_CASE("new files hold what they were given, and others may read them") {
  const test::TemporaryDirectory directory;
  const std::string big(300'000, 'x');
  const std::array<NewFile, 3> files = {
      {{directory.at("a"), std::string("one\0two", 7)}, {directory.at("b"), big}, {directory.at("c"), ""}}};
  REQUIRE(write_new_files(files).has_value());
  CHECK(contents(directory.at("a")) == std::string("one\0two", 7));
  CHECK(contents(directory.at("b")) == big);
  CHECK(contents(directory.at("c")).empty());
  struct stat found {};
  REQUIRE(::stat(directory.at("a").c_str(), &found) == 0);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  CHECK((found.st_mode & 07777) == (mode_t{0644} & ~mask));
}

TEST_CASE("where one file cannot be written none is, and nothing is written over") {
  const test::TemporaryDirectory directory;
  const std::string taken = directory.at("taken");
  std::ofstream(taken) << "mine";
  std::filesystem::create_symlink(directory.at("nowhere"), directory.at("dangling"));
  std::filesystem::create_directory(directory.at("directory"));
  REQUIRE(::mkfifo(directory.at("pipe").c_str(), 0600) == 0);
  const std::size_t before = count(directory.path());
  for (const char* const name : {"taken", "dangling", "directory", "pipe"}) {
    CAPTURE(name);
    const std::array<NewFile, 2> files = {{{directory.at("first"), "text"}, {directory.at(name), "text"}}};
    const auto done = write_new_files(files);
    REQUIRE_FALSE(done.has_value());
    CHECK(code_of(done) == Code::exists);
    CHECK(code_of(pvmctl::check_free(directory.at(name))) == Code::exists);
    CHECK(count(directory.path()) == before);
  }
  CHECK(contents(taken) == "mine");
  CHECK(std::filesystem::is_symlink(directory.at("dangling")));

  const std::array<NewFile, 2> lost = {
      {{directory.at("first"), "text"}, {directory.at("none/second"), "text"}}};
  CHECK(code_of(write_new_files(lost)) == Code::missing);
  const std::array<NewFile, 2> twice = {{{directory.at("first"), "text"}, {directory.at("first"), "other"}}};
  CHECK(code_of(write_new_files(twice)) == Code::exists);
  CHECK(count(directory.path()) == before);
  CHECK(pvmctl::check_free(directory.at("first")).has_value());
}
