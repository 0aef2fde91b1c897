// SPDX-License-Identifier: Apache-2.0
// pvm-serve serve: the page, its API and what feeds them, until a signal ends it.
#pragma once

#include <optional>
#include <string>

namespace pvm::pvmctl::web {
class Issuer;
}

namespace pvm::pvmctl::serve {

struct Options {
  std::string listen = {};                // address:port, "[::1]:8765"; empty, as the others: as config.yaml says
  std::string public_url = {};            // by which the page is called; empty: the address
  bool is_behind_proxy = false;           // a proxy before us speaks TLS
  std::string tls_certificate = {};
  std::string tls_key = {};
  std::string principal = {};             // as whom the key of --init-key is trusted; empty: serve@HOST
  bool is_init_key = false;
  bool is_unattended = false;             // that key is kept in clear
  bool is_same_user = false;              // the agents' user may be ours
  bool has_passphrase = false;            // it is the first line of standard input
  bool is_yes = false;
  bool is_json = false;                   // says where it listens in JSON
};

/// Serves until SIGTERM, SIGINT or SIGHUP, and lets what was begun finish. `issuer` may be null. Returns the exit status; what went wrong stands
/// on standard error.
[[nodiscard]] int serve(const Options& options, web::Issuer* issuer);

}  // namespace pvm::pvmctl::serve
