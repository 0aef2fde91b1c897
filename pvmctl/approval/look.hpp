// SPDX-License-Identifier: Apache-2.0
// The approver's own look at what an agent asks for. What the request says of its effect is a claim; this is
// not.
#pragma once

#include <optional>
#include <string>

#include "libpvm/base/bytes.hpp"
#include "libpvm/model/effect.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::pvmctl::approval {

struct View {
  /// What is there now; nullopt where it could not be looked up here.
  std::optional<model::Effect> fresh;
  /// Why not; empty where `fresh` is there or nothing is to be looked up (scopes are asked for).
  std::string obstacle;
  /// It is on another machine, where paths of this one mean nothing.
  bool is_elsewhere = false;
  /// The thing is gone or was swapped, on this machine: there is nothing to approve.
  bool is_gone = false;
  model::EffectSummary summary;        // of `fresh`; else the agent's
  std::optional<base::Digest> digest;  // the same; nullopt past the bound
  /// Whether the agent's claim and `fresh` differ, and at what, as far as the claim lists it.
  bool is_changed = false;
  model::Differences differences;
  /// At what `fresh` differs from the effect of the request before, where that one went stale.
  model::Differences since_previous;
};

/// At what `fresh` differs from the effect of `earlier`; nothing where one of them is not listed in full.
[[nodiscard]] model::Differences differences_from(const vault::Wish& earlier, const model::Effect& fresh);

/// Looks at the request's resources again, where it was made on this machine (`host`). Touches the file
/// system.
[[nodiscard]] View look_at(const vault::Request& request, const std::string& host);

}  // namespace pvm::pvmctl::approval
