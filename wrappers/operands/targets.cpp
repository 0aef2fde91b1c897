// SPDX-License-Identifier: Apache-2.0
#include "wrappers/operands/targets.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "wrappers/operands/effect.hpp"

namespace pvm::wrappers::operands {

using base::Result;
using system::PinnedDirectory;

std::string stripped(const std::string& path) {
  const std::size_t last = path.find_last_not_of('/');
  return last == std::string::npos ? path.substr(0, 1) : path.substr(0, last + 1);
}

Split split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {path.substr(0, slash + 1), path.substr(slash + 1)};
}

bool is_dot_or_dotdot(std::string_view name) {
  return name == "." || name == "..";
}

bool is_there(const std::string& name) {
  struct stat status {};
  return ::lstat(name.c_str(), &status) == 0;
}

Result<std::size_t> Gathering::pin(const std::string& directory) {
  if (const auto known = pinned_.find(directory); known != pinned_.end()) return known->second;
  auto fresh = system::pin_directory(directory);
  if (!fresh) return base::pass_on(fresh);
  std::vector<PinnedDirectory>& parents = resolved.parents;
  const auto same = std::ranges::find_if(parents, [&](const PinnedDirectory& known) {
    return known.inode == fresh->inode && known.device == fresh->device && known.real_path == fresh->real_path;
  });
  const auto index = static_cast<std::size_t>(same - parents.begin());
  if (same == parents.end()) parents.push_back(std::move(*fresh));
  pinned_.emplace(directory, index);
  return index;
}

const PinnedDirectory* Gathering::find_pinned(const std::string& directory) const {
  const auto known = pinned_.find(directory);
  return known == pinned_.end() ? nullptr : &resolved.parents[known->second];
}

Result<void> Gathering::finish(const std::string& agent, model::Action action, system::Mounts mounts) {
  model::Operation& operation = resolved.operation;
  operation.agent = agent;
  operation.action = action;
  std::set<model::Resource> resources;
  std::map<std::string, const Target*> targets;
  for (const Target& target : resolved.targets) {
    if (target.extent == model::Extent::tree) operation.needs.add(model::Attribute::recursive);
    resources.insert({target.path, target.extent});
    targets.emplace(target.path, &target);
  }
  operation.resources.assign(resources.begin(), resources.end());

  auto effect = list_effect(operation.resources, mounts, [&](const std::string& path) -> Result<const PinnedDirectory*> {
    return &resolved.parents[targets.at(path)->parent];
  });
  if (!effect) return base::pass_on(effect);
  resolved.effect = std::move(*effect);
  return {};
}

namespace {

system::LaunchPlan confined_plan(const Resolved& resolved, const Rebuild& rebuild) {
  system::LaunchPlan plan;
  std::vector<std::string> operands;
  std::set<std::size_t> parents;
  for (const Target& target : resolved.targets) {
    operands.push_back(target.typed);
    parents.insert(target.parent);
  }
  plan.argv = rebuild(operands);
  for (const std::size_t parent : parents) plan.removal_roots.push_back(resolved.parents[parent].descriptor.get());
  return plan;
}

std::vector<system::LaunchPlan> plans_by_parent(const Resolved& resolved, const Rebuild& rebuild) {
  std::map<std::size_t, std::vector<std::string>> names;  // parents are numbered in the order typed
  for (const Target& target : resolved.targets) names[target.parent].push_back(target.name);
  std::vector<system::LaunchPlan> plans;
  for (const auto& [parent, operands] : names) {
    system::LaunchPlan& plan = plans.emplace_back();
    plan.argv = rebuild(operands);
    plan.working_directory = resolved.parents[parent].descriptor.get();
  }
  return plans;
}

}  // namespace

std::vector<system::LaunchPlan> plan(const Resolved& resolved, system::Confinement confinement, const Rebuild& rebuild) {
  if (confinement == system::Confinement::none) return plans_by_parent(resolved, rebuild);
  return {confined_plan(resolved, rebuild)};
}

}  // namespace pvm::wrappers::operands
