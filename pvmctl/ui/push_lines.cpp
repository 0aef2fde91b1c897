// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/ui/push_lines.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"
#include "pvmctl/ui/card.hpp"

namespace pvm::pvmctl::ui {
namespace {

using approval::Commits;
using approval::UpdateFacts;

constexpr std::size_t k_most_ref_bytes = 300;
constexpr std::size_t k_most_subject_bytes = 100;
constexpr std::size_t k_most_code_bytes = 4000;
constexpr std::size_t k_most_refs = 100;

// What may lose something comes first, so that it is shown however much there is.
std::vector<const model::RefUpdate*> in_order_of_danger(const model::Push& push) {
  std::vector<const model::RefUpdate*> updates;
  for (const model::RefUpdate& update : push.updates) updates.push_back(&update);
  const auto is_safe = [](const model::RefUpdate* update) { return model::needs_of(*update).is_empty(); };
  std::ranges::stable_sort(updates, {}, is_safe);
  return updates;
}

std::string line(std::size_t indent, const std::string& text) { return std::string(indent, ' ') + text + "\n"; }

std::string commit_lines(const Commits& commits) {
  std::string text;
  for (const std::string& commit : commits.newest) text += line(8, base::display(commit, k_most_subject_bytes));
  if (commits.count > commits.newest.size()) {
    text += line(8, "and " + base::grouped(commits.count - commits.newest.size()) + " more");
  }
  return text;
}

std::string facts_lines(const UpdateFacts& facts, const Colour& colour) {
  std::string text;
  if (facts.outgoing && facts.outgoing->count > 0) {
    const bool is_one = facts.outgoing->count == 1;
    text += line(6, base::counted(facts.outgoing->count, "commit", "commits") + (is_one ? " goes out:" : " go out:"));
    text += commit_lines(*facts.outgoing);
  }
  if (facts.is_lost_unknown) {
    text += line(6, colour.red("!") + " what would be lost cannot be told: it was never fetched here");
  } else if (facts.lost && facts.lost->count > 0) {
    text += line(6, colour.red("!") + " " + base::counted(facts.lost->count, "commit", "commits") + " would be lost:");
    text += commit_lines(*facts.lost);
  } else if (facts.lost) {
    text += line(6, "no commit would be lost");
  }
  return text;
}

}  // namespace

std::string push_lines(const model::Effect& effect, const std::vector<UpdateFacts>& facts, const std::string& home,
                       const Colour& colour) {
  std::string text;
  std::size_t shown = 0;
  std::size_t left = 0;
  std::size_t dangerous = 0;
  for (const model::Push& push : effect.pushes) {
    text += line(2, "to " + base::display(push.url, k_most_ref_bytes) + ", from " + short_path(push.repository, home) +
                        (push.kind == model::PushKind::mirror ? ", as a mirror: what is not here goes there too" : ""));
    for (const model::RefUpdate* each : in_order_of_danger(push)) {
      const model::RefUpdate& update = *each;
      if (shown == k_most_refs) {
        ++left;
        if (!model::needs_of(update).is_empty()) ++dangerous;
        continue;
      }
      ++shown;
      text += line(4, base::display(update.ref, k_most_ref_bytes) + "  " + model::describe(update));
      const auto known = std::ranges::find(facts, model::resource_of(push, update), &UpdateFacts::resource);
      if (known != facts.end()) text += facts_lines(*known, colour);
    }
  }
  if (left > 0) text += line(4, "and " + base::grouped(left) + " more refs");
  if (dangerous > 0) text += line(4, colour.red("!") + " of these " + base::grouped(dangerous) + " are forced, deleted or tags");
  for (const model::InjectedCode& code : effect.code) {
    text += line(2, colour.red("!") + " runs " + base::display(code.what, k_most_ref_bytes) + ": " + base::display(code.value, k_most_code_bytes));
    if (code.value.size() > k_most_code_bytes) text += line(4, colour.red("!") + " and more that does not fit here");
  }
  return text;
}

}  // namespace pvm::pvmctl::ui
