// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/coverage.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/ui/card.hpp"

namespace pvm::pvmctl::approval {
namespace {

constexpr std::size_t k_deepest = 256;

struct LookedAt {
  std::string name;
  struct stat about {};
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// "build" and "build2", "Build", "build.old"; not "b" and "build".
bool begin_alike(const std::string& a, const std::string& b) {
  constexpr std::size_t k_least = 3;
  const std::string x = lower(a);
  const std::string y = lower(b);
  return std::min(x.size(), y.size()) >= k_least && (x.starts_with(y) || y.starts_with(x));
}

std::string child_path(const std::string& directory, const std::string& name) {
  return (directory == "/" ? "" : directory) + "/" + name;
}

class Look {
 public:
  explicit Look(std::span<const model::Scope> scopes) : scopes_(scopes) {}

  Coverage run() {
    std::set<std::string> anchors;
    for (const model::Scope& scope : scopes_) {
      if (model::is_canonical(scope.anchor())) anchors.insert(scope.anchor());
    }
    for (const std::string& anchor : anchors) {
      const auto above = model::anchors_of(anchor);
      const bool is_beneath_another =
          std::any_of(above.begin() + 1, above.end(), [&anchors](const std::string& other) { return anchors.contains(other); });
      if (!is_beneath_another) look_from(anchor);
    }
    std::ranges::sort(coverage_.largest, [](const CoveredThing& a, const CoveredThing& b) {
      return a.bytes != b.bytes ? a.bytes > b.bytes : a.path < b.path;
    });
    return std::move(coverage_);
  }

 private:
  [[nodiscard]] bool is_covered(const model::Resource& resource) const {
    return std::ranges::any_of(scopes_, [&resource](const model::Scope& scope) { return scope.covers(resource); });
  }

  // An anchor may be what is covered, and then what stands beside it counts: so it is looked at from above.
  void look_from(const std::string& anchor) {
    if (anchor == "/") {
      look_in("/", std::nullopt, 0);
      return;
    }
    const auto slash = anchor.rfind('/');
    look_in(slash == 0 ? "/" : anchor.substr(0, slash), anchor.substr(slash + 1), 0);
  }

  // `only`: the one name in it that is gone into.
  void look_in(const std::string& directory, const std::optional<std::string>& only, std::size_t depth) {
    const auto entries = read(directory);
    std::vector<std::string> covered;
    std::vector<const LookedAt*> others;
    for (const LookedAt& entry : entries) {
      if (!coverage_.is_whole) return;
      const std::string path = child_path(directory, entry.name);
      const bool is_directory = S_ISDIR(entry.about.st_mode);
      if (is_covered({path, is_directory ? model::Extent::tree : model::Extent::item})) {
        covered.push_back(entry.name);
        add(path, entry);
        continue;
      }
      others.push_back(&entry);
      if (is_directory && is_covered({path, model::Extent::item})) miss_beneath(path);
      const bool is_entered = !only || entry.name == *only;
      if (is_directory && is_entered && depth < k_deepest && entry.about.st_dev == device_of(directory)) {
        look_in(path, std::nullopt, depth + 1);
      }
    }
    for (const LookedAt* other : others) miss_beside(child_path(directory, other->name), other->name, covered);
  }

  void miss_beneath(const std::string& path) {
    std::string better;
    for (const model::Scope& scope : scopes_) {
      if (better.empty()) better = scope.widened_for({path, model::Extent::tree});
    }
    note({path, NearMiss::Why::beneath, better});
  }

  void miss_beside(const std::string& path, const std::string& name, const std::vector<std::string>& covered) {
    if (!std::ranges::any_of(covered, [&name](const std::string& other) { return begin_alike(name, other); })) return;
    note({path, NearMiss::Why::name, ""});
  }

  void note(NearMiss miss) {
    if (coverage_.missed.size() < k_most_shown) coverage_.missed.push_back(std::move(miss));
  }

  void add(const std::string& path, const LookedAt& entry) {
    CoveredThing thing{path, 0, 0};
    count(thing, path, entry, 0);
    ++coverage_.things;
    coverage_.files += thing.files;
    coverage_.bytes += thing.bytes;
    coverage_.largest.push_back(std::move(thing));
    if (coverage_.largest.size() <= k_most_shown) return;
    const auto least = std::ranges::min_element(coverage_.largest, {}, &CoveredThing::bytes);
    coverage_.largest.erase(least);
  }

  void count(CoveredThing& thing, const std::string& path, const LookedAt& entry, std::size_t depth) {
    if (!S_ISDIR(entry.about.st_mode)) {
      ++thing.files;
      if (S_ISREG(entry.about.st_mode)) thing.bytes += static_cast<std::uint64_t>(std::max<off_t>(entry.about.st_size, 0));
      return;
    }
    if (depth >= k_deepest) return;
    for (const LookedAt& beneath : read(path)) {
      if (!coverage_.is_whole) return;
      if (beneath.about.st_dev != entry.about.st_dev) continue;
      count(thing, child_path(path, beneath.name), beneath, depth + 1);
    }
  }

  static dev_t device_of(const std::string& directory) {
    struct stat about {};
    return ::lstat(directory.c_str(), &about) == 0 ? about.st_dev : 0;
  }

  // The entries of a directory that is no link, by name; what was too much to look at is left out.
  std::vector<LookedAt> read(const std::string& directory) {
    std::vector<LookedAt> found;
    base::Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!opened) {
      if (errno != ENOENT) ++coverage_.unread;
      return found;
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> list(::fdopendir(::dup(opened.get())), ::closedir);
    if (list == nullptr) return found;
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
  if (coverage.unread > 0) text += "; " + base::counted(coverage.unread, "directory", "directories") + " could not be read";
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
