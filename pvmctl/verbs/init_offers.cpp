// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/verbs/init_offers.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "libpvm/base/text.hpp"
#include "pvmctl/approval/consent.hpp"
#include "pvmctl/verbs/allow.hpp"

namespace pvm::pvmctl {
namespace {

constexpr const char* k_introduction =
    "\nTwo standing grants keep ordinary clean-up quiet, for every agent and 90 days.\n"
    "Each is shown before you sign it; Enter leaves it out. All else asks you.\n"
    "1. Temporary files: what is in TMPDIR, or what mktemp makes in /tmp.\n";
constexpr const char* k_about_builds =
    "2. What builds make and can make again: node_modules, build, target, .venv,\n"
    "   __pycache__, *.o and the like, beneath a directory that you name.\n";

AllowOptions for_every_agent(const char* reason) {
  AllowOptions options;
  options.agent = "*";
  options.action = "rm";
  options.life = "90d";
  options.reason = reason;
  return options;
}

void add_outcome(Reply& reply, const char* what, const base::Result<Reply>& outcome) {
  if (outcome) {
    reply.text += std::string(what) + ": " + outcome->text;
    reply.json["allowed"].push_back(outcome->json);
    return;
  }
  reply.text += std::string(what) + ": not allowed: " + outcome.error().message + "\n";
}

}  // namespace

void offer_allowances(Context& context, Reply& reply) {
  reply.json["allowed"] = Json::array();
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) return;

  // What is there already is said before anybody is asked: the answer may be Ctrl-C.
  std::fputs(reply.text.c_str(), stdout);
  std::fflush(stdout);
  reply.text.clear();
  const auto temporary = approval::ask_for_line(k_introduction, "   Allow them? [y/N]");
  if (!temporary) return;
  if (*temporary == "y" || *temporary == "Y" || *temporary == "yes") {
    AllowOptions options = for_every_agent("temporary files");
    options.temporary = true;
    add_outcome(reply, "temporary files", allow(context, options));
  } else {
    reply.text += "temporary files, later: pvmctl allow --agent '*' rm --temporary\n";
  }
  constexpr int k_most_tries = 3;  // a directory may be mistyped
  for (int tries = 0; tries < k_most_tries; ++tries) {
    const auto builds = approval::ask_for_line(tries == 0 ? k_about_builds : "", "   Which directory? [none]");
    if (!builds || builds->empty()) break;
    AllowOptions options = for_every_agent("what builds make");
    options.builds = *builds;
    const auto outcome = allow(context, options);
    add_outcome(reply, "builds", outcome);
    if (outcome || outcome.error().code == base::Code::refused) return;
    // What is wrong with it is to be read before it is asked for again.
    std::fputs(("   " + outcome.error().message + "\n").c_str(), stderr);
  }
  reply.text += "builds, later: pvmctl allow --agent '*' rm --builds ~/src\n";
}

}  // namespace pvm::pvmctl
