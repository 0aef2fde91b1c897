// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/audit_paths.hpp"

#include <algorithm>
#include <vector>

#include "libpvm/model/redact.hpp"
#include "libpvm/model/scope.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

enum class Beneath { counts, does_not };

// Whether a line of `scope` begins with `path`, as whole components: nothing but a slash may follow, and more only where
// what is beneath counts. Lines are not taken apart first: a name may hold a newline itself.
bool names(std::string_view scope, std::string_view path, Beneath beneath) {
  for (auto at = scope.find(path); at != std::string_view::npos; at = scope.find(path, at + 1)) {
    if (at > 0 && scope[at - 1] != '\n') continue;
    std::string_view rest = scope.substr(at + path.size());
    if (beneath == Beneath::counts && (path == "/" || rest.starts_with('/'))) return true;
    if (rest.starts_with('/')) rest.remove_prefix(1);  // as a scope for all beneath is written
    if (rest.empty() || rest.front() == '\n') return true;
  }
  return false;
}

bool is_cut_off(std::string_view scope) {
  const auto last = scope.rfind("\n(");
  return last != std::string_view::npos && scope.ends_with(" more)") &&
         scope.find('\n', last + 1) == std::string_view::npos;
}

bool touches_as(std::string_view scope, const std::string& path) {
  const std::vector<std::string> above = model::anchors_of(path);  // itself first
  for (const std::string& directory : above) {
    if (names(scope, directory, directory == path ? Beneath::counts : Beneath::does_not)) return true;
  }
  return false;
}

}  // namespace

Result<std::string> lexical_path(std::string_view path, std::string_view cwd) {
  if (path.empty() || path.find('\0') != std::string_view::npos) return fail(Code::usage, "this is no path");
  std::string whole(path);
  if (!path.starts_with('/')) {
    if (!cwd.starts_with('/')) return fail(Code::usage, "the working directory is gone", "give an absolute path");
    whole = std::string(cwd) + "/" + whole;
  }
  std::string clean;
  for (std::size_t from = 0; from < whole.size();) {
    const std::size_t end = std::min(whole.find('/', from), whole.size());
    const std::string_view part = std::string_view(whole).substr(from, end - from);
    from = end + 1;
    if (part == "..") clean.erase(std::min(clean.rfind('/'), clean.size()));
    if (part.empty() || part == "." || part == "..") continue;
    clean.append("/").append(part);
  }
  return clean.empty() ? "/" : clean;
}

Touch touches(const vault::AuditEntry& entry, const std::string& path) {
  if (touches_as(entry.scope, path)) return Touch::yes;
  // Entries hold names without the secrets that they seem to hold.
  const std::string redacted = model::redact(path);
  if (redacted != path && touches_as(entry.scope, redacted)) return Touch::yes;
  return is_cut_off(entry.scope) ? Touch::unclear : Touch::no;
}

}  // namespace pvm::pvmctl
