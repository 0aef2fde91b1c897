// SPDX-License-Identifier: Apache-2.0
// A private directory for tests of what is on disk.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace pvm::test {

/// A new directory of mode 0700 beneath the system's directory for temporary files. It goes with its object,
/// with all that is in it (also where that is too deep for a path).
class Playground {
 public:
  Playground();
  ~Playground();
  Playground(const Playground&) = delete;
  Playground& operator=(const Playground&) = delete;

  /// The canonical path.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path(std::string_view name) const { return path_ + '/' + std::string(name); }

  // Each makes one thing, and returns its path.
  std::string file(std::string_view name, std::string_view bytes = "") const;
  std::string directory(std::string_view name) const;
  std::string link(std::string_view name, const std::string& target) const;
  void set_mode(std::string_view name, mode_t mode) const;

 private:
  std::string path_;
};

/// The working directory while this lives.
class WorkingDirectory {
 public:
  explicit WorkingDirectory(const std::string& path);
  ~WorkingDirectory();
  WorkingDirectory(const WorkingDirectory&) = delete;
  WorkingDirectory& operator=(const WorkingDirectory&) = delete;

 private:
  int before_;
};

}  // namespace pvm::test
