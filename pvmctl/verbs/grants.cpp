// SPDX-License-Identifier: Apache-2.0
// grants, revoke, grant verify.
#include <algorithm>
#include <set>

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sshsig.hpp"
#include "libpvm/gate/trust.hpp"
#include "pvmctl/approval/given_file.hpp"
#include "pvmctl/approval/issue.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/grants_view.hpp"
#include "pvmctl/ui/table.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t k_signers_max_bytes = 1024 * 1024;

struct GrantsOptions {
  std::string agent;
  bool all = false;
};

struct RevokeOptions {
  std::string grant;
  std::string agent;
  bool all = false;
};

struct VerifyOptions {
  std::string statement;
  std::string signature;
  std::string signers;
};

std::string uses_text(const model::Grant& grant, std::uint64_t used) {
  return std::to_string(used) + "/" + (grant.uses ? std::to_string(*grant.uses) : "unlimited");
}

// Lines of what the vault holds, which need not be a statement: nothing in it reaches the terminal as it is.
std::string shown_lines(const std::string& text) {
  std::string lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    lines += base::display(std::string_view(text).substr(from, end - from), model::k_grant_max_bytes) + "\n";
    from = end + 1;
  }
  return lines;
}

// A grant that cannot even be read is still a row: it can be revoked. What it allows stands beneath it, however long.
struct Listed {
  std::vector<std::string> cells;
  std::string what;
};

Listed listed(const vault::StoredGrant& stored, const Standing& standing, base::UnixTime now) {
  constexpr std::size_t k_most_shown = 3;
  const auto grant = model::decode_grant(stored.statement);
  if (!grant) return {{stored.id.brief(), "?", "?", "?", standing.word, ""}, ""};
  const bool is_unattended = grant->via.ends_with("/unattended");
  const base::Seconds left = grant->terms.window.not_after - now;
  std::string what;
  const auto& scopes = grant->terms.scopes;
  for (std::size_t i = 0; i < std::min(scopes.size(), k_most_shown); ++i) {
    what += "    " + std::string(model::to_text(grant->terms.action)) + " " + base::display(scopes[i].pattern()) + "\n";
  }
  if (scopes.size() > k_most_shown) {
    what += "    and " + base::grouped(scopes.size() - k_most_shown) + " more: pvmctl grant show " + stored.id.brief() + "\n";
  }
  return {{stored.id.brief(), grant->terms.agent, uses_text(*grant, stored.used),
           left.count() > 0 ? base::human_duration(left) : "-", standing.word,
           grant->approver + (is_unattended ? " unattended" : "")},
          what};
}

std::string grants_text(const std::vector<Listed>& grants) {
  if (grants.empty()) return "no grants\n";
  ui::Table table({{"ID"}, {"AGENT", 1}, {"USES"}, {"LEFT"}, {"STATE"}, {"APPROVER", 2}});
  for (const Listed& grant : grants) table.add_row(grant.cells);
  const std::string lines = table.text(ui::page_width());
  std::size_t from = lines.find('\n') + 1;
  std::string text = lines.substr(0, from);
  for (const Listed& grant : grants) {
    const std::size_t end = lines.find('\n', from) + 1;
    text += lines.substr(from, end - from) + grant.what;
    from = end;
  }
  return text;
}

Result<Reply> list(Context& context, const GrantsOptions& options) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto epoch = (*vault)->epoch();
  if (!epoch) return base::pass_on(epoch);
  vault::GrantFilter filter;
  if (!options.agent.empty()) filter.agent = options.agent;
  if (!options.all) filter.live_at = context.now();
  const auto grants = (*vault)->grants(filter);
  if (!grants) return base::pass_on(grants);

  std::vector<Listed> all;
  Reply reply;
  reply.json["grants"] = Json::array();
  for (const vault::StoredGrant& stored : *grants) {
    const auto verified = gate::verify_stored(stored, **signers, context.now());
    const Standing standing = standing_of(stored, verified, *epoch, context.now());
    all.push_back(listed(stored, standing, context.now()));
    reply.json["grants"].push_back(stored_grant_json(stored, standing));
  }
  reply.text = grants_text(all);
  return reply;
}

// The whole text that was signed, and what came of it.
Result<Reply> show_grant(Context& context, const std::string& prefix) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto epoch = (*vault)->epoch();
  if (!epoch) return base::pass_on(epoch);
  const auto id = (*vault)->grant_by_prefix(prefix);
  if (!id) return base::pass_on(id);
  const auto stored = (*vault)->grant(*id);
  if (!stored) return base::pass_on(stored);
  const auto verified = gate::verify_stored(*stored, **signers, context.now());
  const Standing standing = standing_of(*stored, verified, *epoch, context.now());
  const auto grant = model::decode_grant(stored->statement);

  Reply reply;
  reply.text = "grant " + id->hex() + ": " + standing.word + (standing.why.empty() ? "" : ": " + standing.why) + "\n";
  if (grant) {
    const base::Seconds left = grant->terms.window.not_after - context.now();
    reply.text += "  used   " + uses_text(*grant, stored->used) + "\n";
    reply.text += "  until  " + base::iso_time(grant->terms.window.not_after) +
                  (left.count() > 0 ? " (" + base::human_duration(left) + " left)\n" : " (over)\n");
  }
  if (stored->revoked) reply.text += "  revoked " + base::iso_time(*stored->revoked) + "\n";
  reply.text += "\n" + shown_lines(stored->statement);
  reply.json = stored_grant_json(*stored, standing);
  reply.json["statement"] = json_text(stored->statement);
  reply.json["signature"] = json_text(stored->signature);
  if (standing.word == "live") reply.next_step = "to take it back: pvmctl revoke " + id->brief();
  return reply;
}

// Whom live grants still speak of that a person may mean by `agent`: it together with others, and those that are named after its program.
Result<std::set<std::string>> grants_of_others(vault::Vault& vault, const std::string& agent, base::UnixTime now) {
  vault::GrantFilter filter;
  filter.live_at = now;
  const auto live = vault.grants(filter);
  if (!live) return base::pass_on(live);
  std::set<std::string> names;
  for (const vault::StoredGrant& stored : *live) {
    const auto grant = model::decode_grant(stored.statement);
    if (!grant) continue;
    const std::string& name = grant->terms.agent;
    if (name != agent && (model::is_agent_of(name, agent) || name.starts_with(agent + "@"))) names.insert(name);
  }
  return names;
}

Result<Reply> revoke(Context& context, const RevokeOptions& options) {
  const int given = static_cast<int>(!options.grant.empty()) + static_cast<int>(!options.agent.empty()) +
                    static_cast<int>(options.all);
  if (given != 1) {
    return fail(Code::usage, given == 0 ? "say what to revoke" : "say one thing to revoke",
                "a grant's id, or --agent NAME, or --all");
  }
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  Reply reply;
  if (!options.grant.empty()) {
    const auto id = (*vault)->grant_by_prefix(options.grant);
    if (!id) return base::pass_on(id);
    const auto before = (*vault)->grant(*id);
    if (!before) return base::pass_on(before);
    if (auto done = (*vault)->revoke(*id, context.now()); !done) return base::pass_on(done);
    reply.text = before->revoked ? "grant " + id->brief() + " was revoked already, " +
                                       base::human_duration(context.now() - *before->revoked) + " ago\n"
                                 : "revoked grant " + id->brief() + "\n";
    reply.json["revoked"] = id->hex();
    reply.json["was_revoked"] = before->revoked.has_value();
    return reply;
  }
  const auto count = options.all ? (*vault)->revoke_all(context.now())
                                 : (*vault)->revoke_agent(options.agent, context.now());
  if (!count) return base::pass_on(count);
  reply.text = "revoked " + base::counted(*count, "live grant", "live grants") +
               (options.all ? "" : " of " + base::quoted(options.agent, 128)) + "\n";
  reply.json["revoked"] = *count;
  if (options.all) return reply;
  const auto others = grants_of_others(**vault, options.agent, context.now());
  if (!others) return base::pass_on(others);
  reply.json["still_granted"] = Json::array();
  std::string names;
  for (const std::string& agent : *others) {
    reply.json["still_granted"].push_back(json_text(agent));
    names += (names.empty() ? "" : ", ") + base::quoted(agent, 128);
  }
  if (!names.empty()) reply.next_step = "still granted, with others or under another name: " + names + "; see: pvmctl grants";
  return reply;
}

Result<Reply> verify(Context& context, const VerifyOptions& options) {
  const auto statement = approval::read_given_file(options.statement, model::k_grant_max_bytes);
  if (!statement) return base::pass_on(statement);
  const auto signature = approval::read_given_file(options.signature, crypto::k_signature_max_bytes);
  if (!signature) return base::pass_on(signature);
  const auto text = approval::read_given_file(options.signers, k_signers_max_bytes);
  if (!text) return base::pass_on(text);
  const auto signers = crypto::parse_allowed_signers(*text);
  if (!signers) return base::pass_on(signers);

  const auto grant = gate::verify_grant(*statement, *signature, *signers, context.now());
  Reply reply;
  reply.json["good"] = grant.has_value();
  if (grant) {
    reply.text =
        "good: signed by " + base::quoted(grant->approver) + "; " + approval::grant_line(*grant) + "\n";
    reply.json["grant"] = approval::grant_json(*grant);
    return reply;
  }
  reply.text = "not good: " + grant.error().message + "\n";
  reply.json["why"] = grant.error().message;
  reply.status = frontend::k_exit_refused;
  return reply;
}

void add_grants_list_verb(CLI::App& app, Program& program) {
  const auto options = std::make_shared<GrantsOptions>();
  CLI::App* verb = add_verb(app, program, "grants", "list grants", "pvmctl grants --agent claude@~/src/app",
                            [&program, options] { return list(program.context, *options); });
  verb->add_option("--agent", options->agent, "only those that speak of this agent");
  verb->add_flag("--all", options->all, "those that ended, too");
}

void add_revoke_verb(CLI::App& app, Program& program) {
  const auto options = std::make_shared<RevokeOptions>();
  CLI::App* verb = add_verb(app, program, "revoke", "take grants back; needs no key", "pvmctl revoke 3f0c",
                            [&program, options] { return revoke(program.context, *options); });
  verb->add_option("GRANT", options->grant, "the start of its id");
  verb->add_option("--agent", options->agent, "all that were given to this agent alone");
  verb->add_flag("--all", options->all, "every grant there is");
}

void add_single_grant_verbs(CLI::App& app, Program& program) {
  CLI::App* group = add_group(app, "grant", "a single grant");
  const auto id = std::make_shared<std::string>();
  CLI::App* show = add_verb(*group, program, "show", "show the whole text that was signed, and what came of it",
                            "pvmctl grant show 3f0c", [&program, id] { return show_grant(program.context, *id); });
  show->add_option("GRANT", *id, "the start of its id")->required();

  const auto options = std::make_shared<VerifyOptions>();
  CLI::App* verb =
      add_verb(*group, program, "verify",
               "judge a grant's signature, without a vault: exit status 0 good, 1 not",
               "pvmctl grant verify grant.txt --signature grant.txt.sig --signers allowed_signers",
               [&program, options] { return verify(program.context, *options); });
  verb->add_option("FILE", options->statement, "the grant's text")->required();
  verb->add_option("--signature", options->signature, "its signature")->required();
  verb->add_option("--signers", options->signers, "an allowed_signers file")->required();
}

}  // namespace

void add_grants_verbs(CLI::App& app, Program& program) {
  add_grants_list_verb(app, program);
  add_revoke_verb(app, program);
  add_single_grant_verbs(app, program);
}

}  // namespace pvm::pvmctl
