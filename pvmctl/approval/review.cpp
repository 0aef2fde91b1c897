// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/review.hpp"

#include "libpvm/base/bytes.hpp"
#include "libpvm/system/launch.hpp"
#include "libpvm/system/process.hpp"
#include "pvmctl/request_view.hpp"
#include "pvmctl/ui/card.hpp"

namespace pvm::pvmctl::approval {
namespace {

using base::Result;

std::string home_of(const Context& context) {
  return context.environment().find_filled("HOME").value_or("");
}

// On another machine our home directory is a name like any other.
std::string home_for(const Context& context, const Review& review) {
  return review.view.is_elsewhere ? "" : home_of(context);
}

std::optional<GitFacts> find_git(const Context& context, const system::Settings& settings) {
  const auto configured = settings.real.find("git");
  auto program = system::find_real_command("git", configured == settings.real.end()
                                                      ? std::nullopt
                                                      : std::optional<std::string>(configured->second));
  if (!program) return std::nullopt;
  return GitFacts(std::move(*program), context.environment());
}

Json commits_json(const std::optional<Commits>& commits) {
  if (!commits) return Json();
  Json json;
  json["count"] = commits->count;
  json["newest"] = Json::array();
  for (const std::string& commit : commits->newest) json["newest"].push_back(json_text(commit));
  return json;
}

Json updates_json(const Review& review) {
  Json list = Json::array();
  for (const UpdateFacts& update : review.facts.updates) {
    list.push_back({{"resource", json_text(update.resource)},
                    {"outgoing", commits_json(update.outgoing)},
                    {"lost", commits_json(update.lost)},
                    {"lost_unknown", update.is_lost_unknown}});
  }
  return list;
}

void add_previous(Review& review, const vault::Request& previous) {
  review.previous = previous.state;
  if (previous.state != vault::RequestState::stale || !review.view.fresh) return;
  review.view.since_previous = differences_from(previous.wish, *review.view.fresh);
}

}  // namespace

Result<Review> review_request(Context& context, const std::string& prefix) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto id = (*vault)->request_by_prefix(prefix);
  if (!id) return base::pass_on(id);
  auto request = (*vault)->request(*id, context.now());
  if (!request) return base::pass_on(request);

  Review review{std::move(*request), {}, {}, std::nullopt};
  review.view = look_at(review.request, system::host_name());
  if (review.request.previous) {
    const auto previous = (*vault)->request(*review.request.previous, context.now());
    if (previous) add_previous(review, *previous);
  }
  const auto git = find_git(context, (*site)->settings);
  review.facts = gather_facts(review.request.wish.operation, review.view.fresh, home_for(context, review),
                              git && !review.view.is_elsewhere ? &*git : nullptr);
  return review;
}

std::string card_of(const Context& context, const Review& review, const ui::Colour& colour) {
  return ui::card_text(
      {review.request, review.view, review.facts, review.previous, home_for(context, review), context.now()}, colour);
}

Json review_json(const Review& review) {
  Json seen;
  seen["looked_up"] = review.view.fresh.has_value();
  seen["obstacle"] = review.view.obstacle;
  seen["digest"] = review.view.digest ? Json("sha256:" + base::to_hex(*review.view.digest)) : Json();
  seen["files"] = review.view.summary.files;
  seen["directories"] = review.view.summary.directories;
  seen["bytes"] = review.view.summary.bytes;
  seen["changed"] = review.view.is_changed;
  seen["differences"] = review.view.differences.named;
  seen["since_previous"] = review.view.since_previous.named;
  seen["unsaved_files"] = review.facts.unsaved_files ? Json(*review.facts.unsaved_files) : Json();
  seen["refs"] = review.view.summary.refs;
  seen["overwritten"] = review.view.summary.overwritten;
  seen["updates"] = updates_json(review);
  seen["warnings"] = review.facts.warnings;
  seen["denied_before"] = review.previous == vault::RequestState::denied;
  Json json = request_json(review.request);
  json["seen"] = std::move(seen);
  return json;
}

}  // namespace pvm::pvmctl::approval
