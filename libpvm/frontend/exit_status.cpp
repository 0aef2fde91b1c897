// SPDX-License-Identifier: Apache-2.0
#include "libpvm/frontend/exit_status.hpp"

namespace pvm::frontend {

ExitStatus exit_status_of(base::Code code) {
  switch (code) {
    case base::Code::usage:
      return k_exit_usage;
    case base::Code::refused:
    case base::Code::conflict:
    case base::Code::exists:
    case base::Code::limit:
      return k_exit_refused;
    case base::Code::no_command:
      return k_exit_not_found;
    case base::Code::cannot_execute:
      return k_exit_not_executable;
    case base::Code::missing:
    case base::Code::malformed:
    case base::Code::unsafe:
    case base::Code::untrusted:
    case base::Code::busy:
    case base::Code::newer:
    case base::Code::older:
    case base::Code::broken:
    case base::Code::full:
    case base::Code::io:
    case base::Code::clock:
      return k_exit_undecided;
  }
  return k_exit_undecided;
}

}  // namespace pvm::frontend
