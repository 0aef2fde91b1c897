// SPDX-License-Identifier: Apache-2.0
// serve: becomes pvm-serve, which brings the libraries that pvmctl does without.
#include "pvmctl/cli.hpp"
#include "pvmctl/serve/serve_words.hpp"
#include "pvmctl/serve_program.hpp"

namespace pvm::pvmctl {
namespace {

std::vector<std::string> words_of(const serve::Options& options, Format format) {
  std::vector<std::string> words = {"serve"};
  const auto add = [&words](const char* name, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {name, value});
  };
  const auto say = [&words](const char* name, bool is_said) {
    if (is_said) words.emplace_back(name);
  };
  add("--listen", options.listen);
  add("--public-url", options.public_url);
  add("--tls-certificate", options.tls_certificate);
  add("--tls-key", options.tls_key);
  add("--principal", options.principal);
  say("--behind-proxy", options.is_behind_proxy);
  say("--init-key", options.is_init_key);
  say("--unattended", options.is_unattended);
  say("--same-user", options.is_same_user);
  say("--passphrase-stdin", options.has_passphrase);
  say("--yes", options.is_yes);
  say("--json", format == Format::json);
  return words;
}

}  // namespace

void add_serve_verb(CLI::App& app, Program& program) {
  const auto options = std::make_shared<serve::Options>();
  CLI::App* verb = add_verb(app, program, "serve", "serve the page on which requests are answered; open it with login",
                            "pvmctl serve\n  pvmctl serve --init-key",
                            [&program, options] { return become_serve_program(words_of(*options, program.format)); });
  serve::add_serve_options(*verb, *options);
}

}  // namespace pvm::pvmctl
