// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/given_file.hpp"

#include <cerrno>
#include <fstream>

#include "libpvm/base/text.hpp"

namespace pvm::pvmctl::approval {

base::Result<std::string> read_given_file(const std::string& path, std::size_t most) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::fail_errno("cannot read " + base::quoted(path), errno);
  std::string text(most + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) return base::fail(base::Code::io, "cannot read " + base::quoted(path));
  if (text.size() <= most) return text;
  return base::fail(base::Code::limit, base::quoted(path) + " is over " + base::human_bytes(most));
}

}  // namespace pvm::pvmctl::approval
