// SPDX-License-Identifier: Apache-2.0
// A program of somebody else's: reads a grant from standard input and says what it is about. It reaches into
// the floors that need libsodium and SQLite too, so that linking them is tested.
#include <iostream>
#include <iterator>
#include <libpvm/base/bytes.hpp>
#include <libpvm/crypto/sha256.hpp>
#include <libpvm/gate/gate.hpp>
#include <libpvm/model/grant.hpp>

int main() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const auto scope = pvm::model::Scope::parse(pvm::model::ScopeType::path, "/home/u/src/**/*.o");
  const auto grant = pvm::model::decode_grant(text);
  if (!scope || !grant) {
    std::cerr << (scope ? grant.error().message : scope.error().message) << "\n";
    return 1;
  }
  pvm::system::Places nowhere;
  nowhere.state_directory = "/nonexistent";
  std::cout << "agent " << grant->terms.agent << "\n"
            << "covered " << scope->covers({"/home/u/src/a/b.o"}) << scope->covers({"/home/u/src/b.c"})
            << "\n"
            << "sha256 " << pvm::base::to_hex(pvm::crypto::sha256(text)) << "\n"
            << "vault " << pvm::gate::open_vault(nowhere).has_value() << "\n";
}
