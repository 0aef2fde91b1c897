// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/command.hpp"
#include "wrappers/git/hook.hpp"

int main(int argc, char** argv) {
  namespace git = pvm::wrappers::git;
  if (argc > 0 && git::is_hook(argv[0])) return git::serve_hook(argc, argv);
  return pvm::wrappers::run_program(git::wrapper(), argc, argv);
}
