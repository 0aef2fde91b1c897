// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/push_facts.hpp"

#include <algorithm>
#include <chrono>

#include "libpvm/base/bytes.hpp"

namespace pvm::pvmctl::approval {
namespace {

using model::Movement;
using model::Push;
using model::RefUpdate;

// The commits that `range` names, in rev-list's words.
std::optional<Commits> commits_in(const GitFacts& git, const std::string& repository, const std::vector<std::string>& range) {
  std::vector<std::string> words = {"rev-list", "--count"};
  words.insert(words.end(), range.begin(), range.end());
  auto count = git.ask(repository, words);
  if (!count) return std::nullopt;
  if (count->ends_with('\n')) count->pop_back();
  const auto number = base::parse_decimal(*count);
  if (!number) return std::nullopt;
  Commits commits{*number, {}};
  if (commits.count == 0) return commits;

  words = {"rev-list", "--max-count=" + std::to_string(k_most_commits_named), "--no-commit-header", "--abbrev=10", "--format=%h %s"};
  words.insert(words.end(), range.begin(), range.end());
  auto list = git.ask(repository, words);
  if (!list) return commits;
  for (std::size_t from = 0; from < list->size() && commits.newest.size() < k_most_commits_named;) {
    const auto end = std::min(list->find('\n', from), list->size());
    if (end > from) commits.newest.push_back(list->substr(from, end - from));
    from = end + 1;
  }
  return commits;
}

bool has_commit(const GitFacts& git, const std::string& repository, const std::string& id) {
  return git.ask(repository, {"cat-file", "-e", id + "^{commit}"}).has_value();
}

UpdateFacts facts_of(const Push& push, const RefUpdate& update, const GitFacts& git) {
  UpdateFacts facts;
  facts.resource = model::resource_of(push, update);
  const std::string& from = push.repository;
  if (!update.new_id.empty()) {
    // What was there before, or on any other remote as far as it was fetched, does not go out.
    std::vector<std::string> range = {update.new_id, "--not", "--remotes"};
    const bool has_old = !update.old_id.empty() && has_commit(git, from, update.old_id);
    if (has_old) range = {update.new_id, "^" + update.old_id};
    facts.outgoing = commits_in(git, from, range);
  }
  if (update.movement != Movement::forced && update.movement != Movement::deletion) return facts;
  facts.is_lost_unknown = update.old_id.empty() || !has_commit(git, from, update.old_id);
  if (facts.is_lost_unknown) return facts;
  std::vector<std::string> range = {update.old_id};
  // Of a ref that goes: what no other branch of here has.
  if (update.new_id.empty()) {
    range.insert(range.end(), {"--not", "--branches"});
  } else {
    range.push_back("^" + update.new_id);
  }
  facts.lost = commits_in(git, from, range);
  facts.is_lost_unknown = !facts.lost;
  return facts;
}

}  // namespace

std::vector<UpdateFacts> push_facts(const std::vector<Push>& pushes, const GitFacts& git) {
  constexpr std::chrono::seconds k_limit{5};
  const auto begin = std::chrono::steady_clock::now();
  std::vector<UpdateFacts> all;
  // What may lose something first.
  for (const bool is_safe : {false, true}) {
    for (const Push& push : pushes) {
      for (const RefUpdate& update : push.updates) {
        if (model::needs_of(update).is_empty() != is_safe) continue;
        const bool is_late = std::chrono::steady_clock::now() - begin > k_limit;
        if (is_late || all.size() == k_most_updates_looked_at) return all;
        all.push_back(facts_of(push, update, git));
      }
    }
  }
  return all;
}

}  // namespace pvm::pvmctl::approval
