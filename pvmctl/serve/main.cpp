// SPDX-License-Identifier: Apache-2.0
// pvm-serve: what tells and serves people, as a program of its own. pvmctl becomes it for the verbs that need its libraries, and
// has read the words before.
#include <csignal>
#include <exception>

#include "libpvm/base/text.hpp"
#include "libpvm/frontend/exit_status.hpp"
#include "libpvm/system/launch.hpp"
#include "libpvm/system/process.hpp"
#include "pvmctl/serve/notify_test.hpp"
#include "pvmctl/serve/verbs.hpp"
#include "pvmctl/verbs/notify.hpp"

namespace {

using namespace pvm::pvmctl;
using pvm::base::Code;
using pvm::base::Error;

int run(int argc, char** argv) {
  Context context(pvm::system::Environment::of_process());
  Program program{context, Format::text, nullptr};
  CLI::App app("pvm-serve - the part of pvmctl that tells and serves people", "pvm-serve");
  app.set_version_flag("--version", "pvm-serve " PVM_VERSION);
  app.require_subcommand(1);
  int status = pvm::frontend::k_exit_done;
  serve::add_serve_verb(app, status);
  add_notify_verbs(app, program, [&context](const auto& channels) { return serve::test_channels(context, channels); });
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help
    return app.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    return print(Error{Code::usage, pvm::base::display(wrong.what()), "see: pvmctl --help"}, program.format);
  }
  if (!program.run) return status;
  const auto reply = program.run();
  return reply ? print(*reply, program.format) : print(reply.error(), program.format);
}

}  // namespace

int main(int argc, char** argv) {
  pvm::system::outlive(SIGPIPE);
  try {
    if (const auto guarded = pvm::system::guard_standard_descriptors(); !guarded) return print(guarded.error(), Format::text);
    return run(argc, argv);
  } catch (const std::exception& bug) {
    return print(Error{Code::io, bug.what(), "this is a fault of pvm-serve"}, Format::text);
  }
}
