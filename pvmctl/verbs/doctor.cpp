// SPDX-License-Identifier: Apache-2.0
// doctor: what is set up, and what of it is unsafe; --accept-clock lets things go on with a clock that went back.
#include <algorithm>

#include "libpvm/base/text.hpp"
#include "pvmctl/approval/checkup.hpp"
#include "pvmctl/approval/setting_aside.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/log/seen.hpp"

namespace pvm::pvmctl {
namespace {

using approval::Finding;
using approval::Health;
using approval::Prompting;

struct DoctorOptions {
  bool accept_clock = false;
  std::string reason;
  bool yes = false;
};

std::string finding_text(const Finding& finding) {
  std::string start(approval::to_text(finding.health));
  start.resize(std::max<std::size_t>(start.size(), 6) + 2, ' ');
  std::string text = start + finding.check + ": " + finding.message + "\n";
  if (!finding.hint.empty()) text += "        hint: " + finding.hint + "\n";
  return text;
}

base::Result<Reply> doctor(Context& context) {
  Reply reply;
  reply.json["checks"] = Json::array();
  for (const Finding& finding : approval::check_up(context)) {
    reply.text += finding_text(finding);
    Json json;
    json["check"] = finding.check;
    json["state"] = approval::to_text(finding.health);
    json["message"] = finding.message;
    json["hint"] = finding.hint;
    reply.json["checks"].push_back(std::move(json));
    if (finding.health == Health::unsafe) reply.status = frontend::k_exit_refused;
  }
  return reply;
}

std::string clock_card(base::UnixTime now, base::UnixTime mark) {
  return "the clock is behind the audit log, so nothing is decided\n"
         "  clock       " + base::iso_time(now) + "\n" +
         "  last entry  " + base::iso_time(mark) + ", which is " + base::human_duration(mark - now) + " ahead\n" +
         "Is it the clock that is wrong now? Then say no, and set it right.\n"
         "By signing you accept the clock as it is now: that entry was made by a clock that was ahead. Grants and\n"
         "requests that had ended by that clock, and have not by this one, count again.\n";
}

base::Result<Reply> accept_clock(Context& context, const DoctorOptions& options) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto mark = (*vault)->clock_mark();
  if (!mark) return base::pass_on(mark);
  const base::UnixTime now = context.now();
  if (now + vault::k_clock_tolerance >= *mark) {
    return base::fail(base::Code::conflict,
                      "there is nothing to accept: the clock (" + base::iso_time(now) + ") is not behind the log");
  }
  const auto head = log::look_at_log(context);
  if (!head) return base::pass_on(head);
  approval::Aside aside{model::ResetKind::clock, *head};
  aside.mark = *mark;
  aside.reason = options.reason;
  const auto prompting = options.yes ? Prompting::skip : Prompting::ask;
  if (auto done = approval::set_aside(context, aside, clock_card(now, *mark), prompting); !done) {
    return base::pass_on(done);
  }
  Reply reply;
  reply.text = "accepted: from now on the clock is held against " + base::iso_time(context.now()) + "\n";
  reply.json["mark"] = base::iso_time(*mark);
  return reply;
}

}  // namespace

void add_doctor_verb(CLI::App& app, Program& program) {
  const auto options = std::make_shared<DoctorOptions>();
  CLI::App* verb = add_verb(
      app, program, "doctor",
      "what is set up here, and what of it is unsafe: exit status 1 if something is", "pvmctl doctor",
      [&program, options] {
        return options->accept_clock ? accept_clock(program.context, *options) : doctor(program.context);
      });
  CLI::Option* accept = verb->add_flag("--accept-clock", options->accept_clock,
                                       "accept, signed, a clock that is behind the log, where it is right now");
  verb->add_option("--reason", options->reason, "a word for the log")->needs(accept);
  verb->add_flag("--yes", options->yes, "do not ask, where the configuration allows that")->needs(accept);
}

}  // namespace pvm::pvmctl
