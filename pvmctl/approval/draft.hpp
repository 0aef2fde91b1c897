// SPDX-License-Identifier: Apache-2.0
// From a request and the approver's choices to the grant that is signed. Pure: all that it needs is passed
// in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/model/grant.hpp"
#include "libpvm/system/settings.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::pvmctl::approval {

/// How often a grant may be used.
struct Uses {
  std::optional<std::uint32_t> most;  // nullopt: unlimited
};
/// "unlimited", or 1 to model::k_max_uses. Errors: usage.
[[nodiscard]] base::Result<Uses> parse_uses(std::string_view text);

enum class Widening { refuse, allow };      // --widen
enum class Binding { to_effect, unbound };  // --unbound
enum class Repetition { unsaid, once };     // --once

/// What the approver chose. Neither life nor uses: once.
struct Choice {
  Repetition repetition = Repetition::unsaid;
  std::optional<base::Seconds> life;  // --for
  std::optional<Uses> uses;           // --uses
  std::vector<model::Scope> scopes;   // --scope, in place of those that were asked for; empty: those
  Widening widening = Widening::refuse;
  Binding binding = Binding::to_effect;
};

/// What a grant carries beside its terms.
struct Particulars {
  base::GrantId id;
  base::VaultId vault;
  std::uint64_t epoch = 0;
  model::TreeHead log;
  std::string approver;
  std::string via;
  base::UnixTime now;
};

/// The grant that answers `request`. `effect` is the approver's own look (nullopt: past its bound).
///   once (the default for an operation): one use, bound to `effect`, for settings.once_life
///   --for, --uses: the scopes for a time (without --for: settings.for_limit), as often as said, else
///   unlimited. A request for scopes is answered so too, by default for settings.for_limit.
/// Errors: usage (choices that exclude each other); limit (over settings.for_limit; over
/// model::k_grant_max_bytes); refused (a scope wider than asked without Widening::allow; a resource that the
/// scopes do not cover; a past-bound effect without Binding::unbound).
[[nodiscard]] base::Result<model::Grant> draft_grant(const vault::Request& request, const Choice& choice,
                                                     const std::optional<base::Digest>& effect,
                                                     const Particulars& particulars,
                                                     const system::Settings& settings);

/// One grant for all of `requests`, which are of one agent and action and for operations: their operands as scopes, each
/// once, unbound, for --for (without it settings.for_limit), as often as --uses says, else as there are requests. Where
/// the operands do not fit a statement, what is beneath their common directory, with Widening::allow alone. It names
/// the first of them as its request. REQUIRES: there are some. Errors: usage (--once, --scope); limit (over
/// settings.for_limit; more operands than fit).
[[nodiscard]] base::Result<model::Grant> draft_for_all(const std::vector<vault::Request>& requests,
                                                       const Choice& choice, const Particulars& particulars,
                                                       const system::Settings& settings);

/// The nearest directory above all of the resources. REQUIRES: there are some, and they are paths.
[[nodiscard]] std::string common_directory(const std::vector<model::Resource>& resources);

/// Whether `inner` covers no more than `outer` does, as far as that can be told without doubt: they are
/// equal, or `inner` is literal and `outer` covers it (a path with all that is beneath).
[[nodiscard]] bool is_surely_within(const model::Scope& inner, const model::Scope& outer);

}  // namespace pvm::pvmctl::approval
