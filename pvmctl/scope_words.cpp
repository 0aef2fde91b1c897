// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/scope_words.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"
#include "libpvm/model/repo_name.hpp"

namespace pvm::pvmctl {

using base::Code;
using base::fail;
using base::Result;

model::ScopeType type_by_form(std::string_view text) {
  const bool is_repo = !text.starts_with('/') && text.find_first_of(":#") != std::string_view::npos;
  return is_repo ? model::ScopeType::repo : model::ScopeType::path;
}

Result<model::Scope> scope_from_words(model::ScopeType type, std::string_view text, std::span<const std::string> forges) {
  auto scope = model::Scope::parse(type, text, forges);
  if (!scope) return fail(Code::usage, scope.error().message, scope.error().hint);
  return scope;
}

Result<std::vector<model::Scope>> scopes_from_words(model::ScopeType type, const std::vector<std::string>& texts,
                                                    std::span<const std::string> forges) {
  std::vector<model::Scope> scopes;
  for (const std::string& text : texts) {
    auto scope = scope_from_words(type, text, forges);
    if (!scope) return base::pass_on(scope);
    if (std::ranges::find(scopes, *scope) == scopes.end()) scopes.push_back(std::move(*scope));
  }
  return scopes;
}

Result<std::string> repo_name_from_words(std::string_view text, std::span<const std::string> forges) {
  // An address may hold a '#' itself.
  const std::size_t hash = text.find("#refs/");
  const std::string shown = base::quoted(model::without_secrets(text), 256);
  if (hash == std::string_view::npos) {
    return fail(Code::usage, shown + " names no ref of a repository", "such as https://github.com/o/r#refs/heads/main");
  }
  const std::string_view ref = text.substr(hash + 1);
  if (!model::is_full_ref(ref)) return fail(Code::usage, base::quoted(ref, 256) + " cannot be the name of a ref");
  const auto url = model::normalised_url(text.substr(0, hash), forges);
  if (!url) return fail(Code::usage, url.error().message, url.error().hint);
  return model::repo_resource(*url, ref);
}

}  // namespace pvm::pvmctl
