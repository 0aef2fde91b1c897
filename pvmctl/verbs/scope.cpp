// SPDX-License-Identifier: Apache-2.0
// scope: try out a pattern before anything rests on it. Needs no vault.
#include "libpvm/model/scope.hpp"

#include "libpvm/base/text.hpp"
#include "pvmctl/cli.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;
using model::Extent;
using model::Scope;

Result<Scope> read_scope(const std::string& pattern) {
  auto scope = Scope::parse(model::ScopeType::path, pattern);
  if (!scope) return fail(Code::usage, scope.error().message, scope.error().hint);
  return scope;
}

Result<Reply> match(const std::string& pattern, const std::string& path, Extent extent) {
  const auto scope = read_scope(pattern);
  if (!scope) return base::pass_on(scope);
  if (!model::is_canonical(path)) {
    return fail(Code::usage, base::quoted(path, 256) + " is not a canonical path",
                "it starts with '/' and has no '//', '.', '..' or '/' at its end");
  }
  const model::Resource resource{path, extent};
  const bool is_covered = scope->covers(resource);
  const std::string widened = is_covered ? "" : scope->widened_for(resource);

  Reply reply;
  reply.text = base::quoted(pattern) + (is_covered ? " covers " : " does not cover ") + base::quoted(path) +
               (extent == Extent::tree ? " with all that is beneath it\n" : "\n");
  reply.json["covers"] = is_covered;
  reply.json["scope"] = json_text(pattern);
  reply.json["resource"] = json_text(path);
  reply.json["extent"] = extent == Extent::tree ? "tree" : "item";
  reply.json["widened"] = widened.empty() ? Json() : Json(json_text(widened));
  if (!widened.empty()) reply.next_step = "what is beneath it too: " + base::quoted(widened);
  reply.status = is_covered ? frontend::k_exit_done : frontend::k_exit_refused;
  return reply;
}

Result<Reply> explain(const std::string& pattern) {
  const auto scope = read_scope(pattern);
  if (!scope) return base::pass_on(scope);
  Reply reply;
  reply.text = scope->explain() + "\n";
  reply.json["scope"] = json_text(pattern);
  reply.json["type"] = model::to_text(scope->type());
  reply.json["anchor"] = json_text(scope->anchor());
  reply.json["explanation"] = scope->explain();
  return reply;
}

}  // namespace

void add_scope_verbs(CLI::App& app, Program& program) {
  CLI::App* group = add_group(app, "scope", "try out path patterns");
  const auto pattern = std::make_shared<std::string>();
  const auto path = std::make_shared<std::string>();
  const auto extent = std::make_shared<Extent>(Extent::item);

  CLI::App* match_verb =
      add_verb(*group, program, "match", "say whether a scope covers a path (exit 0) or not (1)",
               "pvmctl scope match '/srv/app/**/*.o' /srv/app/x/main.o",
               [pattern, path, extent] { return match(*pattern, *path, *extent); });
  match_verb->add_option("SCOPE", *pattern, "an absolute path pattern")->required();
  match_verb->add_option("PATH", *path, "an absolute path; it need not be there")->required();
  match_verb->add_flag_callback(
      "--tree", [extent] { *extent = Extent::tree; },
      "the path with all that is beneath it, as rm -r takes it");

  CLI::App* explain_verb =
      add_verb(*group, program, "explain", "say what a scope covers and what it does not",
               "pvmctl scope explain '/srv/app/**/*.o'", [pattern] { return explain(*pattern); });
  explain_verb->add_option("SCOPE", *pattern, "an absolute path pattern")->required();
}

}  // namespace pvm::pvmctl
