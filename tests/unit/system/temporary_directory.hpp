// SPDX-License-Identifier: Apache-2.0
// A directory of a test's own (mode 0700), removed with all that is in it. Floor: tests.
#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pvm::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = std::filesystem::canonical(std::filesystem::temp_directory_path()) / "pvm-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
    path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string at(std::string_view name) const { return path_ + "/" + std::string(name); }

  /// Makes a directory with `mode` whatever the umask; its path.
  std::string make_directory(std::string_view name, mode_t mode = 0700) const {
    if (::mkdir(at(name).c_str(), mode) != 0 || ::chmod(at(name).c_str(), mode) != 0) {
      throw std::runtime_error("mkdir " + at(name));
    }
    return at(name);
  }
  /// Writes a file with `mode` whatever the umask; its path.
  std::string write(std::string_view name, std::string_view text, mode_t mode = 0600) const {
    std::ofstream(at(name), std::ios::binary | std::ios::trunc) << text;
    if (::chmod(at(name).c_str(), mode) != 0) throw std::runtime_error("chmod " + at(name));
    return at(name);
  }

 private:
  std::string path_;
};

[[nodiscard]] inline std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace pvm::test
