// SPDX-License-Identifier: Apache-2.0
// Pending requests that one look and one answer are enough for: those of an agent for one action in one tree of
// directories.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::pvmctl {

struct RequestGroup {
  std::string agent;
  model::Action action = model::Action::rm;
  std::string directory;  // the deepest that holds all of its paths; empty where scopes are asked for
  std::vector<vault::Request> requests;  // never empty
};

/// The tree that things in `directory` belong to: of the directories at or above it the highest that is two components
/// deep at least and neither `home` nor above it ("/home/u/app" for what is in /home/u/app/src, "/srv/app" for
/// /srv/app/x); `directory` itself where there is none, so that what lies loose in a home, in /tmp or in / belongs
/// together only where it stands side by side. `home` may be empty. REQUIRES: `directory` is canonical.
[[nodiscard]] std::string tree_of(const std::string& directory, const std::string& home);

/// Requests of the same agent, action, host and tree, in the order of their first ones, each in the order given. One that
/// asks for scopes is a group of its own. Pure, and does not depend on the order but for the order of what it returns.
[[nodiscard]] std::vector<RequestGroup> group_requests(std::vector<vault::Request> requests, const std::string& home);

/// Of all its requests together; things that several of them name are counted as often.
[[nodiscard]] model::EffectSummary total_effect(const RequestGroup& group);

/// The group of the pending request whose id starts with `prefix`, as it is now. Errors: as
/// vault::Vault::request_by_prefix; conflict, where that request is not pending.
[[nodiscard]] base::Result<RequestGroup> find_group(vault::Vault& vault, const std::string& prefix,
                                                    const std::string& home, base::UnixTime now);

}  // namespace pvm::pvmctl
