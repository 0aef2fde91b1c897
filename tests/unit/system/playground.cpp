// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/system/playground.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace pvm::test {
namespace {

constexpr std::string_view k_prefix = "pvm-playground-";

void must(bool worked, const std::string& what) {
  if (!worked) throw std::runtime_error("playground: " + what);
}

}  // namespace

Playground::Playground() {
  const std::filesystem::path parent = std::filesystem::canonical(std::filesystem::temp_directory_path());
  path_ = (parent / (std::string(k_prefix) + "XXXXXX")).string();
  must(::mkdtemp(path_.data()) != nullptr, "mkdtemp");
}

Playground::~Playground() {
  if (path_.find(k_prefix) == std::string::npos) return;
  std::string name = "rm", option = "-rf", end = "--";
  const std::array<char*, 5> argv = {name.data(), option.data(), end.data(), path_.data(), nullptr};
  pid_t child = 0;
  if (::posix_spawn(&child, "/bin/rm", nullptr, nullptr, argv.data(), nullptr) == 0) {
    ::waitpid(child, nullptr, 0);
  }
}

std::string Playground::file(std::string_view name, std::string_view bytes) const {
  std::ofstream stream(path(name), std::ios::binary | std::ios::trunc);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  must(stream.good(), "file");
  return path(name);
}

std::string Playground::directory(std::string_view name) const {
  must(::mkdir(path(name).c_str(), 0700) == 0, "mkdir");
  return path(name);
}

std::string Playground::link(std::string_view name, const std::string& target) const {
  must(::symlink(target.c_str(), path(name).c_str()) == 0, "symlink");
  return path(name);
}

void Playground::set_mode(std::string_view name, mode_t mode) const {
  must(::chmod(path(name).c_str(), mode) == 0, "chmod");
}

WorkingDirectory::WorkingDirectory(const std::string& path) : before_(::open(".", O_PATH | O_CLOEXEC)) {
  must(before_ >= 0 && ::chdir(path.c_str()) == 0, "chdir");
}

WorkingDirectory::~WorkingDirectory() {
  if (::fchdir(before_) != 0) std::abort();
  ::close(before_);
}

}  // namespace pvm::test
