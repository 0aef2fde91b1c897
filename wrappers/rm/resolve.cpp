// SPDX-License-Identifier: Apache-2.0
#include "wrappers/rm/resolve.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "libpvm/base/text.hpp"
#include "wrappers/rm/effect.hpp"
#include "wrappers/rm/quoting.hpp"

namespace pvm::wrappers::rm {
namespace {

using base::Result;
using system::PinnedDirectory;

bool ends_in_slash(std::string_view path) {
  return path.size() > 1 && path.back() == '/';
}

// Without slashes at the end; "/" for a path of nothing else.
std::string stripped(const std::string& path) {
  const std::size_t last = path.find_last_not_of('/');
  return last == std::string::npos ? path.substr(0, 1) : path.substr(0, last + 1);
}

// As fts names it in rm's messages: of several slashes at the end one is left, but "//" stays.
std::string as_shown(std::string path) {
  if (path.size() <= 2) return path;
  while (path.size() > 1 && path.ends_with("//")) path.pop_back();
  return path;
}

struct Split {
  std::string parent;  // as typed, with its slash; "." where there is none
  std::string name;
};

// REQUIRES: `path` is not empty, and does not end in a slash but for "/".
Split split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {path.substr(0, slash + 1), path.substr(slash + 1)};
}

bool is_dot_or_dotdot(std::string_view name) {
  return name == "." || name == "..";
}

Result<bool> is_root(const struct stat& status) {
  struct stat root {};
  if (::lstat("/", &root) != 0) return base::fail_errno("cannot look at '/'", errno);
  return root.st_dev == status.st_dev && root.st_ino == status.st_ino;
}

// What rm -f does not complain of.
bool means_absent(int number) {
  return number == ENOENT || number == ENOTDIR || number == EINVAL || number == EILSEQ;
}

class Resolver {
 public:
  Resolver(const RmCommand& command, const std::string& called) : command_(command), called_(called) {}

  Result<void> take(const std::string& operand);
  Result<Resolved> finish(const std::string& agent);

 private:
  void complain(const std::string& words) {
    resolved_.own_words += called_ + ": " + words + '\n';
    resolved_.own_status = 1;
  }
  void complain_of(const std::string& operand, int number) {
    complain("cannot remove " + quote(as_shown(operand)) + ": " + std::strerror(number));
  }
  void complain_of_absent(const std::string& operand, int number);
  void complain_of_root(const std::string& operand);
  Result<bool> refuses_directory(const std::string& operand, const struct stat& seen);
  [[nodiscard]] bool will_be_empty(const std::string& operand, const struct stat& seen) const;
  [[nodiscard]] bool is_target(const struct stat& parent, std::string_view name) const;

  [[nodiscard]] const PinnedDirectory* pinned_parent(const std::string& operand) const;
  Result<void> add_target(const std::string& operand, const struct stat* seen_in_parent);
  Result<std::size_t> pin(const std::string& directory);
  [[nodiscard]] bool is_tree(const Target& target) const { return command_.recursive && target.type == 'd'; }
  void name_operation(const std::string& agent);
  Result<void> list_effect();

  const RmCommand& command_;
  const std::string& called_;
  Resolved resolved_;
  std::unordered_map<std::string, std::size_t> pinned_;  // by what was typed
};

Result<void> Resolver::take(const std::string& operand) {
  struct stat seen {};
  const PinnedDirectory* parent = pinned_parent(operand);
  const int looked = parent == nullptr ? ::lstat(operand.c_str(), &seen)
                                       : ::fstatat(parent->descriptor.get(), split(operand).name.c_str(), &seen,
                                                   AT_SYMLINK_NOFOLLOW);
  if (looked != 0) {
    complain_of_absent(operand, errno);
    return {};
  }
  if (S_ISDIR(seen.st_mode)) {
    const auto is_refused = refuses_directory(operand, seen);
    if (!is_refused) return base::pass_on(is_refused);
    if (*is_refused) return {};
  }
  return add_target(operand, parent == nullptr ? nullptr : &seen);
}

// Where an earlier operand stands in the same directory: one look at this one suffices. nullptr: none does, or a slash
// at the end would make it another look.
const PinnedDirectory* Resolver::pinned_parent(const std::string& operand) const {
  if (operand.ends_with('/')) return nullptr;
  const auto known = pinned_.find(split(operand).parent);
  return known == pinned_.end() ? nullptr : &resolved_.parents[known->second];
}

// rm tells what unlink says, but with -i what lstat says; they differ for "x/" where x is there but no
// directory.
void Resolver::complain_of_absent(const std::string& operand, int number) {
  if (ends_in_slash(operand) && command_.interactive != Interactive::always && is_there(stripped(operand))) {
    number = ENOTDIR;
  }
  if (command_.force && means_absent(number)) return;
  complain_of(operand, number);
}

void Resolver::complain_of_root(const std::string& operand) {
  const std::string shown = as_shown(operand);
  const std::string same = shown == "/" ? "" : " (same as '/')";
  complain("it is dangerous to operate recursively on " + quote(shown) + same);
  if (!command_.no_preserve_root) complain("use --no-preserve-root to override this failsafe");
}

// In the order in which rm finds fault.
Result<bool> Resolver::refuses_directory(const std::string& operand, const struct stat& seen) {
  if (!command_.recursive && !command_.remove_empty_dirs) {
    complain_of(operand, EISDIR);
  } else if (!command_.recursive && !will_be_empty(operand, seen)) {
    complain_of(operand, ENOTEMPTY);
  } else if (is_dot_or_dotdot(split(stripped(operand)).name)) {
    complain("refusing to remove '.' or '..' directory: skipping " + quote(as_shown(operand)));
  } else {
    const auto root = is_root(seen);
    if (!root || !*root) return root;
    complain_of_root(operand);
  }
  return true;
}

// Whether nothing but earlier targets is in the directory; false where it cannot be read.
bool Resolver::will_be_empty(const std::string& operand, const struct stat& seen) const {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(operand.c_str()), ::closedir);
  if (!stream) return false;
  errno = 0;
  while (const struct dirent* item = ::readdir(stream.get())) {
    const std::string_view name = static_cast<const char*>(item->d_name);
    if (!is_dot_or_dotdot(name) && !is_target(seen, name)) return false;
    errno = 0;
  }
  return errno == 0;
}

bool Resolver::is_target(const struct stat& parent, std::string_view name) const {
  return std::ranges::any_of(resolved_.targets, [&](const Target& target) {
    const PinnedDirectory& pinned = resolved_.parents[target.parent];
    return pinned.inode == parent.st_ino && pinned.device == parent.st_dev && target.name == name;
  });
}

// REQUIRES: the last component of `operand` is a name, neither "." nor "..".
Result<void> Resolver::add_target(const std::string& operand, const struct stat* seen_in_parent) {
  const Split place = split(stripped(operand));
  auto parent = pin(place.parent);
  if (!parent) return base::pass_on(parent);
  const PinnedDirectory& pinned = resolved_.parents[*parent];
  struct stat status {};
  if (seen_in_parent != nullptr) {
    status = *seen_in_parent;
  } else if (::fstatat(pinned.descriptor.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    complain_of_absent(operand, errno);
    return {};
  }
  const bool is_link_with_slash = S_ISLNK(status.st_mode) && ends_in_slash(operand);
  if (is_link_with_slash && !command_.recursive) {  // -d: rmdir does not follow it
    complain_of_absent(operand, ENOTDIR);
    return {};
  }
  resolved_.targets.push_back({is_link_with_slash ? stripped(operand) : operand, place.name, *parent,
                               system::path_in(pinned, place.name), system::entry_type(status.st_mode)});
  return {};
}

// The index of the pinned directory; the same one for all ways to write it.
Result<std::size_t> Resolver::pin(const std::string& directory) {
  if (const auto known = pinned_.find(directory); known != pinned_.end()) return known->second;
  auto fresh = system::pin_directory(directory);
  if (!fresh) return base::pass_on(fresh);
  const auto same = std::ranges::find_if(resolved_.parents, [&](const PinnedDirectory& known) {
    return known.inode == fresh->inode && known.device == fresh->device &&
           known.real_path == fresh->real_path;
  });
  const auto index = static_cast<std::size_t>(same - resolved_.parents.begin());
  if (same == resolved_.parents.end()) resolved_.parents.push_back(std::move(*fresh));
  pinned_.emplace(directory, index);
  return index;
}

void Resolver::name_operation(const std::string& agent) {
  model::Operation& operation = resolved_.operation;
  operation.agent = agent;
  operation.action = model::Action::rm;
  std::set<model::Resource> resources;
  for (const Target& target : resolved_.targets) {
    if (is_tree(target)) operation.needs.add(model::Attribute::recursive);
    resources.insert({target.path, is_tree(target) ? model::Extent::tree : model::Extent::item});
  }
  operation.resources.assign(resources.begin(), resources.end());
}

Result<void> Resolver::list_effect() {
  std::map<std::string, const Target*> targets;
  for (const Target& target : resolved_.targets) targets.emplace(target.path, &target);

  const system::Mounts mounts = command_.one_file_system ? system::Mounts::stay : system::Mounts::cross;
  auto effect = rm::list_effect(resolved_.operation.resources, mounts,
                                [&](const std::string& path) -> Result<const PinnedDirectory*> {
                                  return &resolved_.parents[targets.at(path)->parent];
                                });
  if (!effect) return base::pass_on(effect);
  resolved_.effect = std::move(*effect);
  return {};
}

Result<Resolved> Resolver::finish(const std::string& agent) {
  name_operation(agent);
  if (auto listed = list_effect(); !listed) return base::pass_on(listed);
  return std::move(resolved_);
}

// The options that rm gets: those typed, but for two that would then mean something else.
RmCommand handed_on(RmCommand command, const Resolved& resolved) {
  constexpr std::size_t k_unasked_by_once = 3;  // -I asks before more than that
  const bool has_directory = std::ranges::any_of(
      resolved.targets, [](const Target& target) { return target.type == 'd' || target.type == 'u'; });
  const bool is_once = command.interactive == Interactive::once;
  // What was a file when it was decided on must not be removed as a tree.
  if (!has_directory && !is_once) command.recursive = false;
  // Some of the operands that rm would have counted are not handed on: ask for each rather than for none.
  const bool loses_question = is_once && command.operands.size() > k_unasked_by_once &&
                              resolved.targets.size() <= k_unasked_by_once;
  if (loses_question) command.interactive = Interactive::always;
  return command;
}

system::LaunchPlan confined_plan(const RmCommand& command, const Resolved& resolved,
                                 const std::string& argv0) {
  system::LaunchPlan plan;
  std::vector<std::string> operands;
  std::set<std::size_t> parents;
  for (const Target& target : resolved.targets) {
    operands.push_back(target.typed);
    parents.insert(target.parent);
  }
  plan.argv = rebuild(command, argv0, operands);
  for (const std::size_t parent : parents) {
    plan.removal_roots.push_back(resolved.parents[parent].descriptor.get());
  }
  return plan;
}

std::vector<system::LaunchPlan> plans_by_parent(const RmCommand& command, const Resolved& resolved,
                                                const std::string& argv0) {
  std::map<std::size_t, std::vector<std::string>> names;  // parents are numbered in the order typed
  for (const Target& target : resolved.targets) names[target.parent].push_back(target.name);
  std::vector<system::LaunchPlan> plans;
  for (const auto& [parent, operands] : names) {
    system::LaunchPlan& plan = plans.emplace_back();
    plan.argv = rebuild(command, argv0, operands);
    plan.working_directory = resolved.parents[parent].descriptor.get();
  }
  return plans;
}

}  // namespace

base::Result<Resolved> resolve(const RmCommand& command, const std::string& agent,
                               const std::string& called) {
  Resolver resolver(command, called);
  for (const std::string& operand : command.operands) {
    if (auto taken = resolver.take(operand); !taken) return base::pass_on(taken);
  }
  return resolver.finish(agent);
}

std::vector<system::LaunchPlan> plan(const RmCommand& typed, const Resolved& resolved,
                                     const std::string& program, const std::string& argv0,
                                     const std::vector<std::string>& environment,
                                     system::Confinement confinement) {
  const RmCommand command = handed_on(typed, resolved);
  std::vector<system::LaunchPlan> plans;
  if (confinement == system::Confinement::landlock) {
    plans.push_back(confined_plan(command, resolved, argv0));
  } else {
    plans = plans_by_parent(command, resolved, argv0);
  }
  for (system::LaunchPlan& plan : plans) {
    plan.program = program;
    plan.environment = environment;
  }
  return plans;
}

bool is_there(const std::string& name) {
  struct stat status {};
  return ::lstat(name.c_str(), &status) == 0;
}

}  // namespace pvm::wrappers::rm
