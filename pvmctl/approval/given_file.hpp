// SPDX-License-Identifier: Apache-2.0
// A file that a person names, whose contents are judged by a signature and not by who could have written
// them.
#pragma once

#include <cstddef>
#include <string>

#include "libpvm/base/result.hpp"

namespace pvm::pvmctl::approval {

/// Errors: missing and the like, as errno says; limit, over `most` bytes.
[[nodiscard]] base::Result<std::string> read_given_file(const std::string& path, std::size_t most);

}  // namespace pvm::pvmctl::approval
