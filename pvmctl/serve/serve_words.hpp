// SPDX-License-Identifier: Apache-2.0
// The options of `serve`, the same for pvmctl, which passes them on, and for pvm-serve.
#pragma once

#include <CLI/CLI.hpp>

#include "pvmctl/serve/serve.hpp"

namespace pvm::pvmctl::serve {

inline void add_serve_options(CLI::App& verb, Options& options) {
  verb.add_option("--listen", options.listen, "address:port; other than loopback takes TLS or a proxy (default: 127.0.0.1:8765)");
  verb.add_option("--public-url", options.public_url, "by which the page is called, where that is not its address");
  verb.add_flag("--behind-proxy", options.is_behind_proxy, "a proxy that speaks TLS stands before it, at the public URL");
  verb.add_option("--tls-certificate", options.tls_certificate, "speak TLS, with this certificate and its chain (PEM)");
  verb.add_option("--tls-key", options.tls_key, "the key of the certificate (PEM, readable by its owner alone)");
  verb.add_flag("--same-user", options.is_same_user, "hold a key although agents run as this user, too");
  verb.add_flag("--passphrase-stdin", options.has_passphrase, "the key's passphrase is the first line of standard input");
  CLI::Option* init = verb.add_flag("--init-key", options.is_init_key,
                                    "instead: make the key that answers are signed with, and trust it with limited grants");
  verb.add_option("--principal", options.principal, "as whom it is trusted (default: serve@HOST)")->needs(init);
  verb.add_flag("--unattended", options.is_unattended, "keep it without a passphrase: whoever reads the file can sign")->needs(init);
  verb.add_flag("--yes", options.is_yes, "do not ask, where the configuration allows that")->needs(init);
}

}  // namespace pvm::pvmctl::serve
