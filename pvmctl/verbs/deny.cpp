// SPDX-License-Identifier: Apache-2.0
// deny: needs no key.
#include "pvmctl/request_groups.hpp"
#include "pvmctl/verbs/approve.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

struct DenyOptions {
  std::vector<std::string> ids;
  bool all = false;
  std::string group;  // a request of it
  std::string note;
};

Result<std::vector<base::RequestId>> chosen(vault::Vault& vault, const DenyOptions& options,
                                            const std::string& home, base::UnixTime now) {
  std::vector<base::RequestId> ids;
  if (!options.group.empty()) {
    const auto group = find_group(vault, options.group, home, now);
    if (!group) return base::pass_on(group);
    for (const vault::Request& request : group->requests) ids.push_back(request.id);
    return ids;
  }
  if (options.all) {
    const auto pending = vault.requests({std::nullopt, vault::RequestState::pending, SIZE_MAX}, now);
    if (!pending) return base::pass_on(pending);
    for (const vault::Request& request : *pending) ids.push_back(request.id);
    return ids;
  }
  for (const std::string& prefix : options.ids) {
    const auto id = vault.request_by_prefix(prefix);
    if (!id) return base::pass_on(id);
    ids.push_back(*id);
  }
  return ids;
}

Result<Reply> deny(Context& context, const DenyOptions& options) {
  const int ways = (options.all ? 1 : 0) + (options.ids.empty() ? 0 : 1) + (options.group.empty() ? 0 : 1);
  if (ways != 1) {
    return fail(Code::usage, "say which requests to deny",
                "give IDs, or --group with one of a group's, or --all for every pending one");
  }
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto ids = chosen(**vault, options, context.environment().find_filled("HOME").value_or(""), context.now());
  if (!ids) return base::pass_on(ids);
  Reply reply;
  reply.json["denied"] = Json::array();
  for (const base::RequestId& id : *ids) {
    if (auto done = (*vault)->deny(id, options.note, context.now()); !done) return base::pass_on(done);
    reply.text += "denied " + id.brief() + "\n";
    reply.json["denied"].push_back(id.hex());
  }
  if (ids->empty()) reply.text = "nothing is pending\n";
  return reply;
}

}  // namespace

void add_deny_verb(CLI::App& app, Program& program) {
  const auto options = std::make_shared<DenyOptions>();
  CLI::App* verb = add_verb(app, program, "deny", "say no to requests; needs no key",
                            "pvmctl deny 5ab2 --note 'use make clean'",
                            [&program, options] { return deny(program.context, *options); });
  verb->add_option("ID", options->ids, "requests, by the start of their ids");
  verb->add_option("--group", options->group, "all of the group that this request is pending in");
  verb->add_flag("--all", options->all, "every pending request");
  verb->add_option("--note", options->note, "a word to the agent");
}

}  // namespace pvm::pvmctl
