// SPDX-License-Identifier: Apache-2.0
// scope: try out a pattern before anything rests on it. Needs no vault.
#include "libpvm/model/scope.hpp"

#include "libpvm/base/text.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/scope_words.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;
using model::Extent;

// Of the configuration alone the forges are looked at, and only for a repo scope.
Result<std::vector<std::string>> forges_for(Context& context, model::ScopeType type) {
  if (type == model::ScopeType::path) return std::vector<std::string>();
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  return (*site)->settings.forges;
}

Result<model::Resource> read_resource(model::ScopeType type, const std::string& text, Extent extent,
                                      const std::vector<std::string>& forges) {
  if (type == model::ScopeType::repo) {
    if (extent == Extent::tree) return fail(Code::usage, "--tree is of a path", "leave it out");
    auto name = repo_name_from_words(text, forges);
    if (!name) return base::pass_on(name);
    return model::Resource{std::move(*name), extent};
  }
  if (model::is_canonical(text)) return model::Resource{text, extent};
  return fail(Code::usage, base::quoted(text, 256) + " is not a canonical path",
              "it starts with '/' and has no '//', '.', '..' or '/' at its end");
}

Result<Reply> match(Context& context, const std::string& pattern, const std::string& name, Extent extent) {
  const auto type = type_by_form(pattern);
  const auto forges = forges_for(context, type);
  if (!forges) return base::pass_on(forges);
  const auto scope = scope_from_words(type, pattern, *forges);
  if (!scope) return base::pass_on(scope);
  const auto resource = read_resource(type, name, extent, *forges);
  if (!resource) return base::pass_on(resource);
  const bool is_covered = scope->covers(*resource);
  const std::string widened = is_covered ? "" : scope->widened_for(*resource);

  Reply reply;
  reply.text = base::quoted(scope->pattern()) + (is_covered ? " covers " : " does not cover ") + base::quoted(resource->name) +
               (extent == Extent::tree ? " with all that is beneath it\n" : "\n");
  reply.json["covers"] = is_covered;
  reply.json["scope"] = json_text(scope->pattern());
  reply.json["type"] = model::to_text(type);
  reply.json["resource"] = json_text(resource->name);
  reply.json["extent"] = extent == Extent::tree ? "tree" : "item";
  reply.json["widened"] = widened.empty() ? Json() : Json(json_text(widened));
  if (!widened.empty()) reply.next_step = "what is beneath it too: " + base::quoted(widened);
  reply.status = is_covered ? frontend::k_exit_done : frontend::k_exit_refused;
  return reply;
}

Result<Reply> explain(Context& context, const std::string& pattern) {
  const auto type = type_by_form(pattern);
  const auto forges = forges_for(context, type);
  if (!forges) return base::pass_on(forges);
  const auto scope = scope_from_words(type, pattern, *forges);
  if (!scope) return base::pass_on(scope);
  Reply reply;
  reply.text = scope->explain() + "\n";
  reply.json["scope"] = json_text(scope->pattern());
  reply.json["type"] = model::to_text(type);
  reply.json["anchor"] = json_text(scope->anchor());
  reply.json["explanation"] = scope->explain();
  return reply;
}

}  // namespace

void add_scope_verbs(CLI::App& app, Program& program) {
  CLI::App* group = add_group(app, "scope", "try out patterns of paths and of repositories");
  const auto pattern = std::make_shared<std::string>();
  const auto name = std::make_shared<std::string>();
  const auto extent = std::make_shared<Extent>(Extent::item);

  CLI::App* match_verb =
      add_verb(*group, program, "match", "say whether a scope covers a path or a ref (exit 0) or not (1)",
               "pvmctl scope match '/srv/app/**/*.o' /srv/app/x/main.o\n"
               "  pvmctl scope match 'https://h/o/*#refs/**' 'https://h/o/r#refs/heads/x'",
               [&program, pattern, name, extent] { return match(program.context, *pattern, *name, *extent); });
  match_verb->add_option("SCOPE", *pattern, "an absolute path pattern, or URL#REF with wildcards")->required();
  match_verb->add_option("NAME", *name, "an absolute path, or URL#refs/...; it need not be there")->required();
  match_verb->add_flag_callback(
      "--tree", [extent] { *extent = Extent::tree; },
      "the path with all that is beneath it, as rm -r takes it");

  CLI::App* explain_verb =
      add_verb(*group, program, "explain", "say what a scope covers and what it does not",
               "pvmctl scope explain '/srv/app/**/*.o'",
               [&program, pattern] { return explain(program.context, *pattern); });
  explain_verb->add_option("SCOPE", *pattern, "an absolute path pattern, or URL#REF with wildcards")->required();
}

}  // namespace pvm::pvmctl
