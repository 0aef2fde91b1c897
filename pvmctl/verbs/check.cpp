// SPDX-License-Identifier: Apache-2.0
// check: whether a command would run now, and why. Changes and records nothing.
#include "libpvm/base/text.hpp"
#include "libpvm/frontend/wording.hpp"
#include "libpvm/gate/decide.hpp"
#include "pvmctl/command_line.hpp"
#include "pvmctl/request_view.hpp"
#include "pvmctl/verbs/own_request.hpp"

namespace pvm::pvmctl {
namespace {

using base::Result;
using Reason = gate::Refusal::Reason;

std::string_view reason_name(Reason reason) {
  switch (reason) {
    case Reason::no_grant:
      return "no_grant";
    case Reason::pending:
      return "pending";
    case Reason::denied:
      return "denied";
    case Reason::withdrawn:
      return "withdrawn";
    case Reason::used_up:
      return "used_up";
    case Reason::expired:
      return "expired";
    case Reason::revoked:
      return "revoked";
    case Reason::stale:
      return "stale";
    case Reason::locked:
      return "locked";
  }
  return "";
}

std::string step_after_refusal(const gate::Refusal& refusal) {
  const bool is_persons_no = refusal.reason == Reason::denied || refusal.reason == Reason::locked;
  if (refusal.is_final && !is_persons_no) return std::string(k_nobody_to_ask);
  switch (refusal.reason) {
    case Reason::pending:
    case Reason::denied:
      return pvmctl::next_step_of(*refusal.request);
    case Reason::locked:
      return "stop here and report this to the user; asking or trying again will not help";
    default:
      break;
  }
  std::vector<std::string> words = {"pvmctl", "request", "--wait", "90", "--reason", "<why>", "--"};
  const auto& argv = refusal.wish.invocation.argv;
  words.insert(words.end(), argv.begin(), argv.end());
  return base::shell_command(words);
}

std::string add_own_words(std::string text, const std::string& own_words) {
  if (own_words.empty()) return text;
  return text + "it would say by itself:\n" + own_words;
}

// A command without anything to act on needs no grant, whatever it then says of its words.
Reply needless_reply(const GatedCommand& gated) {
  const std::string own_words = gated.own_words();
  Reply reply;
  reply.text = add_own_words(
      "would run: no grant is needed, as it would " + std::string(gated.tool.verb) + " nothing\n", own_words);
  reply.json["would_run"] = true;
  reply.json["why"] = "not_needed";
  reply.json["own_words"] = own_words;
  return reply;
}

/// nullopt: unlimited.
std::optional<std::uint64_t> uses_left(const model::Grant& grant, std::uint64_t used) {
  if (!grant.uses) return std::nullopt;
  return *grant.uses - std::min<std::uint64_t>(used, *grant.uses);
}

std::string uses_text(const std::optional<std::uint64_t>& left) {
  return left ? base::counted(*left, "use", "uses") + " left" : "unlimited uses";
}

Result<Reply> permit_reply(vault::Vault& vault, const vault::Wish& wish, const model::Permit& permit,
                           const std::string& own_words) {
  Reply reply;
  reply.text = "would run: " + command_text(wish) + "\n";
  reply.json["would_run"] = true;
  reply.json["why"] = "granted";
  reply.json.update(wish_json(wish));
  reply.json["grants"] = Json::array();
  for (const base::GrantId& id : permit.grants()) {
    const auto stored = vault.grant(id);
    if (!stored) return base::pass_on(stored);
    const auto grant = model::decode_grant(stored->statement);
    if (!grant) return base::pass_on(grant);
    const auto left = uses_left(*grant, stored->used);
    const std::string ends = base::iso_time(grant->terms.window.not_after);
    reply.text += "  grant " + id.brief() + " of " + base::display(grant->approver) + ": " + uses_text(left) +
                  ", until " + ends + "\n";
    Json json;
    json["id"] = id.hex();
    json["approver"] = json_text(grant->approver);
    json["uses_left"] = left ? Json(*left) : Json();
    json["ends"] = ends;
    reply.json["grants"].push_back(std::move(json));
  }
  reply.text = add_own_words(reply.text, own_words);
  reply.json["own_words"] = own_words;
  reply.next_step = "run it: " + command_text(wish);
  return reply;
}

Reply refusal_reply(const frontend::Tool& tool, const gate::Refusal& refusal, base::UnixTime now) {
  Reply reply;
  reply.text = "would not run\n" + frontend::refusal_text(tool, refusal, now);
  reply.json["would_run"] = false;
  reply.json["why"] = reason_name(refusal.reason);
  reply.json.update(wish_json(refusal.wish));
  reply.json["lacking"] = Json::array();
  for (const model::Resource& resource : refusal.lacking)
    reply.json["lacking"].push_back(json_text(resource.name));
  reply.json["can_ask"] = !refusal.is_final;
  reply.json["differences"] = refusal.differences.named;
  reply.json["request"] = refusal.request ? Json(refusal.request->id.hex()) : Json();
  reply.json["note"] = refusal.request ? json_text(refusal.request->note) : "";
  reply.next_step = step_after_refusal(refusal);
  reply.status = frontend::k_exit_refused;
  return reply;
}

Result<Reply> check(Program& program) {
  Context& context = program.context;
  const auto agent = context.agent();
  if (!agent) return base::pass_on(agent);
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto gated = read_command(program.command, {*agent, **site, context.environment()});
  if (!gated) return base::pass_on(gated);
  if (!gated->needs_grant()) return needless_reply(*gated);

  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const gate::Command& command = *gated->command;
  const vault::Wish wish = gate::make_wish(command.operation(), command.invocation(), command.effect());
  const auto decision = gate::foresee(**vault, **signers, wish, context.now());
  if (!decision) return base::pass_on(decision);
  if (const auto* permit = std::get_if<model::Permit>(&*decision)) {
    return permit_reply(**vault, wish, *permit, gated->own_words());
  }
  auto refusal = gate::foresee_refusal(**vault, wish, std::get<model::Denial>(*decision), context.now());
  if (!refusal) return base::pass_on(refusal);
  if ((*site)->settings.unattended) refusal = gate::without_asking(std::move(*refusal));
  return refusal_reply(gated->tool, *refusal, context.now());
}

}  // namespace

void add_check_verb(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(app, program, "check", "say whether a command would run now, and why",
                            "pvmctl check -- rm -rf build", [&program] { return check(program); });
  take_command(program, verb, "check", "-- COMMAND...");
}

}  // namespace pvm::pvmctl
