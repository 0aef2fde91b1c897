// SPDX-License-Identifier: Apache-2.0
// The decision: one pure function over an operation, the verified grants and the state of the vault.
// Floor: model. The types force the order: only `authorize` makes a Permit, only the vault turns a Permit
// into a Receipt, and only a Receipt makes a command run.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/id.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/model/grant.hpp"
#include "libpvm/model/operation.hpp"

namespace pvm::model {

enum class Revocation { none, revoked };

/// A grant whose signature was verified, and what the vault says of it.
struct Candidate {
  Grant grant;
  std::uint64_t used = 0;
  Revocation revocation = Revocation::none;
};

enum class LockState { open, locked };

/// What the vault and the clock say at the moment of the decision.
struct Situation {
  base::UnixTime now;
  base::VaultId vault;
  std::uint64_t epoch = 0;
  LockState lock = LockState::open;
};

enum class DenialKind { no_grant, not_yet, expired, revoked, used_up, stale, locked };

/// "no-grant", "not-yet", "expired", "revoked", "used-up", "stale", "locked"
[[nodiscard]] std::string_view to_text(DenialKind kind);

/// Why nothing may run. `grant` is the nearest miss, where there is one: of the grants that speak of the
/// operation and cover a lacking resource, the first by kind in the order stale (all is well but the effect
/// that it is bound to), used_up, revoked, expired, not_yet; of equals, the one that ends last. `kind` is
/// that grant's. A grant with several faults counts as expired before revoked before not_yet before used_up
/// before stale. A grant of another vault, agent or action, or without an attribute that the operation needs,
/// is not a near miss.
struct Denial {
  DenialKind kind = DenialKind::no_grant;
  std::vector<Resource> lacking;  // those without a grant, in the operation's order
  std::optional<base::GrantId> grant;
};

class Permit;
using Decision = std::variant<Permit, Denial>;

/// Every resource must be covered by a grant that speaks of the operation, is inside its window, not revoked,
/// not below the revocation floor, of this vault, with uses left, and (where bound) bound to this very
/// effect. Different resources may be covered by different grants; each grant that is needed loses one use,
/// and that use covers all the resources it reaches. Unlimited grants are taken before bound ones, and those
/// before counted ones; of equals, the one that ends first; and a grant is taken only where the others taken
/// do not cover the same, so that nothing is spent needlessly. Of candidates with the same id the first
/// counts. Locked: everything is denied, and every resource is lacking. An operation without resources is
/// denied (no_grant): nothing of it could have been granted. `effect` is empty where the effect is past its
/// bound: then no bound grant fits.
[[nodiscard]] Decision authorize(const Operation& operation, const std::optional<base::Digest>& effect,
                                 std::span<const Candidate> candidates, const Situation& situation);

/// The yes, in memory. Not yet consumed, so it runs nothing.
class Permit {
 public:
  [[nodiscard]] const std::vector<base::GrantId>& grants() const { return grants_; }

 private:
  explicit Permit(std::vector<base::GrantId> grants) : grants_(std::move(grants)) {}
  friend Decision authorize(const Operation&, const std::optional<base::Digest>&, std::span<const Candidate>,
                            const Situation&);
  std::vector<base::GrantId> grants_;  // each loses one use; no repetitions
};

}  // namespace pvm::model
