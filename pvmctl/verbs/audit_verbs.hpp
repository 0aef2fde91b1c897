// SPDX-License-Identifier: Apache-2.0
// Parts of add_audit_verbs.
#pragma once

#include "pvmctl/cli.hpp"

namespace pvm::pvmctl {

void add_audit_verify_verb(CLI::App& group, Program& program);
void add_audit_export_verb(CLI::App& group, Program& program);

}  // namespace pvm::pvmctl
