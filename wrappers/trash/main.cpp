// SPDX-License-Identifier: Apache-2.0
#include "wrappers/trash/command.hpp"

int main(int argc, char** argv) { return pvm::wrappers::run_program(pvm::wrappers::trash::wrapper(), argc, argv); }
