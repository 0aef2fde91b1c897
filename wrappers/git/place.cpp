// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "libpvm/base/descriptor.hpp"
#include "wrappers/git/url.hpp"

namespace pvm::wrappers::git {
namespace {

constexpr std::string_view k_git = "/.git";

bool is_directory(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

// HEAD as git wants it: a link to "refs/…", "ref: refs/…", or an object id. By anything else git goes on to the next place.
bool has_head(const std::string& directory) {
  constexpr std::string_view k_refs = "refs/";
  constexpr std::string_view k_symbolic = "ref:";
  constexpr std::size_t k_id_digits = 40;
  const std::string head = directory + "/HEAD";
  std::string target(k_refs.size(), '\0');
  const ssize_t size = ::readlink(head.c_str(), target.data(), target.size());
  if (size >= 0) return static_cast<std::size_t>(size) == k_refs.size() && target == k_refs;
  const std::string line = line_of(head);
  if (line.starts_with(k_symbolic)) {
    const auto at = line.find_first_not_of(" \t\r", k_symbolic.size());
    return at != std::string::npos && line.compare(at, k_refs.size(), k_refs) == 0;
  }
  return line.size() >= k_id_digits && line.find_first_not_of("0123456789abcdefABCDEF") >= k_id_digits;
}

// Where refs and objects are: linked work trees share those of the repository that they belong to.
std::string common_directory(const std::string& directory) {
  const std::string common = line_of(directory + "/commondir");
  return common.empty() ? directory : beneath(directory, common);
}

// The repository's directory that stands at `path`, or that a file there names; empty where git would see none.
std::string repository_at(const std::string& path) {
  constexpr std::string_view k_link = "gitdir: ";
  std::string directory = path;
  if (!is_directory(path)) {
    const std::string line = line_of(path);
    if (!line.starts_with(k_link)) return {};
    directory = beneath(path.substr(0, path.rfind('/') + 1), line.substr(k_link.size()));
  }
  if (!has_head(directory)) return {};
  const std::string common = common_directory(directory);
  return is_directory(common + "/objects") && is_directory(common + "/refs") ? common : std::string();
}

}  // namespace

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  return real ? std::string(real.get()) : std::string();
}

std::string beneath(const std::string& directory, const std::string& path) {
  if (path.starts_with('/') || directory.empty()) return path;
  return directory.ends_with('/') ? directory + path : directory + "/" + path;
}

std::string line_of(const std::string& path) {
  constexpr off_t k_most = 8192;
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode) || about.st_size > k_most) return {};
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  ssize_t count = 0;
  do {
    count = ::pread(file.get(), text.data(), text.size(), 0);
  } while (count < 0 && errno == EINTR);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text.substr(0, text.find_first_of("\r\n"));
}

std::string place_of(const std::string& url) {
  auto path = local_path(url);
  if (!path || path->empty()) return {};
  while (path->size() > 1 && path->ends_with('/')) path->pop_back();
  for (const char* suffix : {"/.git", "", ".git/.git", ".git"}) {
    const std::string found = repository_at(*path + suffix);
    if (found.empty()) continue;
    std::string real = real_path(found);
    if (real.ends_with(k_git) && real.size() > k_git.size()) real.resize(real.size() - k_git.size());
    return real;
  }
  return {};
}

}  // namespace pvm::wrappers::git
