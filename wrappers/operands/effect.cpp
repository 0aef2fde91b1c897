// SPDX-License-Identifier: Apache-2.0
#include "wrappers/operands/effect.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "libpvm/base/text.hpp"
#include "libpvm/model/scope.hpp"

namespace pvm::wrappers::operands {
namespace {

using base::Code;
using base::fail;
using base::Result;
using system::PinnedDirectory;

std::string last_component(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

// REQUIRES: `path` is canonical.
Result<PinnedDirectory> pin_parent(const std::string& path) {
  const std::string directory = directory_of(path);
  auto pinned = system::pin_directory(directory);
  if (!pinned && pinned.error().code == Code::missing) {
    return fail(Code::missing, base::quoted(path) + " is not there any more");
  }
  if (pinned && pinned->real_path != directory) {
    return fail(Code::conflict, base::quoted(directory) + " is not what it was: it leads to " +
                                    base::quoted(pinned->real_path) + " now");
  }
  return pinned;
}

// How far an operation reaches is a claim as well: "recursive", and a directory as an item, would be shown as one
// directory and remove all that is in it. To the trash a directory always goes with all that is in it.
Result<void> check_extents(const model::Operation& operation, const model::Effect& effect) {
  const bool is_recursive = operation.needs.has(model::Attribute::recursive);
  const bool takes_trees = is_recursive || operation.action == model::Action::trash;
  bool has_tree = false;
  for (const model::Resource& resource : operation.resources) {
    has_tree = has_tree || resource.extent == model::Extent::tree;
    const auto operand = std::ranges::find(effect.operands, resource.name, &model::OperandEffect::operand);
    if (operand == effect.operands.end() || operand->entries.empty()) continue;  // goes with another
    const bool is_directory = operand->entries.front().type == 'd' || operand->entries.front().type == 'u';
    if (is_directory && takes_trees && resource.extent == model::Extent::item) {
      return fail(Code::conflict, base::quoted(resource.name) + " is not what it was: it is a directory now");
    }
  }
  if (is_recursive && !has_tree) {
    return fail(Code::conflict, "the request is recursive, and nothing in it is a directory");
  }
  return {};
}

}  // namespace

Result<model::Effect> list_effect(const std::vector<model::Resource>& resources, system::Mounts mounts,
                                  const ParentOf& parent_of) {
  std::set<std::string> trees;
  for (const model::Resource& resource : resources) {
    if (resource.extent == model::Extent::tree) trees.insert(resource.name);
  }
  const auto goes_with_another = [&trees](const model::Resource& resource) {
    if (trees.empty()) return false;
    return std::ranges::any_of(model::anchors_of(resource.name), [&](const std::string& above) {
      const bool is_itself = above == resource.name && resource.extent == model::Extent::tree;
      return !is_itself && trees.contains(above);
    });
  };

  model::Effect effect;
  std::size_t budget = model::k_effect_bound;
  for (const model::Resource& resource : resources) {
    if (goes_with_another(resource)) continue;
    const auto parent = parent_of(resource.name);
    if (!parent) return base::pass_on(parent);
    const auto depth = resource.extent == model::Extent::tree ? system::Depth::tree : system::Depth::item;
    auto listing = system::list_tree(**parent, last_component(resource.name), depth, mounts, budget);
    if (!listing) return base::pass_on(listing);
    effect.operands.push_back(std::move(listing->effect));
    if (listing->completeness == model::Completeness::bounded) {
      effect.completeness = model::Completeness::bounded;
    }
  }
  model::sort(effect);
  return effect;
}

Result<model::Effect> effect_of(const model::Operation& operation, system::Mounts mounts) {
  for (const model::Resource& resource : operation.resources) {
    if (resource.name != "/" && model::is_canonical(resource.name)) continue;
    return fail(Code::malformed, base::quoted(resource.name) + " is nothing that would be removed");
  }
  std::optional<PinnedDirectory> parent;
  auto effect = list_effect(operation.resources, mounts,
                            [&parent](const std::string& path) -> Result<const PinnedDirectory*> {
                              auto pinned = pin_parent(path);
                              if (!pinned) return base::pass_on(pinned);
                              parent = std::move(*pinned);
                              return &*parent;
                            });
  if (!effect) return effect;
  if (auto honest = check_extents(operation, *effect); !honest) return base::pass_on(honest);
  return effect;
}

}  // namespace pvm::wrappers::operands
