// SPDX-License-Identifier: Apache-2.0
// doctor: what is set up, and what of it is unsafe.
#include <algorithm>

#include "pvmctl/approval/checkup.hpp"
#include "pvmctl/cli.hpp"

namespace pvm::pvmctl {
namespace {

using approval::Finding;
using approval::Health;

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

}  // namespace

void add_doctor_verb(CLI::App& app, Program& program) {
  add_verb(app, program, "doctor",
           "what is set up here, and what of it is unsafe: exit status 1 if something is", "pvmctl doctor",
           [&program] { return doctor(program.context); });
}

}  // namespace pvm::pvmctl
