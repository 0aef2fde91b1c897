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
    View view = as_told(wish, "it is on another machine, " + base::quoted(request.host, 256));
    view.is_elsewhere = true;
    return view;
  }
  if (wish.operation.action == model::Action::push) return as_told(wish, "a push cannot be looked up here");

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
