// SPDX-License-Identifier: Apache-2.0
// How libpvm says that something failed. Floor: base, the lowest; it knows nothing of PVM.
//
// A function that can fail returns Result<T>. A refusal is not a failure: it is a value (model::Denial).
// Both end in nothing being run. Exceptions are for bugs; each main has one catch, and it refuses.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace pvm::base {

/// What kind of failure it is; drives the exit status and the audit entry, never the wording.
enum class Code {
  usage,      ///< the caller's words are off
  malformed,  ///< a text or file that does not follow its format
  missing,    ///< a thing that must exist does not
  exists,     ///< a thing that must not exist does
  unsafe,     ///< ownership, mode or kind of a file that others could use against us
  untrusted,  ///< a signature, key or principal that is not good
  busy,       ///< another process holds what we need; trying again may help
  newer,      ///< written by a newer major version
  older,      ///< written by an older version; a human migrates it
  broken,     ///< the audit log is not the one that was there before
  full,       ///< no room: disk, quota, file size limit
  io,         ///< any other failure of the system or of SQLite
  clock,      ///< the clock is behind what was already recorded
  conflict,   ///< the thing is no longer in the state that the call needs
  limit,      ///< a configured bound is reached
  refused,    ///< a rule of PVM says no
  no_command,        ///< the real command is not there
  cannot_execute,    ///< the real command is there and cannot be run
};

/// `message` is lower case, one line, and names the thing; `hint` is the next step, or empty.
/// Both are shown to people: bytes from outside must have gone through base::display.
struct Error {
  Code code;
  std::string message;
  std::string hint;
};

/// Either a T or an Error; must be looked at.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

using Failure = tl::unexpected<Error>;

/// Makes the failing value of any Result.
[[nodiscard]] inline Failure fail(Code code, std::string message, std::string hint = {}) {
  return Failure(Error{code, std::move(message), std::move(hint)});
}

/// Hands the error of a failed Result to the caller's own Result. REQUIRES: !result.
template <class T>
[[nodiscard]] Failure pass_on(Result<T>&& result) {
  return Failure(std::move(result).error());
}
template <class T>
[[nodiscard]] Failure pass_on(const Result<T>& result) {
  return Failure(result.error());
}

/// "message: No such file or directory" for the errno value `number`, with the code that fits it:
/// missing, unsafe (EACCES, EPERM, ELOOP), full (ENOSPC, EDQUOT, EFBIG), else io.
[[nodiscard]] Failure fail_errno(std::string_view message, int number, std::string hint = {});

}  // namespace pvm::base
