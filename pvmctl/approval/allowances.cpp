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

// mktemp draws as many characters as there are X in its template, "tmp.XXXXXXXXXX" where none is given. What compilers and
// Python make in /tmp they remove without rm, and its names are also words.
constexpr std::string_view k_drawn = "[0-9A-Za-z]";
constexpr std::string_view k_drawn_no_small_letter = "[0-9A-Z]";

constexpr std::array<std::string_view, 24> k_build_directories = {
    "node_modules", "build",         "_build",        "cmake-build-*", "CMakeFiles", "target",         "dist",    ".venv",
    "venv",         "__pycache__",   ".pytest_cache", ".mypy_cache",   ".ruff_cache", ".tox",           ".nox",    "*.egg-info",
    ".next",        ".nuxt",         ".parcel-cache", ".turbo",        ".gradle",    "autom4te.cache", ".deps",   ".libs"};

// What is in no directory of its own: objects, and what a configure script makes to try things out. Each ends as autoconf
// writes it, so that conftest.py, config.yml and conference are no part of them.
constexpr std::array<std::string_view, 36> k_build_files = {
    "*.o", "*.lo", "*.la", "*.a", "*.gch", "*.gcda", "*.gcno", "*.pyc", "a.out", "so_locations",
    "confdefs.h", "confcache", "config.log", "config.cache", "config.status", "confinc.mk", "confinc.out", "confmf.*",
    "conftest", "conftest.[cioa]", "conftest.c[cpx]*", "conftest.e[rx]*", "conftest.ob*", "conftest.ou*", "conftest.val",
    "conftest.one", "conftest.two", "conftest.dir/", "conftest.file", "conftest.nm", "conftest.sym", "conftest.tar",
    "conf[0-9]*[0-9].file", "conf[0-9]*[0-9].exe", "conf[0-9]*[0-9].dir/", "conf[0-9]*[0-9]subs.*"};

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

// `start` and six drawn characters, of which at least one is no small letter: a word is none of them, and one of 200 drawn
// names is not among them either.
std::vector<std::string> with_six_drawn(const std::string& start) {
  std::vector<std::string> patterns;
  for (std::size_t i = 0; i < 6; ++i) {
    patterns.push_back(start + repeated(k_drawn, i) + std::string(k_drawn_no_small_letter) + repeated(k_drawn, 5 - i) + "/");
  }
  return patterns;
}

// "conf" and a process's number: conf$$ of configure. Four digits may be a year.
std::vector<std::string> with_process_number(const std::string& start) {
  constexpr std::string_view digit = "[0-9]";
  std::vector<std::string> patterns = {start + "[3-9]" + repeated(digit, 3)};
  for (const std::size_t digits : {2U, 3U, 5U, 6U, 7U}) patterns.push_back(start + repeated(digit, digits));
  return patterns;
}

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
  const std::string directory = temporary == "/var/tmp" ? "/var/tmp/" : "/tmp/";
  std::vector<model::Scope> scopes = {parsed(directory + "tmp." + repeated(k_drawn, 10) + "/")};
  for (const std::string& pattern : with_six_drawn(directory + "cg")) scopes.push_back(parsed(pattern));  // config.guess
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
  for (const auto& names : {with_six_drawn("conf"), with_process_number("conf")}) {
    for (const std::string& name : names) {
      if (auto done = add(name, ""); !done) return base::pass_on(done);
    }
  }
  return scopes;
}

}  // namespace pvm::pvmctl::approval
