// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/allowances.hpp"

#include <array>
#include <stdexcept>

#include "libpvm/base/text.hpp"

namespace pvm::pvmctl::approval {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t k_longest_directory = 1024;

// Their names after "tmp." and so on are random; the number of characters is what the programs draw.
constexpr std::array<std::string_view, 6> k_temporary_names = {
    "tmp.??????????" "/",    // mktemp; in two pieces, or a compiler sees a trigraph
    "tmp[a-z0-9_][a-z0-9_][a-z0-9_][a-z0-9_][a-z0-9_][a-z0-9_][a-z0-9_][a-z0-9_]/",  // Python's tempfile
    "cc??????.*",           // GCC
    "*-??????.[ios]",       // Clang
    "conf??????" "/",        // configure
    "cg??????" "/",          // config.guess
};

constexpr std::array<std::string_view, 24> k_build_directories = {
    "node_modules", "build",         "_build",        "cmake-build-*", "CMakeFiles", "target",         "dist",    ".venv",
    "venv",         "__pycache__",   ".pytest_cache", ".mypy_cache",   ".ruff_cache", ".tox",           ".nox",    "*.egg-info",
    ".next",        ".nuxt",         ".parcel-cache", ".turbo",        ".gradle",    "autom4te.cache", ".deps",   ".libs"};

// What is in no directory of its own: objects, and what a configure script makes to try things out.
constexpr std::array<std::string_view, 20> k_build_files = {
    "*.o",         "*.lo",         "*.la",      "*.a",    "*.gch",       "*.gcda",      "*.gcno",       "*.pyc",  "conftest*/",
    "confdefs*",   "confinc*",     "conf[0-9]*/", "conf??????" "/", "config.log", "config.cache*", "config.status*", "core",
    "confcache",   "a.out",        "so_locations"};

model::Scope parsed(const std::string& pattern) {
  auto scope = model::Scope::parse(model::ScopeType::path, pattern);
  if (!scope) throw std::logic_error(scope.error().message);
  return std::move(*scope);
}

}  // namespace

std::vector<model::Scope> temporary_scopes(std::string_view temporary) {
  while (temporary.size() > 1 && temporary.ends_with('/')) temporary.remove_suffix(1);
  const bool is_shared = temporary.empty() || !model::is_canonical(temporary) || temporary == "/" || temporary == "/tmp" ||
                         temporary == "/var/tmp" || temporary.size() > k_longest_directory;
  if (!is_shared) return {parsed(model::Scope::exactly(temporary).pattern() + "/**")};
  std::vector<model::Scope> scopes;
  const std::string directory = temporary == "/var/tmp" ? "/var/tmp/" : "/tmp/";
  for (const std::string_view name : k_temporary_names) scopes.push_back(parsed(directory + std::string(name)));
  return scopes;
}

Result<std::vector<model::Scope>> build_scopes(const std::string& directory) {
  if (!model::is_canonical(directory) || directory == "/") {
    return fail(Code::usage, base::quoted(directory) + " is no directory to build in",
                "give the directory that holds the sources, such as ~/src");
  }
  const std::string beneath = model::Scope::exactly(directory).pattern() + "/**/";
  std::vector<model::Scope> scopes;
  const auto add = [&scopes, &beneath](std::string_view name, std::string_view end) -> Result<void> {
    auto scope = model::Scope::parse(model::ScopeType::path, beneath + std::string(name) + std::string(end));
    if (!scope) return fail(Code::usage, scope.error().message, scope.error().hint);
    scopes.push_back(std::move(*scope));
    return {};
  };
  for (const std::string_view name : k_build_directories) {
    if (auto done = add(name, "/"); !done) return base::pass_on(done);
  }
  for (const std::string_view name : k_build_files) {
    if (auto done = add(name, ""); !done) return base::pass_on(done);
  }
  return scopes;
}

}  // namespace pvm::pvmctl::approval
