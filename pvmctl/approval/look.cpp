// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/look.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "libpvm/base/text.hpp"
#include "libpvm/gate/decide.hpp"
#include "wrappers/operands/effect.hpp"
#include "wrappers/rm/resolve.hpp"

namespace pvm::pvmctl::approval {
namespace {

using base::Code;

View as_told(const vault::Wish& wish, std::string obstacle) {
  View view;
  view.obstacle = std::move(obstacle);
  view.summary = wish.summary;
  view.digest = wish.effect;
  return view;
}

// A directory of another user's that we cannot read; empty: there is none. What is in it that user can see, and so the
// agent; one of our own that is closed is closed to our agent too, and is listed as that.
std::string closed_directory(const model::Effect& effect) {
  for (const model::OperandEffect& operand : effect.operands) {
    for (const model::EffectEntry& entry : operand.entries) {
      if (entry.type != 'u') continue;
      const std::string path = operand.operand + (entry.path.empty() ? "" : "/" + entry.path);
      struct stat about {};
      if (::lstat(path.c_str(), &about) != 0 || about.st_uid != ::geteuid()) return path;
    }
  }
  return {};
}

// What a remote has only it can say, and to ask it would be to run the transport that the agent's settings name. So the claim
// is read and shown, and the digest that is signed is of what is shown: the push that it allows is that one, or none.
View as_told_of_push(const vault::Wish& wish) {
  auto told = model::effect_from_manifest(wish.manifest);
  if (wish.manifest.empty() || !told) return as_told(wish, "the list of refs is not there, or cannot be read");
  const vault::Wish shown = gate::make_wish(wish.operation, wish.invocation, *told);
  const model::Operation operation = model::operation_of(told->pushes, wish.operation.agent);
  View view;
  view.summary = shown.summary;
  view.digest = shown.effect;
  if (operation == wish.operation && shown.effect == wish.effect) {
    view.obstacle = "what is on the other side was looked up by the agent's git";
  } else {
    view.obstacle = "the request contradicts itself";
    view.is_gone = true;
  }
  view.fresh = std::move(*told);
  return view;
}

}  // namespace

model::Differences differences_from(const vault::Wish& earlier, const model::Effect& fresh) {
  if (earlier.manifest.empty() || fresh.completeness != model::Completeness::whole) return {};
  const auto told = model::effect_from_manifest(earlier.manifest);
  return told ? model::compare(*told, fresh) : model::Differences();
}

View look_at(const vault::Request& request, const std::string& host) {
  const vault::Wish& wish = request.wish;
  if (wish.operation.resources.empty()) return as_told(wish, "");
  if (request.host != host) {
    View view = wish.operation.action == model::Action::push ? as_told_of_push(wish) : as_told(wish, "");
    if (!view.is_gone) view.obstacle = "it is on another machine, " + base::quoted(request.host, 256);
    view.is_elsewhere = true;
    return view;
  }
  if (wish.operation.action == model::Action::push) return as_told_of_push(wish);

  const bool is_rm = wish.operation.action == model::Action::rm;
  const system::Mounts mounts = is_rm ? wrappers::rm::mounts_of(wish.invocation) : system::Mounts::cross;
  auto fresh = wrappers::operands::effect_of(wish.operation, mounts);
  if (!fresh) {
    View view = as_told(wish, fresh.error().message);
    view.is_gone = fresh.error().code == Code::missing || fresh.error().code == Code::conflict;
    return view;
  }
  const std::string closed = closed_directory(*fresh);
  if (!closed.empty()) return as_told(wish, "you cannot look into " + base::quoted(closed, 256));
  View view;
  const vault::Wish seen = gate::make_wish(wish.operation, wish.invocation, *fresh);
  view.summary = seen.summary;
  view.digest = seen.effect;
  view.is_changed = seen.effect != wish.effect;
  if (view.is_changed) view.differences = differences_from(wish, *fresh);
  view.fresh = std::move(*fresh);
  return view;
}

}  // namespace pvm::pvmctl::approval
