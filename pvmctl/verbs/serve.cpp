// SPDX-License-Identifier: Apache-2.0
// serve: becomes pvm-serve, which stands in lib/pvm beside the shims and brings the libraries that pvmctl does without.
#include <filesystem>

#include "libpvm/system/launch.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/serve/serve_words.hpp"
#include "pvmctl/shim/directory.hpp"

namespace pvm::pvmctl {
namespace {

using base::Result;

Result<std::string> find_server() {
  const auto programs = program_directory();
  if (!programs) return base::pass_on(programs);
  const std::filesystem::path here = *programs;
  // As installed; as built.
  for (const auto& path : {here.parent_path() / "lib/pvm/pvm-serve", here / "serve/pvm-serve"}) {
    if (is_program(path.string())) return path.string();
  }
  return base::fail(base::Code::missing, "pvm-serve is not installed beside pvmctl", "install all of PVM together");
}

Result<Reply> become_server(const Context& context, const serve::Options& options, Format format) {
  const auto program = find_server();
  if (!program) return base::pass_on(program);
  system::LaunchPlan plan;
  plan.program = *program;
  plan.argv = {"pvm-serve", "serve", "--listen", options.listen};
  const auto add = [&plan](const char* name, const std::string& value) {
    if (!value.empty()) plan.argv.insert(plan.argv.end(), {name, value});
  };
  add("--public-url", options.public_url);
  add("--tls-certificate", options.tls_certificate);
  add("--tls-key", options.tls_key);
  if (options.is_behind_proxy) plan.argv.emplace_back("--behind-proxy");
  if (format == Format::json) plan.argv.emplace_back("--json");
  for (const auto& [name, value] : context.environment().all()) plan.environment.push_back(name + "=" + value);
  return base::Failure(system::become(plan));
}

}  // namespace

void add_serve_verb(CLI::App& app, Program& program) {
  const auto options = std::make_shared<serve::Options>();
  CLI::App* verb = add_verb(app, program, "serve", "serve the page on which requests are answered; open it with login", "pvmctl serve",
                            [&program, options] { return become_server(program.context, *options, program.format); });
  serve::add_serve_options(*verb, *options);
}

}  // namespace pvm::pvmctl
