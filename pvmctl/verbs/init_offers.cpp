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
    "\nTwo standing grants keep ordinary clean-up quiet, for every agent and 90 days. Each is shown before you sign\n"
    "it; Enter leaves it out. All else asks you.\n";
constexpr const char* k_later = "pvmctl allow --agent '*' rm --temporary; pvmctl allow --agent '*' rm --builds ~/src";

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
  const auto temporary = approval::ask_for_line(
      k_introduction, "1. The temporary files of agents (TMPDIR; what mktemp and others make): allow? [y/N]");
  if (!temporary) return;
  if (*temporary == "y" || *temporary == "Y" || *temporary == "yes") {
    AllowOptions options = for_every_agent("temporary files");
    options.temporary = true;
    add_outcome(reply, "temporary files", allow(context, options));
  }
  const auto builds = approval::ask_for_line(
      "", "2. What builds make (node_modules, build, target, .venv, __pycache__, *.o, ...), beneath which directory? [none]");
  if (builds && !builds->empty()) {
    AllowOptions options = for_every_agent("what builds make");
    options.builds = *builds;
    add_outcome(reply, "builds", allow(context, options));
  }
  if (reply.json["allowed"].size() < 2) reply.text += std::string("later: ") + k_later + "\n";
}

}  // namespace pvm::pvmctl
