// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/draft.hpp"

#include <algorithm>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/model/repo_name.hpp"

namespace pvm::pvmctl::approval {
namespace {

using base::Code;
using base::fail;
using base::Result;

enum class Kind { once, lasting };

Result<Kind> kind_of(const vault::Request& request, const Choice& choice) {
  const bool is_lasting = choice.life || choice.uses;
  if (choice.repetition == Repetition::once && is_lasting) {
    return fail(Code::usage, "--once is one use, so it goes with neither --for nor --uses",
                "leave one of them out");
  }
  const bool is_for_scopes = request.wish.operation.resources.empty();
  if (choice.repetition == Repetition::once && is_for_scopes) {
    return fail(Code::usage,
                "request " + request.id.brief() + " asks for scopes, and there is no effect to bind to",
                "give --for or --uses");
  }
  return is_lasting || is_for_scopes ? Kind::lasting : Kind::once;
}

Result<std::optional<base::Digest>> bound_effect(Kind kind, const Choice& choice,
                                                 const std::optional<base::Digest>& effect) {
  if (kind == Kind::lasting || choice.binding == Binding::unbound) return std::optional<base::Digest>();
  if (effect) return effect;
  return fail(Code::refused, "it has over 100,000 entries, so a grant cannot be bound to what is there now",
              "with --unbound it would allow one run, whatever is there by then");
}

Result<base::Seconds> life_of(Kind kind, const Choice& choice, const system::Settings& settings) {
  if (kind == Kind::once) return settings.once_life;
  const base::Seconds life = choice.life.value_or(settings.for_limit);
  if (life <= settings.for_limit) return life;
  return fail(Code::limit,
              "--for " + base::human_duration(life) + " is over the limit of " +
                  base::human_duration(settings.for_limit) + " (for_limit)",
              "for longer, make a standing grant: pvmctl allow");
}

std::vector<model::Scope> asked_scopes(const vault::Request& request) {
  std::vector<model::Scope> scopes = request.wish.scopes;
  for (const model::Resource& resource : request.wish.operation.resources) {
    scopes.push_back(model::Scope::exactly(resource.name));
  }
  return scopes;
}

Result<void> check_width(const std::vector<model::Scope>& chosen, const std::vector<model::Scope>& asked,
                         Widening widening) {
  if (widening == Widening::allow) return {};
  for (const model::Scope& scope : chosen) {
    const bool is_within = std::ranges::any_of(
        asked, [&scope](const model::Scope& outer) { return is_surely_within(scope, outer); });
    if (is_within) continue;
    return fail(Code::refused,
                "the scope " + base::quoted(scope.pattern()) + " may cover more than was asked for",
                "if you want that, say --widen as well");
  }
  return {};
}

// What to add to the command line; a pattern with bytes that cannot be shown is no word of sh.
std::string offer(const std::string& better) {
  if (better.empty()) return "add a scope for it, or deny the request";
  const std::string word = base::shell_command({better});
  if (word.starts_with("eval "))
    return "this scope would cover it with what is beneath: " + base::quoted(better);
  return "this would cover it with what is beneath: --scope " + word;
}

Result<void> check_cover(const vault::Request& request, const std::vector<model::Scope>& scopes) {
  for (const model::Resource& resource : request.wish.operation.resources) {
    std::string better;
    bool is_covered = false;
    for (const model::Scope& scope : scopes) {
      is_covered = is_covered || scope.covers(resource);
      if (better.empty()) better = scope.widened_for(resource);
    }
    if (is_covered) continue;
    return fail(Code::refused,
                "the scopes do not cover " + base::quoted(resource.name) + ", which was asked for",
                offer(better));
  }
  return {};
}

Result<std::vector<model::Scope>> scopes_for(const vault::Request& request, const Choice& choice) {
  std::vector<model::Scope> asked = asked_scopes(request);
  if (choice.scopes.empty()) return asked;
  if (!model::are_of_type(choice.scopes, request.wish.operation.action)) {
    const bool is_push = request.wish.operation.action == model::Action::push;
    return fail(Code::usage, "a scope of the wrong type for " + std::string(model::to_text(request.wish.operation.action)),
                is_push ? "such as: --scope 'https://github.com/o/r#refs/heads/*'" : "an absolute path pattern");
  }
  if (auto good = check_width(choice.scopes, asked, choice.widening); !good) return base::pass_on(good);
  if (auto good = check_cover(request, choice.scopes); !good) return base::pass_on(good);
  std::vector<model::Scope> unique;
  for (const model::Scope& scope : choice.scopes) {
    if (std::ranges::find(unique, scope) == unique.end()) unique.push_back(scope);
  }
  return unique;
}

bool is_push(const model::Grant& grant) { return grant.terms.action == model::Action::push; }

// Every ref of each repository that is pushed to.
std::vector<model::Scope> whole_repositories(const std::vector<model::Resource>& resources) {
  std::vector<model::Scope> scopes;
  for (const model::Resource& resource : resources) {
    const std::string url = resource.name.substr(0, resource.name.find('#'));
    auto scope = model::Scope::parse(model::ScopeType::repo, url + "#**").value();
    if (std::ranges::find(scopes, scope) == scopes.end()) scopes.push_back(std::move(scope));
  }
  return scopes;
}

// A bound grant may carry a directory, or a push its repositories, in place of many operands: the digest, which includes them, decides.
Result<model::Grant> fitted(model::Grant grant, const std::vector<model::Resource>& resources) {
  auto text = model::encode(grant);
  if (!text && grant.effect && !resources.empty()) {
    grant.terms.scopes = is_push(grant) ? whole_repositories(resources)
                                        : std::vector{model::Scope::exactly(common_directory(resources))};
    text = model::encode(grant);
  }
  if (text) return grant;
  return fail(text.error().code, text.error().message,
              is_push(grant) ? "give wider scopes: --scope 'URL#refs/heads/**' --widen"
                             : "give wider scopes: --scope DIRECTORY/ --widen");
}

// What lies beneath `directory`, but not itself.
Result<model::Scope> all_beneath(const std::string& directory) {
  const std::string itself = model::Scope::exactly(directory).pattern();
  return model::Scope::parse(model::ScopeType::path, (itself == "/" ? "" : itself) + "/**");
}

void add_each(model::Attributes& all, model::Attributes more) {
  for (const auto attribute : {model::Attribute::deletion, model::Attribute::force, model::Attribute::mirror,
                               model::Attribute::recursive, model::Attribute::tag}) {
    if (more.has(attribute)) all.add(attribute);
  }
}

// The grant as it is, where it fits its text; else with one scope in place of many, where that is allowed.
Result<model::Grant> fitted_for_all(model::Grant grant, const std::vector<model::Resource>& resources,
                                    Widening widening) {
  const auto text = model::encode(grant);
  if (text) return grant;
  if (text.error().code != Code::limit) return base::pass_on(text);
  const std::string directory = is_push(grant) ? "" : common_directory(resources);
  if (widening == Widening::refuse) {
    const std::string wider = is_push(grant) ? "every ref of their repositories" : "all that is beneath " + base::quoted(directory);
    return fail(Code::limit, "they name " + base::grouped(grant.terms.scopes.size()) + " things, more than fit one grant",
                "with --widen it covers " + wider + "; else approve each alone: leave out --for and --uses");
  }
  if (is_push(grant)) {
    grant.terms.scopes = whole_repositories(resources);
  } else {
    auto scope = all_beneath(directory);
    if (!scope) return base::pass_on(scope);
    grant.terms.scopes = {std::move(*scope)};
  }
  if (auto shorter = model::encode(grant); !shorter) return base::pass_on(shorter);
  return grant;
}

}  // namespace

std::string common_directory(const std::vector<model::Resource>& resources) {
  const std::vector<std::string> above = model::anchors_of(resources.front().name);
  for (const std::string& directory : above) {
    const bool is_above_all = std::ranges::all_of(resources, [&directory](const model::Resource& resource) {
      return resource.name != directory && model::is_at_or_beneath(resource.name, directory);
    });
    if (is_above_all) return directory;
  }
  return "/";
}

Result<Uses> parse_uses(std::string_view text) {
  if (text == "unlimited") return Uses{};
  const auto number = base::parse_decimal(text, model::k_max_uses);
  if (number && *number > 0) return Uses{static_cast<std::uint32_t>(*number)};
  return fail(Code::usage, base::quoted(text, 64) + " is no number of uses",
              "give 1 to 1000000, or unlimited");
}

bool is_surely_within(const model::Scope& inner, const model::Scope& outer) {
  if (inner == outer) return true;
  if (!model::is_literal(inner)) return false;
  if (inner.type() == model::ScopeType::repo) return outer.covers({inner.pattern(), model::Extent::item});
  return outer.covers({inner.anchor(), model::Extent::tree});
}

Result<model::Grant> draft_grant(const vault::Request& request, const Choice& choice,
                                 const std::optional<base::Digest>& effect, const Particulars& particulars,
                                 const system::Settings& settings) {
  const auto kind = kind_of(request, choice);
  if (!kind) return base::pass_on(kind);
  const auto bound = bound_effect(*kind, choice, effect);
  if (!bound) return base::pass_on(bound);
  const auto life = life_of(*kind, choice, settings);
  if (!life) return base::pass_on(life);
  auto scopes = scopes_for(request, choice);
  if (!scopes) return base::pass_on(scopes);

  const model::Operation& operation = request.wish.operation;
  model::Grant grant{particulars.id,
                     particulars.vault,
                     {operation.agent,
                      operation.action,
                      std::move(*scopes),
                      operation.needs,
                      {particulars.now, particulars.now + *life}},
                     request.id,
                     *bound,
                     *kind == Kind::once ? 1 : choice.uses.value_or(Uses{}).most,
                     particulars.epoch,
                     particulars.log,
                     particulars.approver,
                     particulars.via,
                     request.reason};
  return fitted(std::move(grant), operation.resources);
}

Result<model::Grant> draft_for_all(const std::vector<vault::Request>& requests, const Choice& choice,
                                   const Particulars& particulars, const system::Settings& settings) {
  if (choice.repetition == Repetition::once || !choice.scopes.empty()) {
    return fail(Code::usage, "one grant for a group takes its scopes from the requests, and is not for one use",
                "leave out --once and --scope");
  }
  const auto life = life_of(Kind::lasting, choice, settings);
  if (!life) return base::pass_on(life);
  const vault::Request& first = requests.front();
  model::Terms terms{first.wish.operation.agent, first.wish.operation.action, {}, {},
                     {particulars.now, particulars.now + *life}};
  std::vector<model::Resource> resources;
  for (const vault::Request& request : requests) {
    const model::Operation& operation = request.wish.operation;
    add_each(terms.may, operation.needs);
    resources.insert(resources.end(), operation.resources.begin(), operation.resources.end());
  }
  for (const model::Resource& resource : resources) {
    auto scope = model::Scope::exactly(resource.name);
    if (std::ranges::find(terms.scopes, scope) == terms.scopes.end()) terms.scopes.push_back(std::move(scope));
  }
  const Uses each_once{static_cast<std::uint32_t>(requests.size())};
  model::Grant grant{particulars.id,    particulars.vault,
                     std::move(terms),  first.id,
                     std::nullopt,      choice.uses.value_or(each_once).most,
                     particulars.epoch, particulars.log,
                     particulars.approver, particulars.via,
                     first.reason};
  return fitted_for_all(std::move(grant), resources, choice.widening);
}

}  // namespace pvm::pvmctl::approval
