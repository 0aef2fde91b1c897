// SPDX-License-Identifier: Apache-2.0
// pvm-serve: what serves the human's side, as a program of its own. pvmctl starts it: see pvmctl/verbs/serve.cpp.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "libpvm/frontend/exit_status.hpp"
#include "libpvm/system/launch.hpp"
#include "pvmctl/serve/verbs.hpp"

namespace {

int run(int argc, char** argv) {
  CLI::App app("pvm-serve - what pvmctl serve becomes", "pvm-serve");
  app.set_version_flag("--version", "pvm-serve " PVM_VERSION);
  app.require_subcommand(1);
  int status = pvm::frontend::k_exit_done;
  pvm::pvmctl::serve::add_serve_verb(app, status);
  CLI11_PARSE(app, argc, argv);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (const auto guarded = pvm::system::guard_standard_descriptors(); !guarded) {
      std::fprintf(stderr, "pvm-serve: %s\n", guarded.error().message.c_str());
      return pvm::frontend::exit_status_of(guarded.error().code);
    }
    return run(argc, argv);
  } catch (const std::exception& bug) {
    std::fprintf(stderr, "pvm-serve: %s\n", bug.what());
    return pvm::frontend::k_exit_undecided;
  }
}
