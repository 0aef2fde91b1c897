// SPDX-License-Identifier: Apache-2.0
// The verbs of pvm-serve. Each does its work while the words are parsed, and leaves its exit status in `status`.
#pragma once

#include <CLI/CLI.hpp>

namespace pvm::pvmctl::serve {

void add_serve_verb(CLI::App& app, int& status);

}  // namespace pvm::pvmctl::serve
