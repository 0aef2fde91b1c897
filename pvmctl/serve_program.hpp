// SPDX-License-Identifier: Apache-2.0
// PREFIX/lib/pvm/pvm-serve, which tells and serves people: a program of its own, so that pvmctl starts without its libraries.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "pvmctl/reply.hpp"

namespace pvm::pvmctl {

/// Becomes that program, with `words` behind its name; it is found beside what runs now, whatever PATH says. Returns only
/// where that fails. Errors: no_command; cannot_execute.
[[nodiscard]] base::Result<Reply> become_serve_program(const std::vector<std::string>& words);

}  // namespace pvm::pvmctl
