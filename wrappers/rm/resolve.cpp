// SPDX-License-Identifier: Apache-2.0
#include "wrappers/rm/resolve.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "libpvm/base/text.hpp"
#include "wrappers/rm/quoting.hpp"

namespace pvm::wrappers::rm {
namespace {

using base::Result;
using operands::is_dot_or_dotdot;
using operands::split;
using operands::stripped;
using system::PinnedDirectory;

bool ends_in_slash(std::string_view path) {
  return path.size() > 1 && path.back() == '/';
}

// As fts names it in rm's messages: of several slashes at the end one is left, but "//" stays.
std::string as_shown(std::string path) {
  if (path.size() <= 2) return path;
  while (path.size() > 1 && path.ends_with("//")) path.pop_back();
  return path;
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
    gathering_.resolved.own_words += called_ + ": " + words + '\n';
    gathering_.resolved.own_status = 1;
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

  const RmCommand& command_;
  const std::string& called_;
  operands::Gathering gathering_;
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
  return gathering_.find_pinned(split(operand).parent);
}

// rm tells what unlink says, but with -i what lstat says; they differ for "x/" where x is there but no
// directory.
void Resolver::complain_of_absent(const std::string& operand, int number) {
  if (ends_in_slash(operand) && command_.interactive != Interactive::always && operands::is_there(stripped(operand))) {
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
  const Resolved& resolved = gathering_.resolved;
  return std::ranges::any_of(resolved.targets, [&](const Target& target) {
    const PinnedDirectory& pinned = resolved.parents[target.parent];
    return pinned.inode == parent.st_ino && pinned.device == parent.st_dev && target.name == name;
  });
}

// REQUIRES: the last component of `operand` is a name, neither "." nor "..".
Result<void> Resolver::add_target(const std::string& operand, const struct stat* seen_in_parent) {
  const operands::Split place = split(stripped(operand));
  auto parent = gathering_.pin(place.parent);
  if (!parent) return base::pass_on(parent);
  const PinnedDirectory& pinned = gathering_.resolved.parents[*parent];
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
  const char type = system::entry_type(status.st_mode);
  const auto extent = command_.recursive && type == 'd' ? model::Extent::tree : model::Extent::item;
  gathering_.resolved.targets.push_back({is_link_with_slash ? stripped(operand) : operand, place.name, *parent,
                                         system::path_in(pinned, place.name), type, extent});
  return {};
}

Result<Resolved> Resolver::finish(const std::string& agent) {
  const system::Mounts mounts = command_.one_file_system ? system::Mounts::stay : system::Mounts::cross;
  auto finished = gathering_.finish(agent, model::Action::rm, mounts);
  if (!finished) return base::pass_on(finished);
  return std::move(gathering_.resolved);
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
  auto plans = operands::plan(resolved, confinement, [&](const std::vector<std::string>& operands) {
    return rebuild(command, argv0, operands);
  });
  for (system::LaunchPlan& plan : plans) {
    plan.program = program;
    plan.environment = environment;
  }
  return plans;
}

system::Mounts mounts_of(const model::Invocation& invocation) {
  if (invocation.argv.empty()) return system::Mounts::cross;
  const Parsed parsed = parse(invocation.argv, Order::permute);
  const auto* command = std::get_if<RmCommand>(&parsed);
  return command != nullptr && command->one_file_system ? system::Mounts::stay : system::Mounts::cross;
}

}  // namespace pvm::wrappers::rm
