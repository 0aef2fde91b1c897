// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/facts.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "libpvm/base/text.hpp"
#include "libpvm/model/scope.hpp"

namespace pvm::pvmctl::approval {
namespace {

// Asking git takes a process each.
constexpr std::size_t k_most_repositories = 5;
constexpr std::size_t k_most_paths = 200;

std::string absolute(const model::OperandEffect& operand, const model::EffectEntry& entry) {
  return entry.path.empty() ? operand.operand : operand.operand + "/" + entry.path;
}

std::string_view last_component(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string shown(std::string_view path) {
  return base::display(path, 200);
}

bool holds_secrets(std::string_view name) {
  const bool is_public = name.ends_with(".pub");
  const bool is_ssh_key = name.starts_with("id_") && name.size() > 3 && !is_public;
  return name.starts_with(".env") || name.ends_with(".pem") || name.ends_with(".key") || name == ".ssh" ||
         is_ssh_key;
}

std::string and_more(std::uint64_t total) {
  return total > 1 ? " and " + base::grouped(total - 1) + " more like it" : "";
}

// The first of a kind, and how many there are.
struct Sighting {
  std::string first;
  std::uint64_t total = 0;
  void add(const std::string& path) {
    if (total++ == 0) first = path;
  }
};

void add_repository_warnings(const model::Effect& effect, const GitFacts* git, Facts& facts) {
  const std::vector<std::string> repositories = repositories_in(effect);
  for (std::size_t i = 0; i < repositories.size() && i < k_most_repositories; ++i) {
    std::string line = "holds a git repository";
    if (repositories.size() > 1) line += ", " + shown(repositories[i]) + ",";
    const auto unpushed = git != nullptr ? git->count_unpushed_commits(repositories[i]) : std::nullopt;
    if (!unpushed) {
      line += ", and git does not say what of it is pushed";
    } else if (*unpushed == 0) {
      line += " whose commits are all pushed";
    } else {
      line += " with " + base::counted(*unpushed, "commit", "commits") + " pushed nowhere";
    }
    facts.warnings.push_back(std::move(line));
  }
  if (repositories.size() > k_most_repositories) {
    facts.warnings.push_back("holds " + base::grouped(repositories.size()) + " git repositories in all");
  }
}

// The resources by the work tree that they lie in; those in none under "".
std::map<std::string, std::vector<std::string>> by_work_tree(const model::Operation& operation) {
  std::map<std::string, std::vector<std::string>> groups;
  for (const model::Resource& resource : operation.resources) {
    groups[work_tree_around(resource.name)].push_back(resource.name);
  }
  return groups;
}

void add_work_tree_facts(const model::Operation& operation, const GitFacts* git, Facts& facts) {
  auto groups = by_work_tree(operation);
  if (const auto outside = groups.find(""); outside != groups.end()) {
    facts.warnings.push_back("outside a git work tree: " + shown(outside->second.front()) +
                             and_more(outside->second.size()));
    groups.erase(outside);
  }
  std::uint64_t unsaved = 0;
  for (const auto& [top, paths] : groups) {
    if (git == nullptr || paths.size() > k_most_paths) return;
    const auto count = git->count_unknown_files(top, paths);
    if (!count) return;
    unsaved += *count;
  }
  if (!groups.empty()) facts.unsaved_files = unsaved;
}

}  // namespace

std::vector<std::string> warnings_of(const model::Effect& effect) {
  Sighting mounts;
  Sighting secrets;
  for (const model::OperandEffect& operand : effect.operands) {
    for (const model::EffectEntry& entry : operand.entries) {
      const std::string path = absolute(operand, entry);
      const bool is_parent_known = !operand.entries.empty();
      if (is_parent_known && entry.device != operand.entries.front().device) mounts.add(path);
      if (holds_secrets(last_component(path))) secrets.add(path);
    }
  }
  std::vector<std::string> warnings;
  if (mounts.total > 0) {
    warnings.push_back("crosses a mount point: " + shown(mounts.first) + " is on another file system");
  }
  if (secrets.total > 0) {
    warnings.push_back("holds what may be keys or secrets: " + shown(secrets.first) +
                       and_more(secrets.total));
  }
  return warnings;
}

std::vector<std::string> home_warnings(const model::Operation& operation, const std::string& home) {
  std::vector<std::string> warnings;
  if (!model::is_canonical(home)) return warnings;
  for (const model::Resource& resource : operation.resources) {
    if (!model::is_canonical(resource.name) || !model::is_at_or_beneath(home, resource.name)) continue;
    warnings.push_back(resource.name == home ? "this is your home directory"
                                             : shown(resource.name) + " holds your home directory");
  }
  return warnings;
}

std::vector<std::string> repositories_in(const model::Effect& effect) {
  std::vector<std::string> repositories;
  for (const model::OperandEffect& operand : effect.operands) {
    for (const model::EffectEntry& entry : operand.entries) {
      const std::string path = absolute(operand, entry);
      if (last_component(path) != ".git") continue;
      repositories.push_back(path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)));
    }
  }
  return repositories;
}

Facts gather_facts(const model::Operation& operation, const std::optional<model::Effect>& effect,
                   const std::string& home, const GitFacts* git) {
  Facts facts;
  if (operation.action == model::Action::push) {
    if (effect && git != nullptr) facts.updates = push_facts(effect->pushes, *git);
    return facts;
  }
  facts.warnings = home_warnings(operation, home);
  if (!effect) return facts;
  const auto of_entries = warnings_of(*effect);
  facts.warnings.insert(facts.warnings.end(), of_entries.begin(), of_entries.end());
  add_repository_warnings(*effect, git, facts);
  add_work_tree_facts(operation, git, facts);
  return facts;
}

}  // namespace pvm::pvmctl::approval
