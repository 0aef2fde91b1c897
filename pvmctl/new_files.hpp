// SPDX-License-Identifier: Apache-2.0
// Files that a verb writes for others to keep: new ones only, and all or none.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "libpvm/base/result.hpp"

namespace pvm::pvmctl {

/// Files and empty directories that go again at the end of its life, the last first, unless they are kept.
class Made {
 public:
  Made() = default;
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;
  ~Made();
  void add(const std::string& path) { paths_.push_back(path); }
  void keep() { paths_.clear(); }

 private:
  std::vector<std::string> paths_;
};

struct NewFile {
  std::string path;
  std::string text;
};

/// Writes each of `files`, in their order, as a new file (0644, less the umask), and syncs it. Where one
/// cannot be written, those before it are taken away again. Errors: exists (whatever stands there, a dangling
/// symlink too); as errno says.
[[nodiscard]] base::Result<void> write_new_files(std::span<const NewFile> files);

/// Whether `path` is free, to be asked before somebody is bothered; write_new_files decides. Errors: exists.
[[nodiscard]] base::Result<void> check_free(const std::string& path);

}  // namespace pvm::pvmctl
