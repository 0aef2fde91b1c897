// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/coverage.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <set>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/ui/card.hpp"

namespace pvm::pvmctl::approval {
namespace {

// What is in a directory, by name.
struct LookedAt {
  std::string name;
  struct stat about {};
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

std::string child_path(const std::string& directory, const std::string& name) {
  return (directory == "/" ? "" : directory) + "/" + name;
}

// A file with holes is no larger than what it takes up; a small one may take up nothing at all.
std::uint64_t size_of(const struct stat& about) {
  constexpr off_t k_small = 1 << 20;
  constexpr off_t k_block = 512;
  if (!S_ISREG(about.st_mode) || about.st_size < 0) return 0;
  return static_cast<std::uint64_t>(about.st_size <= k_small ? about.st_size : std::min(about.st_size, about.st_blocks * k_block));
}

// Names in lower case, among which one that begins alike is found: "build" and "build2", "Build", "build.old"; not "b" and
// "build".
class Names {
 public:
  void add(const std::string& name) { names_.insert(lower(name)); }

  [[nodiscard]] bool has_alike(const std::string& name) const {
    constexpr std::size_t k_least = 3;
    const std::string wanted = lower(name);
    if (wanted.size() < k_least) return false;
    const auto longer = names_.lower_bound(wanted);
    if (longer != names_.end() && longer->starts_with(wanted)) return true;
    for (std::size_t size = k_least; size < wanted.size(); ++size) {
      if (names_.contains(wanted.substr(0, size))) return true;
    }
    return false;
  }

 private:
  std::set<std::string> names_;
};

// Level by level, so that one deep or crowded place does not hide the others.
class Look {
 public:
  explicit Look(std::span<const model::Scope> scopes) : scopes_(scopes) {}

  Coverage run() {
    std::set<std::string> anchors;
    for (const model::Scope& scope : scopes_) {
      if (scope.type() == model::ScopeType::path && model::is_canonical(scope.anchor())) anchors.insert(scope.anchor());
    }
    for (const std::string& anchor : anchors) {
      const auto above = model::anchors_of(anchor);
      const bool is_beneath_another =
          std::any_of(above.begin() + 1, above.end(), [&anchors](const std::string& other) { return anchors.contains(other); });
      if (!is_beneath_another) look_from(anchor);
    }
    while (!waiting_.empty() && coverage_.is_whole) {
      const Directory next = std::move(waiting_.front());
      waiting_.pop_front();
      look_in(next);
    }
    std::ranges::sort(coverage_.largest, [](const CoveredThing& a, const CoveredThing& b) {
      return a.bytes != b.bytes ? a.bytes > b.bytes : a.path < b.path;
    });
    return std::move(coverage_);
  }

 private:
  struct Directory {
    std::string path;
    dev_t device;
  };

  [[nodiscard]] bool is_covered(const model::Resource& resource) const {
    return std::ranges::any_of(scopes_, [&resource](const model::Scope& scope) { return scope.covers(resource); });
  }

  [[nodiscard]] bool is_worth_entering(const std::string& path) const {
    return std::ranges::any_of(scopes_, [&path](const model::Scope& scope) { return scope.reaches_beneath(path); });
  }

  // An anchor may be a mount point, or in a directory that cannot be listed: it is looked at by itself.
  void look_from(const std::string& anchor) {
    LookedAt itself{anchor.substr(anchor.rfind('/') + 1), {}};
    const bool is_there = ::lstat(anchor.c_str(), &itself.about) == 0;
    if (!is_there || !judge(anchor, itself, itself.about.st_dev)) return;
    Names covered;
    covered.add(itself.name);
    const std::string parent = anchor.substr(0, std::max<std::size_t>(anchor.rfind('/'), 1));
    const std::size_t unread = coverage_.unread;
    for (const LookedAt& beside : read(parent)) {
      const bool is_other = !is_covered({child_path(parent, beside.name), model::Extent::item});
      if (is_other && covered.has_alike(beside.name)) note({child_path(parent, beside.name), NearMiss::Why::name, ""});
    }
    coverage_.unread = unread;  // what is beside is no part of what is covered
  }

  void look_in(const Directory& directory) {
    Names covered;
    std::vector<std::string> others;
    for (const LookedAt& entry : read(directory.path)) {
      if (judge(child_path(directory.path, entry.name), entry, directory.device)) {
        covered.add(entry.name);
      } else {
        others.push_back(entry.name);
      }
    }
    for (const std::string& name : others) {
      if (coverage_.missed.size() == k_most_shown) return;
      if (covered.has_alike(name)) note({child_path(directory.path, name), NearMiss::Why::name, ""});
    }
  }

  /// Whether it is covered with what is beneath it; if not, and something beneath could be, it is looked into later.
  bool judge(const std::string& path, const LookedAt& entry, dev_t device) {
    const bool is_directory = S_ISDIR(entry.about.st_mode);
    if (is_covered({path, is_directory ? model::Extent::tree : model::Extent::item})) {
      add(path, entry);
      return true;
    }
    if (!is_directory) return false;
    if (is_covered({path, model::Extent::item})) miss_beneath(path);
    if (!is_worth_entering(path)) return false;
    if (entry.about.st_dev == device) {
      waiting_.push_back({path, device});
    } else {
      ++coverage_.unread;
    }
    return false;
  }

  void miss_beneath(const std::string& path) {
    std::string better;
    for (const model::Scope& scope : scopes_) {
      if (better.empty()) better = scope.widened_for({path, model::Extent::tree});
    }
    note({path, NearMiss::Why::beneath, better});
  }

  void note(NearMiss miss) {
    if (coverage_.missed.size() < k_most_shown) coverage_.missed.push_back(std::move(miss));
  }

  void add(const std::string& path, const LookedAt& entry) {
    CoveredThing thing{path, 0, 0};
    count(thing, path, entry);
    ++coverage_.things;
    coverage_.files += thing.files;
    coverage_.bytes += thing.bytes;
    coverage_.largest.push_back(std::move(thing));
    if (coverage_.largest.size() <= k_most_shown) return;
    const auto least = std::ranges::min_element(coverage_.largest, {}, &CoveredThing::bytes);
    coverage_.largest.erase(least);
  }

  // Of the tree at `path`; what is mounted in it is not gone into.
  void count(CoveredThing& thing, const std::string& path, const LookedAt& entry) {
    if (!S_ISDIR(entry.about.st_mode)) {
      ++thing.files;
      thing.bytes += size_of(entry.about);
      return;
    }
    std::deque<std::string> directories = {path};
    while (!directories.empty() && coverage_.is_whole) {
      const std::string directory = std::move(directories.front());
      directories.pop_front();
      for (const LookedAt& beneath : read(directory)) {
        if (!S_ISDIR(beneath.about.st_mode)) {
          ++thing.files;
          thing.bytes += size_of(beneath.about);
        } else if (beneath.about.st_dev == entry.about.st_dev) {
          directories.push_back(child_path(directory, beneath.name));
        } else {
          ++coverage_.unread;
        }
      }
    }
  }

  // The entries of a directory that is no link, by name; what was too much to look at is left out.
  std::vector<LookedAt> read(const std::string& directory) {
    std::vector<LookedAt> found;
    const base::Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const std::unique_ptr<DIR, int (*)(DIR*)> list(opened ? ::fdopendir(::fcntl(opened.get(), F_DUPFD_CLOEXEC, 3)) : nullptr,
                                                   ::closedir);
    if (list == nullptr) {
      ++coverage_.unread;
      return found;
    }
    while (const dirent* entry = ::readdir(list.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (looked_at_ == k_most_looked_at) {
        coverage_.is_whole = false;
        break;
      }
      ++looked_at_;
      LookedAt one{std::string(name), {}};
      if (::fstatat(opened.get(), entry->d_name, &one.about, AT_SYMLINK_NOFOLLOW) == 0) found.push_back(std::move(one));
    }
    std::ranges::sort(found, {}, &LookedAt::name);
    return found;
  }

  std::span<const model::Scope> scopes_;
  Coverage coverage_;
  std::deque<Directory> waiting_;
  std::size_t looked_at_ = 0;
};

std::string missed_line(const NearMiss& miss, const std::string& home) {
  std::string text = "    " + ui::short_path(miss.path, home);
  if (miss.why == NearMiss::Why::name) return text + "\n";
  text += ", of which it covers the directory and not what is beneath";
  if (!miss.better.empty()) text += "; this would: " + base::quoted(miss.better);
  return text + "\n";
}

}  // namespace

Coverage coverage_of(std::span<const model::Scope> scopes) { return Look(scopes).run(); }

std::string coverage_text(const Coverage& coverage, const std::string& home) {
  std::string text = "  covers now: ";
  if (coverage.things == 0) {
    text += coverage.is_whole ? "nothing that is there" : "nothing that was found";
  } else {
    text += base::counted(coverage.files, "file", "files") + ", " + base::human_bytes(coverage.bytes) + ", in " +
            base::counted(coverage.things, "place", "places");
  }
  if (!coverage.is_whole) text += " (of the first " + base::grouped(k_most_looked_at) + " entries)";
  if (coverage.unread > 0) text += "; " + base::counted(coverage.unread, "directory", "directories") + " could not be looked into";
  text += "\n";
  for (const CoveredThing& thing : coverage.largest) {
    std::string size = base::human_bytes(thing.bytes);
    size.insert(0, 10 - std::min<std::size_t>(size.size(), 10), ' ');
    text += "  " + size + "  " + ui::short_path(thing.path, home) + "\n";
  }
  if (!coverage.missed.empty()) text += "  just misses:\n";
  for (const NearMiss& miss : coverage.missed) text += missed_line(miss, home);
  return text;
}

Json coverage_json(const Coverage& coverage) {
  Json json;
  json["places"] = coverage.things;
  json["files"] = coverage.files;
  json["bytes"] = coverage.bytes;
  json["whole"] = coverage.is_whole;
  json["unread"] = coverage.unread;
  json["largest"] = Json::array();
  for (const CoveredThing& thing : coverage.largest) {
    json["largest"].push_back({{"path", json_text(thing.path)}, {"files", thing.files}, {"bytes", thing.bytes}});
  }
  json["just_misses"] = Json::array();
  for (const NearMiss& miss : coverage.missed) {
    json["just_misses"].push_back({{"path", json_text(miss.path)},
                                   {"why", miss.why == NearMiss::Why::beneath ? "beneath" : "name"},
                                   {"scope", json_text(miss.better)}});
  }
  return json;
}

}  // namespace pvm::pvmctl::approval
