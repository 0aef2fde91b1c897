// SPDX-License-Identifier: Apache-2.0
// Which entries of the audit log are about a path. Pure, on bytes.
#pragma once

#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/vault/audit.hpp"

namespace pvm::pvmctl {

/// `path` seen from the directory `cwd`, without "//", "." and "..", by its letters alone: no link is looked up.
/// Errors: usage (empty, a NUL byte, or relative where `cwd` is not absolute).
[[nodiscard]] base::Result<std::string> lexical_path(std::string_view path, std::string_view cwd);

enum class Touch { yes, no, unclear };
/// Whether the scope of `entry` names `path`, something beneath it, or a directory above it. Wildcards of a scope are
/// letters as others are. Unclear where it does not, and names more than the log keeps. A name that holds a newline
/// may be taken for two: then it is yes for both. REQUIRES: `path` is of lexical_path.
[[nodiscard]] Touch touches(const vault::AuditEntry& entry, const std::string& path);

}  // namespace pvm::pvmctl
