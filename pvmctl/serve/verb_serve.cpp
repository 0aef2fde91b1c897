// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "pvmctl/serve/serve_words.hpp"
#include "pvmctl/serve/verbs.hpp"

namespace pvm::pvmctl::serve {

void add_serve_verb(CLI::App& app, int& status) {
  CLI::App* verb = app.add_subcommand("serve", "serve the page and its API until it is ended");
  const auto options = std::make_shared<Options>();
  add_serve_options(*verb, *options);
  verb->add_flag("--json", options->is_json, "say in JSON where it listens");
  verb->callback([options, &status] { status = serve(*options, nullptr); });
}

}  // namespace pvm::pvmctl::serve
