// SPDX-License-Identifier: Apache-2.0
// allow, for the verbs that offer it.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "pvmctl/cli.hpp"

namespace pvm::pvmctl {

/// The words of `allow`.
struct AllowOptions {
  std::string agent;  // an agent pattern
  std::string action;
  std::vector<std::string> scopes;
  bool temporary = false;
  std::string builds;  // a directory
  std::string life;
  std::string uses = "unlimited";
  std::string may;
  std::string reason;
  bool yes = false;
};

/// Shows what it would allow, asks, signs and stores. Errors: usage; refused (no consent); as approval::issue.
[[nodiscard]] base::Result<Reply> allow(Context& context, const AllowOptions& options);

}  // namespace pvm::pvmctl
