// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "pvmctl/reply.hpp"
#include "pvmctl/serve/key_setup.hpp"
#include "pvmctl/serve/serve_words.hpp"
#include "pvmctl/serve/service_key.hpp"
#include "pvmctl/serve/verbs.hpp"

namespace pvm::pvmctl::serve {
namespace {

int print_of(const base::Result<Reply>& reply, const Options& options) {
  const Format format = options.is_json ? Format::json : Format::text;
  return reply ? print(*reply, format) : print(reply.error(), format);
}

int serve_with_key(const Options& options) {
  auto issuer = open_issuer(options);
  if (!issuer) return print_of(base::pass_on(issuer), options);
  return serve(options, issuer->get());
}

}  // namespace

void add_serve_verb(CLI::App& app, int& status) {
  CLI::App* verb = app.add_subcommand("serve", "serve the page and its API until it is ended");
  const auto options = std::make_shared<Options>();
  add_serve_options(*verb, *options);
  verb->add_flag("--json", options->is_json, "say in JSON where it listens");
  verb->callback([options, &status] {
    hide_memory();
    status = options->is_init_key ? print_of(init_key(*options), *options) : serve_with_key(*options);
  });
}

}  // namespace pvm::pvmctl::serve
