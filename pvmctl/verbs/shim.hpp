// SPDX-License-Identifier: Apache-2.0
// Parts of add_shim_verbs.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/shim/startup_files.hpp"

namespace pvm::pvmctl {

/// `typed`, or shims in the state directory; absolute. Errors: usage, for what PATH cannot carry.
[[nodiscard]] base::Result<std::string> shim_directory(Context& context, const std::string& typed);
/// The real path of `path`, as far as that is there; `path` where that cannot be told.
[[nodiscard]] std::string real_or_same(const std::string& path);
/// Its real path, where every shim is in it, leads to a program and can be changed by us and root alone. Errors: missing
/// (hint: pvmctl shim install); unsafe; io.
[[nodiscard]] base::Result<std::string> checked_shims(const std::string& wanted);
/// What became of a shell's file, as a line of text; and as an object at the end of `list`.
[[nodiscard]] std::string startup_line(Json& list, const shim::StartupFile& file, const base::Result<shim::Written>& written);

/// Asks `launcher` in `environment`; adds lines of text, and an object to reply.json["launchers"]. Exit status 1 where a gated
/// name is not ours. Errors: as shim::ask_launcher; they are in `reply` too.
base::Result<void> test_launcher(const system::Environment& environment, const std::vector<std::string>& launcher, Reply& reply);

void add_shim_exec_verb(CLI::App& group, Program& program);
void add_shim_test_verb(CLI::App& group, Program& program);
void add_shim_remove_verb(CLI::App& group, Program& program);

}  // namespace pvm::pvmctl
