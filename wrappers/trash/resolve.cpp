// SPDX-License-Identifier: Apache-2.0
#include "wrappers/trash/resolve.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <string_view>
#include <utility>

#include "libpvm/base/text.hpp"

namespace pvm::wrappers::trash {
namespace {

using base::Result;
using operands::is_dot_or_dotdot;
using operands::split;

constexpr int k_status_failed = 74;  // EX_IOERR of sysexits.h
constexpr std::size_t k_longest_name = 255 - std::string_view(".trashinfo").size();

std::string_view last_component(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// What trash-put calls the thing.
std::string describe(const std::string& path) {
  struct stat itself {};
  if (::lstat(path.c_str(), &itself) == 0 && S_ISLNK(itself.st_mode)) return "symbolic link";
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return "non existent";
  if (S_ISDIR(about.st_mode)) {
    const std::string_view name = last_component(path);
    const bool is_shown = path != name && is_dot_or_dotdot(name);
    return is_shown ? "'" + std::string(name) + "' directory" : "directory";
  }
  if (!S_ISREG(about.st_mode)) return "entry";
  return about.st_size == 0 ? "regular empty file" : "regular file";
}

class Resolver {
 public:
  Result<void> take(const std::string& operand);
  Result<Resolved> finish(const std::string& agent) {
    auto finished = gathering_.finish(agent, model::Action::trash, system::Mounts::cross);
    if (!finished) return base::pass_on(finished);
    return std::move(gathering_.resolved);
  }

 private:
  void complain(const std::string& operand) {
    gathering_.resolved.own_words += std::string(k_name) + ": cannot trash " + describe(operand) + " '" +
                                     as_python_writes(operand) + "'\n";
  }
  Result<void> refuse(const std::string& operand) {
    complain(operand);
    gathering_.resolved.own_status = k_status_failed;
    return {};
  }

  operands::Gathering gathering_;
};

Result<void> Resolver::take(const std::string& operand) {
  if (is_dot_or_dotdot(last_component(operand))) {
    complain(operand);
    return {};
  }
  const std::string path = normalised(operand);
  const auto [parent, name] = split(path);
  if (name.empty() || is_dot_or_dotdot(name) || !operands::is_there(path)) return refuse(operand);

  const auto index = gathering_.pin(parent);
  if (!index) return base::pass_on(index);
  const system::PinnedDirectory& pinned = gathering_.resolved.parents[*index];
  struct statx status {};
  if (::statx(pinned.descriptor.get(), name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &status) != 0) {
    return refuse(operand);
  }
  const std::string real_path = system::path_in(pinned, name);
  const bool is_mount_point = (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  if (is_mount_point || name.size() > k_longest_name || !base::is_utf8(real_path)) return refuse(operand);

  const char type = system::entry_type(status.stx_mode);
  gathering_.resolved.targets.push_back(
      {operand, name, *index, real_path, type, type == 'd' ? model::Extent::tree : model::Extent::item});
  return {};
}

}  // namespace

std::string normalised(const std::string& path) {
  const bool has_two_slashes = path.starts_with("//") && !path.starts_with("///");
  const std::string start = has_two_slashes ? "//" : path.starts_with('/') ? "/" : "";
  std::vector<std::string_view> kept;
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t end = std::min(path.find('/', from), path.size());
    const std::string_view name = std::string_view(path).substr(from, end - from);
    from = end + 1;
    if (name.empty() || name == ".") continue;
    const bool goes_back = name == ".." && !kept.empty() && kept.back() != "..";
    if (goes_back) {
      kept.pop_back();
    } else if (name != ".." || start.empty()) {
      kept.push_back(name);
    }
  }
  std::string text = start;
  for (const std::string_view name : kept) {
    if (text.size() > start.size()) text += '/';
    text += name;
  }
  return text.empty() ? "." : text;
}

base::Result<Resolved> resolve(const TrashCommand& command, const std::string& agent) {
  Resolver resolver;
  for (const std::string& operand : command.operands) {
    if (auto taken = resolver.take(operand); !taken) return base::pass_on(taken);
  }
  return resolver.finish(agent);
}

std::vector<system::LaunchPlan> plan(const TrashCommand& command, const Resolved& resolved, const gate::RealCommand& real,
                                     const std::vector<int>& infos, system::Confinement confinement) {
  const auto rebuilt = real.name == "gio" ? rebuild_for_gio : rebuild;
  auto plans = operands::plan(resolved, confinement,
                              [&](const std::vector<std::string>& operands) { return rebuilt(command, operands); });
  for (system::LaunchPlan& plan : plans) {
    plan.program = real.path;
    plan.environment = real.environment;
    plan.moves = system::Moves::allowed;
    if (!plan.removal_roots.empty()) plan.removal_roots.insert(plan.removal_roots.end(), infos.begin(), infos.end());
  }
  return plans;
}

}  // namespace pvm::wrappers::trash
