// SPDX-License-Identifier: Apache-2.0
// shim test: asks a launcher which programs it starts by the gated names.
#include <chrono>

#include "libpvm/base/text.hpp"
#include "pvmctl/shim/launcher.hpp"
#include "pvmctl/verbs/shim.hpp"

namespace pvm::pvmctl {
namespace {

using base::Result;

constexpr std::chrono::seconds k_longest_answer{20};

Json launcher_json(const std::vector<std::string>& launcher) {
  Json json;
  json["launcher"] = Json::array();
  for (const std::string& word : launcher) json["launcher"].push_back(json_text(word));
  json["names"] = Json::array();
  json["error"] = nullptr;
  return json;
}

void add_started(Reply& reply, Json& json, const std::string& shown, const shim::Started& started) {
  Json name;
  name["name"] = started.name;
  name["gated"] = started.is_ours;
  name["runs"] = started.is_ours || started.what.empty() ? Json() : Json(json_text(started.what));
  json["names"].push_back(std::move(name));
  if (started.is_ours) return;
  const std::string what = started.what.empty() ? "" : ": it runs " + base::quoted(started.what, 256);
  reply.text += "unsafe  " + shown + ": " + started.name + " is not gated" + what + "\n";
  reply.status = frontend::k_exit_refused;
}

// Those of them that are, in one line; empty where none is.
std::string gated_line(const std::string& shown, const std::vector<shim::Started>& all) {
  std::string names;
  std::size_t count = 0;
  for (const shim::Started& started : all) {
    if (started.is_ours) names += (count++ == 0 ? "" : ", ") + started.name;
  }
  return count == 0 ? "" : "ok      " + shown + ": " + names + (count == 1 ? " is gated\n" : " are gated\n");
}

}  // namespace

Result<void> test_launcher(const system::Environment& environment, const std::vector<std::string>& launcher, Reply& reply) {
  const auto all = shim::ask_launcher(launcher, environment, k_longest_answer);
  Json json = launcher_json(launcher);
  const std::string shown = base::shell_command(launcher);
  if (all) {
    reply.text += gated_line(shown, *all);
    for (const shim::Started& started : *all) add_started(reply, json, shown, started);
  } else {
    json["error"] = all.error().message;
    reply.text += "unsafe  " + shown + ": " + all.error().message + "\n";
    reply.status = frontend::k_exit_refused;
  }
  reply.json["launchers"].push_back(std::move(json));
  if (!all) return base::pass_on(all);
  return {};
}

namespace {

Result<Reply> test(Program& program) {
  Context& context = program.context;
  const bool asks_the_usual = program.command.empty();
  const auto launchers = asks_the_usual ? shim::usual_launchers(context.environment())
                                        : std::vector<std::vector<std::string>>{program.command};
  Reply reply;
  reply.json["launchers"] = Json::array();
  for (const auto& launcher : launchers) {
    const auto asked = test_launcher(context.environment(), launcher, reply);
    // Of several, one that does not answer keeps no other from being asked.
    if (!asked && !asks_the_usual) return base::pass_on(asked);
  }
  if (reply.status == frontend::k_exit_done) return reply;
  reply.next_step =
      context.environment().find_filled("PVM_AGENT")
          ? "an environment that begins empty, or a PATH that is assigned anew, loses the shim; for login shells: pvmctl shim install"
          : "this is no agent's environment (PVM_AGENT is not set); test one: pvmctl shim exec -- pvmctl shim test" +
                (asks_the_usual ? "" : " -- " + base::shell_command(program.command));
  return reply;
}

}  // namespace

void add_shim_test_verb(CLI::App& group, Program& program) {
  CLI::App* verb = add_verb(group, program, "test",
                            "ask a launcher what it starts by each gated name: exit status 1 where one is not ours; "
                            "without a launcher, the shells there are",
                            "pvmctl shim test -- bash -lc\n  pvmctl shim test -- env -i", [&program] { return test(program); });
  take_command(program, verb, "shim", "[-- LAUNCHER...]");
}

}  // namespace pvm::pvmctl
