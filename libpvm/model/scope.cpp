// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/scope.hpp"

#include <stdexcept>
#include <utility>

#include "libpvm/base/text.hpp"
#include "libpvm/model/path_pattern.hpp"
#include "libpvm/model/repo_name.hpp"
#include "libpvm/model/repo_pattern.hpp"

namespace pvm::model {
namespace {

using base::Code;
using base::fail;
using base::quoted;

constexpr std::size_t k_max_pattern_bytes = 4096;
constexpr std::size_t k_max_shown_bytes = 200;  // of a pattern, in an error
constexpr std::string_view k_wildcards = "*?[\\";

base::Failure malformed(ScopeType type, std::string_view pattern, const std::string& fault) {
  const std::string shown = type == ScopeType::path ? std::string(pattern) : without_secrets(pattern);
  return fail(Code::malformed, "malformed scope " + quoted(shown, k_max_shown_bytes) + ": " + fault,
              type == ScopeType::path
                  ? "a path scope is an absolute path, with *, **, ?, [...] as wildcards and \\ to quote one"
                  : "a repo scope is a URL and a ref, with *, **, ?, [...] as wildcards: https://github.com/o/r#refs/heads/*");
}

std::string with_wildcards_quoted(std::string_view path) {
  std::string text;
  for (const char byte : path) {
    if (k_wildcards.find(byte) != std::string_view::npos) text += '\\';
    text += byte;
  }
  return text;
}

bool has_wildcard(std::string_view pattern) {
  return pattern.find_first_of(k_wildcards) != std::string_view::npos;
}

std::string explain_repo(std::string_view pattern) {
  const std::size_t hash = pattern.find('#');
  const std::string_view address = pattern.substr(0, hash);
  const bool has_many_urls = has_wildcard(address) && !is_repo_name(std::string(address) + "#refs/x/y");
  const std::string url = quoted(address);
  const std::string ref = quoted(pattern.substr(hash + 1));
  const bool has_many_refs = has_wildcard(pattern.substr(hash + 1));
  return "covers pushes to " + (has_many_refs ? "every ref that matches " + ref : "just the ref " + ref) + " of " +
         (has_many_urls ? "every repository whose address matches " + url : "the repository " + url);
}

}  // namespace

base::Result<Scope> Scope::parse(ScopeType type, std::string_view pattern, std::span<const std::string> forges) {
  const std::string too_long = "it is longer than " + base::grouped(k_max_pattern_bytes) + " bytes";
  if (pattern.size() > k_max_pattern_bytes) return malformed(type, pattern, too_long);
  if (type == ScopeType::path) {
    auto compiled = PathPattern::compile(pattern);
    if (!compiled) return malformed(type, pattern, compiled.error().message);
    return Scope(type, pattern, *std::move(compiled));
  }
  const auto normal = normal_repo_pattern(pattern, forges);
  if (!normal) return malformed(type, pattern, normal.error().message);
  if (normal->size() > k_max_pattern_bytes) return malformed(type, *normal, too_long);
  auto compiled = PathPattern::compile(path_of_repo(*normal, Reading::pattern));
  if (!compiled) return malformed(type, *normal, compiled.error().message);
  return Scope(type, *normal, *std::move(compiled));
}

Scope Scope::exactly(std::string_view name) {
  if (is_repo_name(name)) {
    return Scope(ScopeType::repo, name, PathPattern::compile(path_of_repo(name, Reading::pattern)).value());
  }
  if (!is_canonical(name)) throw std::invalid_argument("Scope::exactly: the name is not canonical");
  const std::string pattern = with_wildcards_quoted(name);
  return Scope(ScopeType::path, pattern, PathPattern::compile(pattern).value());
}

Scope::Scope(ScopeType type, std::string_view pattern, PathPattern compiled)
    : type_(type), pattern_(pattern), compiled_(std::make_shared<const PathPattern>(std::move(compiled))) {}

bool Scope::reaches_beneath(std::string_view path) const {
  return type_ == ScopeType::path && compiled_->reaches_beneath(path);
}

const std::string& Scope::anchor() const {
  return compiled_->anchor();
}

bool Scope::covers(const Resource& resource) const {
  if (type_ == ScopeType::repo) {
    if (resource.extent == Extent::tree) return false;
    const std::string path = path_of_repo_name(resource.name);
    if (path.empty()) return false;
    // A path pattern without a wildcard covers what is beneath it too; a ref has nothing beneath it.
    return compiled_->has_wildcard() ? compiled_->covers_item(path) : resource.name == pattern_;
  }
  if (!is_canonical(resource.name)) return false;
  return resource.extent == Extent::tree ? compiled_->covers_tree(resource.name)
                                         : compiled_->covers_item(resource.name);
}

std::string Scope::widened_for(const Resource& resource) const {
  if (type_ == ScopeType::repo) return {};
  const bool misses_only_what_is_beneath = !covers(resource) && covers(Resource{resource.name, Extent::item});
  if (!misses_only_what_is_beneath) return {};
  const auto widened = parse(ScopeType::path, pattern_ + "/");
  return widened && widened->covers(resource) ? widened->pattern() : std::string();
}

std::string Scope::explain() const {
  if (type_ == ScopeType::repo) return explain_repo(pattern_);
  const std::string shown = quoted(pattern_);
  const std::string shown_anchor = quoted(anchor());
  if (!compiled_->has_wildcard()) return "covers " + shown_anchor + " and everything beneath it";
  if (compiled_->is_all_beneath_anchor()) {
    return "covers everything beneath " + shown_anchor + "; not " + shown_anchor + " itself";
  }
  switch (compiled_->reach()) {
    case PathPattern::Reach::beneath:
      return "covers every path that matches " + shown + " and everything beneath it";
    case PathPattern::Reach::by_match:
      return "covers exactly the paths that match " + shown +
             "; beneath a directory of that name only what matches too";
    case PathPattern::Reach::exact:
      break;
  }
  return "covers exactly the paths that match " + shown + "; not what is beneath a directory of that name";
}

bool is_literal(const Scope& scope) {
  // A repo name is the pattern that covers it alone; any other holds a wildcard.
  if (scope.type() == ScopeType::repo) return is_repo_name(scope.pattern());
  return is_canonical(scope.anchor()) && scope == Scope::exactly(scope.anchor());
}

std::string_view to_text(ScopeType type) {
  return type == ScopeType::path ? "path" : "repo";
}

std::optional<ScopeType> scope_type_from_text(std::string_view text) {
  for (const ScopeType type : {ScopeType::path, ScopeType::repo}) {
    if (to_text(type) == text) return type;
  }
  return std::nullopt;
}

std::vector<std::string> anchors_of(std::string_view name) {
  std::vector<std::string> anchors;
  const std::string path = name.starts_with('/') ? std::string(name) : path_of_repo_name(name);
  if (!is_canonical(path)) return anchors;
  for (std::size_t size = path.size(); size > 1; size = path.rfind('/', size - 1)) {
    anchors.push_back(path.substr(0, size));
  }
  anchors.emplace_back("/");
  return anchors;
}

bool is_canonical(std::string_view path) {
  if (!path.starts_with('/') || path.find('\0') != std::string_view::npos) return false;
  if (path == "/") return true;
  for (std::size_t slash = 0; slash != std::string_view::npos;) {
    const std::size_t begin = slash + 1;
    slash = path.find('/', begin);
    const std::string_view name = path.substr(begin, slash == std::string_view::npos ? slash : slash - begin);
    if (name.empty() || name == "." || name == "..") return false;
  }
  return true;
}

bool is_at_or_beneath(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  if (!path.starts_with(directory)) return false;
  return path.size() == directory.size() || path[directory.size()] == '/';
}

}  // namespace pvm::model
