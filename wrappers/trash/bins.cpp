// SPDX-License-Identifier: Apache-2.0
#include "wrappers/trash/bins.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"

namespace pvm::wrappers::trash {
namespace {

constexpr std::string_view k_info_suffix = ".trashinfo";
constexpr std::size_t k_most_named = 3;
constexpr std::size_t k_most_entries = 100'000;  // of one trash directory that are looked at
constexpr std::size_t k_longest_info = 16'384;   // bytes: a path of 4,095 bytes takes 12,285

std::string beneath(const std::string& directory, std::string_view name) {
  return (directory == "/" ? "/" : directory + "/") + std::string(name);
}

// The mount point that `path`, a real one, is beneath; by device, as trash-put tells it.
std::string mount_point_of(std::string path) {
  struct stat here {};
  if (::lstat(path.c_str(), &here) != 0) return "/";
  while (path != "/") {
    const std::size_t slash = path.rfind('/');
    const std::string above = slash == 0 ? "/" : path.substr(0, slash);
    struct stat there {};
    if (::lstat(above.c_str(), &there) != 0 || there.st_dev != here.st_dev) break;
    path = above;
  }
  return path;
}

// The value of its line Path=, decoded. nullopt: it has none, or one that is no percent-encoding.
std::optional<std::string> path_in_info(std::string_view text) {
  constexpr std::string_view k_key = "\nPath=";
  const std::size_t found = text.find(k_key);
  if (found == std::string_view::npos) return std::nullopt;
  text.remove_prefix(found + k_key.size());
  text = text.substr(0, text.find('\n'));
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      path += text[i];
      continue;
    }
    const auto digits = text.substr(i + 1, 2);
    const auto nibble = [&digits](std::size_t at) -> std::size_t {
      constexpr std::string_view k_digits = "0123456789ABCDEF";
      const char c = digits[at] >= 'a' && digits[at] <= 'f' ? static_cast<char>(digits[at] - 'a' + 'A') : digits[at];
      return k_digits.find(c);
    };
    if (digits.size() != 2 || nibble(0) > 15 || nibble(1) > 15) return std::nullopt;
    path += static_cast<char>(nibble(0) * 16 + nibble(1));
    i += 2;
  }
  return path;
}

bool is_earlier(const timespec& a, const timespec& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

// What `name` in the open directory says, where it was written no earlier than `since`.
std::optional<std::string> read_info(int directory, const std::string& name, const timespec& since) {
  struct stat about {};
  if (::fstatat(directory, name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  if (!S_ISREG(about.st_mode) || is_earlier(about.st_mtim, since)) return std::nullopt;
  const base::Descriptor file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  std::string text(k_longest_info, '\0');
  const ssize_t size = file ? ::read(file.get(), text.data(), text.size()) : -1;
  if (size <= 0) return std::nullopt;
  return path_in_info(std::string_view(text).substr(0, static_cast<std::size_t>(size)));
}

// Where things are now that were at `wanted`, by where they were.
void find_in(const Bin& bin, const std::set<std::string>& wanted, const timespec& since,
             std::map<std::string, std::string>& found) {
  const std::unique_ptr<DIR, int (*)(DIR*)> info(::opendir(beneath(bin.path, "info").c_str()), ::closedir);
  if (!info) return;
  std::size_t count = 0;
  while (const struct dirent* item = ::readdir(info.get())) {
    if (++count > k_most_entries) return;
    const std::string name = static_cast<const char*>(item->d_name);
    if (!name.ends_with(k_info_suffix)) continue;
    const auto path = read_info(::dirfd(info.get()), name, since);
    if (!path) continue;
    const std::string origin = bin.top.empty() || path->starts_with('/') ? *path : beneath(bin.top, *path);
    const std::string place = beneath(bin.path, "files/" + name.substr(0, name.size() - k_info_suffix.size()));
    if (wanted.contains(origin) && operands::is_there(place)) found[origin] = place;
  }
}

// Where it cannot be made, trash-put says so by itself.
void make_home_info(const std::string& path, const operands::Resolved& resolved) {
  std::filesystem::path above = path;
  struct stat about {};
  while (::stat(above.c_str(), &about) != 0) {
    if (!above.has_relative_path()) return;
    above = above.parent_path();
  }
  const bool is_near = std::ranges::any_of(resolved.parents, [&about](const system::PinnedDirectory& parent) {
    return parent.device == about.st_dev;
  });
  std::error_code ignored;
  if (is_near) std::filesystem::create_directories(path, ignored);
}

}  // namespace

std::vector<Bin> bins_for(const operands::Resolved& resolved, const system::Environment& environment) {
  std::vector<Bin> bins;
  if (const auto data = environment.find_filled("XDG_DATA_HOME")) {
    bins.push_back({beneath(*data, "Trash"), ""});
  } else if (const auto home = environment.find_filled("HOME")) {
    bins.push_back({beneath(*home, ".local/share/Trash"), ""});
  }
  std::set<std::string> tops;
  for (const system::PinnedDirectory& parent : resolved.parents) tops.insert(mount_point_of(parent.real_path));
  const std::string user = std::to_string(::getuid());
  for (const std::string& top : tops) {
    bins.push_back({beneath(top, ".Trash/" + user), top});
    bins.push_back({beneath(top, ".Trash-" + user), top});
  }
  return bins;
}

std::vector<base::Descriptor> open_infos(const std::vector<Bin>& bins, const operands::Resolved& resolved) {
  std::vector<base::Descriptor> opened;
  for (const Bin& bin : bins) {
    const std::string info = beneath(bin.path, "info");
    if (bin.top.empty()) make_home_info(info, resolved);
    base::Descriptor directory(::open(info.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (directory) opened.push_back(std::move(directory));
  }
  return opened;
}

std::string restorable_text(const std::vector<Bin>& bins, const std::vector<operands::Target>& targets,
                            const timespec& since) {
  std::set<std::string> wanted;
  for (const operands::Target& target : targets) wanted.insert(target.path);
  std::map<std::string, std::string> found;
  for (const Bin& bin : bins) find_in(bin, wanted, since, found);

  std::string text;
  std::size_t named = 0;
  for (const auto& [origin, place] : found) {
    if (named == k_most_named) break;
    text += (named++ == 0 ? "restorable from " : ", ") + base::quoted(place);
  }
  if (found.size() > named) text += " and " + std::to_string(found.size() - named) + " more";
  return text;
}

}  // namespace pvm::wrappers::trash
