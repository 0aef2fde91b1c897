// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/request_groups.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "pvmctl/approval/draft.hpp"

namespace pvm::pvmctl {
namespace {

using base::Result;

bool is_of_paths(const vault::Request& request) {
  const auto& resources = request.wish.operation.resources;
  return !resources.empty() && std::ranges::all_of(resources, [](const model::Resource& resource) {
    return model::is_canonical(resource.name);
  });
}

std::string group_directory(const RequestGroup& group) {
  std::vector<model::Resource> all;
  for (const vault::Request& request : group.requests) {
    const auto& resources = request.wish.operation.resources;
    all.insert(all.end(), resources.begin(), resources.end());
  }
  return approval::common_directory(all);
}

}  // namespace

std::string tree_of(const std::string& directory, const std::string& home) {
  const bool has_home = home.size() > 1 && model::is_canonical(home);
  const std::vector<std::string> above = model::anchors_of(directory);  // the deepest first
  for (auto candidate = above.rbegin(); candidate != above.rend(); ++candidate) {
    const bool is_deep = std::ranges::count(*candidate, '/') >= 2;
    if (is_deep && !(has_home && model::is_at_or_beneath(home, *candidate))) return *candidate;
  }
  return directory;
}

std::vector<RequestGroup> group_requests(std::vector<vault::Request> requests, const std::string& home) {
  std::vector<RequestGroup> groups;
  std::map<std::tuple<std::string, model::Action, std::string, std::string>, std::size_t> places;
  for (vault::Request& request : requests) {
    const model::Operation& operation = request.wish.operation;
    std::size_t place = groups.size();
    if (is_of_paths(request)) {
      const std::string tree = tree_of(approval::common_directory(operation.resources), home);
      place = places.try_emplace({operation.agent, operation.action, request.host, tree}, place).first->second;
    }
    if (place == groups.size()) groups.push_back({operation.agent, operation.action, "", {}});
    groups[place].requests.push_back(std::move(request));
  }
  for (RequestGroup& group : groups) {
    if (is_of_paths(group.requests.front())) group.directory = group_directory(group);
  }
  return groups;
}

model::EffectSummary total_effect(const RequestGroup& group) {
  model::EffectSummary total;
  for (const vault::Request& request : group.requests) {
    const model::EffectSummary& one = request.wish.summary;
    total.files += one.files;
    total.directories += one.directories;
    total.bytes += one.bytes;
    if (one.completeness == model::Completeness::bounded) total.completeness = model::Completeness::bounded;
  }
  return total;
}

Result<RequestGroup> find_group(vault::Vault& vault, const std::string& prefix, const std::string& home,
                                base::UnixTime now) {
  const auto id = vault.request_by_prefix(prefix);
  if (!id) return base::pass_on(id);
  const auto request = vault.request(*id, now);
  if (!request) return base::pass_on(request);
  auto pending =
      vault.requests({request->wish.operation.agent, vault::RequestState::pending, SIZE_MAX}, now);
  if (!pending) return base::pass_on(pending);
  for (RequestGroup& group : group_requests(std::move(*pending), home)) {
    if (std::ranges::any_of(group.requests, [&id](const vault::Request& one) { return one.id == *id; })) {
      return std::move(group);
    }
  }
  return base::fail(base::Code::conflict,
                    "request " + id->brief() + " is " + std::string(vault::to_text(request->state)) + ", not pending",
                    "see what is with: pvmctl pending");
}

}  // namespace pvm::pvmctl
