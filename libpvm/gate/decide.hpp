// SPDX-License-Identifier: Apache-2.0
// From a resolved operation to a decision. Floor: gate.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/gate/trust.hpp"
#include "libpvm/model/decision.hpp"
#include "libpvm/model/effect.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::gate {

/// What a command wants, with the effect's digest and manifest.
[[nodiscard]] vault::Wish make_wish(const model::Operation& operation, const model::Invocation& invocation,
                                    const model::Effect& effect);

/// candidates -> verify -> authorize -> redeem. A grant that does not verify is none. A denial is recorded, a
/// receipt is durable. Errors: what refuses without a decision; also conflict, where the vault never stood still.
[[nodiscard]] base::Result<vault::Decided> decide(vault::Vault& vault, const Signers& signers,
                                                  const vault::Wish& wish, base::UnixTime now);

/// The same way up to authorize: what `decide` would say now. Changes and records nothing.
[[nodiscard]] base::Result<model::Decision> foresee(vault::Vault& vault, const Signers& signers,
                                                    const vault::Wish& wish, base::UnixTime now);

/// Why an agent got no for a wish, with what is needed to say so.
struct Refusal {
  enum class Reason { no_grant, pending, denied, withdrawn, used_up, expired, revoked, stale, locked };
  Reason reason = Reason::no_grant;
  vault::Wish wish;
  std::vector<model::Resource> lacking;
  std::optional<vault::Request> request;  // pending, denied, withdrawn: the request it is about
  std::optional<model::Grant> grant;      // used_up, expired, revoked, stale: the nearest miss
  std::string lock_reason;                // locked
  model::Differences differences;         // stale, where the approved manifest is known
  bool is_final = false;                  // nobody can be asked here
};

/// The refusal where nobody can be asked: final, and no earlier request is any hope.
[[nodiscard]] Refusal without_asking(Refusal refusal);

/// Looks up what became of earlier requests and grants for the denied wish. Changes and records nothing.
[[nodiscard]] base::Result<Refusal> foresee_refusal(vault::Vault& vault, const vault::Wish& wish,
                                                    const model::Denial& denial, base::UnixTime now);

/// The same; and where the refusal is stale, the approved request becomes stale.
[[nodiscard]] base::Result<Refusal> explain(vault::Vault& vault, const vault::Wish& wish,
                                            const model::Denial& denial, base::UnixTime now);

}  // namespace pvm::gate
