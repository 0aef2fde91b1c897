// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/serve_program.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "libpvm/base/text.hpp"

namespace pvm::pvmctl {

base::Result<Reply> become_serve_program(const std::vector<std::string>& words) {
  std::error_code unread;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", unread);
  if (unread) return base::fail(base::Code::io, "cannot read /proc/self/exe: " + unread.message());
  const std::string program = (self.parent_path().parent_path() / "lib/pvm/pvm-serve").string();
  std::vector<std::string> all = {program};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  const int number = errno;
  const auto code = number == ENOENT ? base::Code::no_command : base::Code::cannot_execute;
  return base::fail(code, "cannot run " + base::quoted(program) + ": " + std::strerror(number), "it is installed together with pvmctl");
}

}  // namespace pvm::pvmctl
