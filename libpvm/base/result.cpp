// SPDX-License-Identifier: Apache-2.0
#include "libpvm/base/result.hpp"

#include <cerrno>
#include <cstring>

namespace pvm::base {
namespace {

Code code_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return Code::missing;
    case EACCES:
    case EPERM:
    case ELOOP:
      return Code::unsafe;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Code::full;
    default:
      return Code::io;
  }
}

}  // namespace

Failure fail_errno(std::string_view message, int number, std::string hint) {
  std::string text(message);
  text += ": ";
  text += std::strerror(number);
  return fail(code_of(number), std::move(text), std::move(hint));
}

}  // namespace pvm::base
