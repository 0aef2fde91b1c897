// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/new_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>
#include <vector>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr mode_t k_mode = 0644;

base::Failure stands_already(const std::string& path) {
  return fail(Code::exists, base::quoted(path) + " is there already", "give another name");
}

Result<void> fill(int descriptor, const NewFile& file) {
  std::string_view text = file.text;
  while (!text.empty()) {
    const ssize_t put = ::write(descriptor, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return base::fail_errno("cannot write " + base::quoted(file.path), errno);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fsync(descriptor) == 0) return {};
  return base::fail_errno("cannot write " + base::quoted(file.path), errno);
}

}  // namespace

Made::~Made() {
  for (auto path = paths_.rbegin(); path != paths_.rend(); ++path) std::remove(path->c_str());
}

Result<void> write_new_files(std::span<const NewFile> files) {
  Made made;
  for (const NewFile& file : files) {
    const base::Descriptor descriptor(
        ::open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, k_mode));
    if (!descriptor) {
      const int error = errno;
      if (error == EEXIST) return stands_already(file.path);
      return base::fail_errno("cannot create " + base::quoted(file.path), error);
    }
    made.add(file.path);
    if (auto done = fill(descriptor.get(), file); !done) return done;
  }
  made.keep();
  return {};
}

Result<void> check_free(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0) return stands_already(path);
  return {};
}

}  // namespace pvm::pvmctl
