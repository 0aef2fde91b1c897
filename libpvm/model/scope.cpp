// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/scope.hpp"

#include <stdexcept>
#include <utility>

#include "libpvm/base/text.hpp"
#include "libpvm/model/path_pattern.hpp"

namespace pvm::model {
namespace {

using base::Code;
using base::fail;
using base::quoted;

constexpr std::size_t k_max_pattern_bytes = 4096;
constexpr std::size_t k_max_shown_bytes = 200;  // of a pattern, in an error
constexpr std::string_view k_wildcards = "*?[\\";

base::Failure malformed(std::string_view pattern, const std::string& fault) {
  return fail(Code::malformed, "malformed scope " + quoted(pattern, k_max_shown_bytes) + ": " + fault,
              "a path scope is an absolute path, with *, **, ?, [...] as wildcards and \\ to quote one");
}

std::string with_wildcards_quoted(std::string_view path) {
  std::string text;
  for (const char byte : path) {
    if (k_wildcards.find(byte) != std::string_view::npos) text += '\\';
    text += byte;
  }
  return text;
}

}  // namespace

base::Result<Scope> Scope::parse(ScopeType type, std::string_view pattern) {
  if (type == ScopeType::repo) return fail(Code::refused, "scopes of type repo are not supported yet");
  if (pattern.size() > k_max_pattern_bytes) {
    return malformed(pattern, "it is longer than " + base::grouped(k_max_pattern_bytes) + " bytes");
  }
  auto compiled = PathPattern::compile(pattern);
  if (!compiled) return malformed(pattern, compiled.error().message);
  return Scope(pattern, *std::move(compiled));
}

Scope Scope::exactly(std::string_view path) {
  if (!is_canonical(path)) throw std::invalid_argument("Scope::exactly: the path is not canonical");
  const std::string pattern = with_wildcards_quoted(path);
  return Scope(pattern, PathPattern::compile(pattern).value());
}

Scope::Scope(std::string_view pattern, PathPattern compiled)
    : pattern_(pattern), compiled_(std::make_shared<const PathPattern>(std::move(compiled))) {}

bool Scope::reaches_beneath(std::string_view path) const {
  return compiled_->reaches_beneath(path);
}

const std::string& Scope::anchor() const {
  return compiled_->anchor();
}

bool Scope::covers(const Resource& resource) const {
  if (!is_canonical(resource.name)) return false;
  return resource.extent == Extent::tree ? compiled_->covers_tree(resource.name)
                                         : compiled_->covers_item(resource.name);
}

std::string Scope::widened_for(const Resource& resource) const {
  const bool misses_only_what_is_beneath = !covers(resource) && covers(Resource{resource.name, Extent::item});
  if (!misses_only_what_is_beneath) return {};
  const auto widened = parse(ScopeType::path, pattern_ + "/");
  return widened && widened->covers(resource) ? widened->pattern() : std::string();
}

std::string Scope::explain() const {
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

std::string_view to_text(ScopeType type) {
  return type == ScopeType::path ? "path" : "repo";
}

std::vector<std::string> anchors_of(std::string_view path) {
  std::vector<std::string> anchors;
  if (!is_canonical(path)) return anchors;
  while (path.size() > 1) {
    anchors.emplace_back(path);
    path = path.substr(0, path.rfind('/'));
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
