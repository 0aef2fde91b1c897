// SPDX-License-Identifier: Apache-2.0
#include "wrappers/rm/command.hpp"

int main(int argc, char** argv) { return pvm::wrappers::run_program(pvm::wrappers::rm::wrapper(), argc, argv); }
