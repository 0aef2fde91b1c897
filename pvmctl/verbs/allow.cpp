// SPDX-License-Identifier: Apache-2.0
// allow: a standing grant, made without a request.
#include "pvmctl/verbs/allow.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "libpvm/base/text.hpp"
#include "libpvm/model/repo_address.hpp"
#include "pvmctl/approval/allowances.hpp"
#include "pvmctl/approval/coverage.hpp"
#include "pvmctl/approval/issue.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/command_line.hpp"
#include "pvmctl/scope_words.hpp"

namespace pvm::pvmctl {
namespace {

using approval::Presence;
using approval::Signer;
using base::Code;
using base::fail;
using base::Result;

Result<base::Seconds> life_from(const std::string& text, const system::Settings& settings) {
  if (text.empty()) return std::min(settings.allow_life, settings.allow_limit);
  const auto life = base::parse_duration(text);
  if (!life) return fail(Code::usage, "--for " + base::quoted(text, 64) + " is no time", "such as 12h, 30d");
  if (*life <= settings.allow_limit) return *life;
  return fail(Code::limit, "--for " + base::human_duration(*life) + " is over the limit of " +
                               base::human_duration(settings.allow_limit) + " (allow_limit)");
}

// The real path of a directory that a person named: what is removed goes by such paths.
Result<std::string> directory_named(std::string typed, const system::Environment& environment) {
  if (typed == "~" || typed.starts_with("~/")) typed.replace(0, 1, environment.find_filled("HOME").value_or("~"));
  std::error_code error;
  const auto real = std::filesystem::canonical(typed, error);
  if (error) return base::fail_errno(base::quoted(typed), error.value());
  if (std::filesystem::is_directory(real, error)) return real.string();
  return fail(Code::usage, base::quoted(typed) + " is not a directory", "give the directory that holds the sources");
}

// Any order, without repetitions; "-" for none; by default what the action hardly goes without.
Result<model::Attributes> may_from(const std::string& text, model::Action action) {
  if (text.empty()) {
    return action == model::Action::push ? model::Attributes{} : model::Attributes{model::Attribute::recursive};
  }
  if (text == "-") return model::Attributes{};
  model::Attributes all;
  std::string_view rest = text;
  for (;;) {
    const std::string_view name = rest.substr(0, rest.find(','));
    const auto one = model::Attributes::from_text(name);
    if (!one || one->is_empty()) {
      return fail(Code::usage, "--may " + base::quoted(text, 64) + " is no list of what a grant may allow",
                  "some of recursive,force,delete,mirror,tag, or - for none");
    }
    for (const auto attribute :
         {model::Attribute::deletion, model::Attribute::force, model::Attribute::mirror,
          model::Attribute::recursive, model::Attribute::tag}) {
      if (one->has(attribute)) all.add(attribute);
    }
    if (name.size() == rest.size()) return all;
    rest.remove_prefix(name.size() + 1);
  }
}

// TMPDIR, where it is a directory of this user's alone and holds nothing of theirs but what is temporary; else "".
std::string own_temporary_directory(const system::Environment& environment, const system::Places& places) {
  std::error_code error;
  const auto real = std::filesystem::canonical(environment.find_filled("TMPDIR").value_or("/"), error);
  struct stat about {};
  if (error || ::stat(real.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) return "";
  if (about.st_uid != ::geteuid() || (about.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "";
  const std::string home = environment.find_filled("HOME").value_or("");
  // To root all of the system is its own.
  const bool is_usual = std::ranges::any_of(std::array<std::string, 4>{"/tmp", "/var/tmp", "/run", home}, [&real](const std::string& above) {
    return above.size() > 1 && real.string() != above && model::is_at_or_beneath(real.string(), above);
  });
  if (::geteuid() == 0 && !is_usual) return "";
  for (const std::string& kept : {home, places.state_directory, places.trust_directory}) {
    const auto real_kept = std::filesystem::weakly_canonical(kept, error);
    if (error || kept.empty()) continue;
    const bool holds_it = model::is_at_or_beneath(real_kept.string(), real.string());
    const bool is_in_it = kept != home && model::is_at_or_beneath(real.string(), real_kept.string());
    if (holds_it || is_in_it) return "";
  }
  return real.string();
}

Result<std::vector<model::Scope>> scopes_from(const AllowOptions& options, model::Action action,
                                              const system::Environment& environment, const system::Site& site) {
  const auto type = model::scope_type_of(action);
  auto typed = scopes_from_words(type, options.scopes, site.settings.forges);
  if (!typed) return base::pass_on(typed);
  std::vector<model::Scope> scopes = std::move(*typed);
  if (type == model::ScopeType::repo) {
    if (options.temporary || !options.builds.empty()) {
      return fail(Code::usage, "--temporary and --builds are about paths, and a push is not", "leave them out");
    }
    if (!scopes.empty()) return scopes;
    return fail(Code::usage, "there is no scope to allow anything in", "such as: 'https://github.com/o/r#refs/heads/*'");
  }
  const auto add = [&scopes](model::Scope scope) {
    if (std::ranges::find(scopes, scope) == scopes.end()) scopes.push_back(std::move(scope));
  };
  if (options.temporary) {
    for (model::Scope& scope : approval::temporary_scopes(own_temporary_directory(environment, site.places))) {
      add(std::move(scope));
    }
  }
  if (!options.builds.empty()) {
    const auto directory = directory_named(options.builds, environment);
    if (!directory) return base::pass_on(directory);
    auto builds = approval::build_scopes(*directory);
    if (!builds) return base::pass_on(builds);
    for (model::Scope& scope : *builds) add(std::move(scope));
  }
  if (!scopes.empty()) return scopes;
  return fail(Code::usage, "there is no scope to allow anything in",
              "give path patterns (see: pvmctl scope explain), or --temporary, or --builds DIR");
}

Result<model::Terms> terms_from(const AllowOptions& options, const system::Site& site,
                                const system::Environment& environment, base::UnixTime now) {
  model::Terms terms;
  if (!model::is_agent_pattern(options.agent)) {
    return fail(Code::usage, base::quoted(options.agent, 128) + " is no agent's name",
                "a name, 'PROGRAM@*' for each whose name begins so, or '*' for every agent");
  }
  terms.agent = options.agent;
  const auto action = gated_action(options.action);
  if (!action) return base::pass_on(action);
  terms.action = *action;
  auto scopes = scopes_from(options, *action, environment, site);
  if (!scopes) return base::pass_on(scopes);
  terms.scopes = std::move(*scopes);
  const auto may = may_from(options.may, *action);
  if (!may) return base::pass_on(may);
  terms.may = *may;
  const auto life = life_from(options.life, site.settings);
  if (!life) return base::pass_on(life);
  terms.window = {now, now + *life};
  return terms;
}

// The names of "ANCHOR/**/NAME", where all the scopes are of that form with one anchor; else nothing.
std::vector<std::string> names_at_any_depth(const std::vector<model::Scope>& scopes) {
  std::vector<std::string> names;
  const std::string start = model::Scope::exactly(scopes.front().anchor()).pattern() + "/**/";
  for (const model::Scope& scope : scopes) {
    const std::string& pattern = scope.pattern();
    const bool is_of_the_form = pattern.starts_with(start) && pattern.find('/', start.size()) >= pattern.size() - 1;
    if (!is_of_the_form) return {};
    names.push_back(pattern.substr(start.size()));
  }
  return names;
}

std::string indented(const std::string& text, std::string_view by) {
  std::string lines(by);
  for (const char c : text) {
    lines += c;
    if (c == '\n') lines += by;
  }
  return lines + "\n";
}

// Where a scope stops short of what is beneath its matches, it says so and names the form that would not. Many are told in
// short; the text that is signed has each.
std::string scopes_in_words(const std::vector<model::Scope>& scopes) {
  constexpr std::size_t k_most_explained = 4;
  std::string text;
  if (const auto names = names_at_any_depth(scopes); scopes.size() > k_most_explained && !names.empty()) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : "  ") + base::display(name);
    return "  anywhere beneath " + base::quoted(scopes.front().anchor()) + ", what bears one of these names (a '/' takes in all that is in it):\n" +
           indented(wrapped(list, 74), "    ");
  }
  for (std::size_t i = 0; i < std::min(scopes.size(), k_most_explained); ++i) {
    text += "  " + base::display(scopes[i].pattern()) + "\n    " + base::display(scopes[i].explain()) + "\n";
  }
  if (scopes.size() > k_most_explained) {
    text += "  and " + base::grouped(scopes.size() - k_most_explained) + " more scopes, which the text below names\n";
  }
  return text;
}

std::string whom_in_words(const std::string& agent) {
  if (agent == "*") return "every agent";
  return agent.ends_with("@*") ? "every agent that is named " + agent : agent;
}

std::string allow_card(const model::Terms& terms) {
  return "a standing grant for " + whom_in_words(terms.agent) + " to " + std::string(model::to_text(terms.action)) +
         (terms.may.is_empty() ? "" : " (" + terms.may.text() + ")") + " for " +
         base::human_duration(terms.window.not_after - terms.window.not_before) + "\n" + scopes_in_words(terms.scopes);
}

// A "**" goes everywhere, also to where git keeps branches and submodules under names that people gave them.
std::string git_warning(const model::Terms& terms) {
  const bool goes_everywhere = std::ranges::any_of(terms.scopes, [](const model::Scope& scope) {
    return scope.type() == model::ScopeType::path && scope.pattern().find("/**/") != std::string::npos;
  });
  if (!goes_everywhere) return {};
  return "  ! '**' also matches inside of .git directories: a submodule or a branch called \"build\", say\n";
}

// Whether it could take `path` itself or something beneath it.
bool reaches(const model::Scope& scope, const std::string& path) {
  return path.size() > 1 && model::is_canonical(path) &&
         (scope.covers({path, model::Extent::item}) || scope.reaches_beneath(path));
}

// Whether it could take `path` with all that is in it, by itself or with what is above it.
bool takes(const model::Scope& scope, const std::string& path) {
  if (scope.covers({path + "/vault.db", model::Extent::item})) return true;  // as "PATH/**" does
  const auto above = model::anchors_of(path);
  return std::ranges::any_of(above, [&scope](const std::string& at) { return scope.covers({at, model::Extent::tree}); });
}

// Of a repository somewhere else; or of what a helper program is told, which may be any command.
std::string repo_warnings(const model::Scope& scope, const std::string& shown) {
  const std::string_view pattern = scope.pattern();
  const std::size_t divider = pattern.find(':');
  const bool is_of_helper = model::is_helper_scheme(pattern.substr(0, divider));
  const bool names_host = scope.anchor().find('/', 1) != std::string::npos;
  if (is_of_helper) return "  ! hands the rest to a program, git-remote-" + base::display(pattern.substr(0, divider)) + ": " + shown;
  return names_host ? "" : "  ! can match at any host: " + shown;
}

// A scope that takes in the home directory is seldom what was meant; one that takes in PVM's own files never is.
std::string breadth_warnings(const model::Terms& terms, const system::Environment& environment, const system::Places& places) {
  const std::string home = environment.find_filled("HOME").value_or("");
  std::string text;
  for (const model::Scope& scope : terms.scopes) {
    const std::string shown = base::display(scope.pattern()) + "\n";
    if (scope.type() == model::ScopeType::repo) {
      text += repo_warnings(scope, shown);
      continue;
    }
    if (takes(scope, places.state_directory) || takes(scope, places.trust_directory)) {
      text += "  ! takes in PVM's own vault, log or keys: " + shown;
    }
    if (scope.anchor() == "/") {
      text += "  ! can match anywhere on this machine: " + shown;
    } else if (reaches(scope, home) && model::is_at_or_beneath(home, scope.anchor())) {
      text += "  ! reaches your home directory or above it: " + shown;
    }
  }
  return text;
}

// A name that no agent of this vault has is often one that was mistyped, or a program's without its directory.
std::string stranger_warning(Context& context, const std::string& agent) {
  if (!model::is_agent_name(agent)) return {};
  const auto vault = context.vault();
  if (!vault) return {};
  vault::RequestFilter filter;
  filter.agent = agent;
  filter.most = 1;
  const auto requests = (*vault)->requests(filter, context.now());
  if (!requests || !requests->empty()) return {};
  std::string text = "  ! no agent of the name " + base::quoted(agent) + " has asked for anything yet\n";
  filter.agent = agent + "@*";
  const auto alike = (*vault)->requests(filter, context.now());
  if (agent.find('@') != std::string::npos || !alike || alike->empty()) return text;
  return text + "    there is " + base::quoted(alike->front().wish.operation.agent) + "; --agent '" + agent +
         "@*' speaks of each that is named so\n";
}

}  // namespace

Result<Reply> allow(Context& context, const AllowOptions& options) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  auto terms = terms_from(options, **site, context.environment(), context.now());
  if (!terms) return base::pass_on(terms);
  const auto uses = approval::parse_uses(options.uses);
  if (!uses) return base::pass_on(uses);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto signer = Signer::of_site(**site, **signers, context.environment());
  if (!signer) return base::pass_on(signer);

  const Presence presence = signer->presence();
  const auto via = presence == Presence::unattended ? approval::k_via_unattended : approval::k_via;
  const auto particulars = approval::new_particulars(context, signer->principal(), via);
  if (!particulars) return base::pass_on(particulars);
  const std::string home = context.environment().find_filled("HOME").value_or("");
  const bool is_of_paths = model::scope_type_of(terms->action) == model::ScopeType::path;
  const auto coverage = approval::coverage_of(terms->scopes);
  const std::string card = allow_card(*terms) + breadth_warnings(*terms, context.environment(), (*site)->places) + git_warning(*terms) +
                           stranger_warning(context, terms->agent) + (is_of_paths ? approval::coverage_text(coverage, home) : "");
  const model::Grant grant{particulars->id,       particulars->vault, std::move(*terms),  std::nullopt,
                           std::nullopt,          uses->most,         particulars->epoch, particulars->log,
                           particulars->approver, particulars->via,   options.reason};
  const auto prompting = options.yes ? approval::Prompting::skip : approval::Prompting::ask;
  if (auto issued = approval::issue(context, *signer, presence, {{card, grant, ""}}, prompting); !issued) {
    return base::pass_on(issued);
  }
  Reply reply;
  reply.text = "allowed: " + approval::grant_line(grant) + "\n";
  reply.json = approval::grant_json(grant);
  reply.json["unattended"] = presence == Presence::unattended;
  reply.json["covers_now"] = is_of_paths ? approval::coverage_json(coverage) : Json();
  return reply;
}

void add_allow_verb(CLI::App& app, Program& program) {
  const auto options = std::make_shared<AllowOptions>();
  CLI::App* verb = add_verb(app, program, "allow", "sign a standing grant, without a request",
                            "pvmctl allow --agent 'claude@*' rm '/home/u/src/**/node_modules/' --for 30d",
                            [&program, options] { return allow(program.context, *options); });
  verb->add_option("--agent", options->agent, "the agent's name, 'PROGRAM@*', or '*' for every agent")->required();
  verb->add_option("ACTION", options->action, "what it may do: rm, trash or push")->required();
  verb->add_option("SCOPE", options->scopes, "absolute path patterns, or URL#REF for a push; see: pvmctl scope explain");
  verb->add_flag("--temporary", options->temporary, "also what mktemp and others make in TMPDIR, or in /tmp");
  verb->add_option("--builds", options->builds, "also what builds make beneath this directory: node_modules, build, *.o, …");
  verb->add_option("--for", options->life, "for how long: 12h, 30d (30d unless configured otherwise; at most 90d)");
  verb->add_option("--uses", options->uses, "so many uses, or unlimited (the default)");
  verb->add_option("--may", options->may,
                   "what goes beyond the plain form (for rm: recursive), or - for nothing");
  verb->add_option("--reason", options->reason, "a word for the log");
  verb->add_flag("--yes", options->yes, "do not ask, where the configuration allows that");
}

}  // namespace pvm::pvmctl
