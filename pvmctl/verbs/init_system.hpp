// SPDX-License-Identifier: Apache-2.0
// The part of `init` that is root's: trust that no user of this machine can change, and a vault that a group shares.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "libpvm/base/result.hpp"
#include "pvmctl/context.hpp"
#include "pvmctl/reply.hpp"

namespace pvm::pvmctl {

struct SystemOptions {
  bool is_wanted = false;  // --system
  std::string group;
  std::string signer;  // --signer, which init has too
  std::string vault = "/var/lib/pvm";
};

/// Adds them to `init`. `options` must outlive the parsing and be what the verb's work is called with.
void add_system_options(CLI::App& verb, SystemOptions& options);

/// Makes the vault, root's and the group's, and then /etc/pvm by one rename, so that it never rules half made. What a
/// failed run made is taken away again. `principal` empty: the comment of the signer's key.
/// Errors: refused (not root); exists (/etc/pvm, the vault's directory); usage; missing (the group); unsafe.
[[nodiscard]] base::Result<Reply> init_system(Context& context, const SystemOptions& options,
                                              const std::string& principal);

/// Why `init` does nothing where /etc/pvm rules, and what an approver does instead.
[[nodiscard]] base::Failure system_trust_rules(const system::Places& places, const system::Environment& environment);

}  // namespace pvm::pvmctl
