// SPDX-License-Identifier: Apache-2.0
#include "libpvm/gate/decide.hpp"

#include "libpvm/base/step.hpp"
#include "libpvm/crypto/sha256.hpp"

namespace pvm::gate {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr int k_most_tries = 16;

void add_verified(std::vector<model::Candidate>& verified, const std::vector<vault::StoredGrant>& stored,
                  const Signers& signers, base::UnixTime now) {
  for (const vault::StoredGrant& grant : stored) {
    auto candidate = verify_stored(grant, signers, now);
    if (candidate) verified.push_back(std::move(*candidate));
  }
}

struct Verified {
  std::uint64_t generation = 0;
  model::Situation situation;
  std::vector<model::Candidate> candidates;
};

// The live grants; where they do not suffice also those that ended, so that the denial can name one.
Result<Verified> look_up(vault::Vault& vault, const Signers& signers, const vault::Wish& wish,
                         base::UnixTime now) {
  auto live = vault.find_candidates(wish.operation, now);
  if (!live) return base::pass_on(live);
  base::end_of(base::Step::lookup);
  Verified found{live->generation, live->situation, {}};
  add_verified(found.candidates, live->grants, signers, now);
  base::end_of(base::Step::verify);
  const auto decision = model::authorize(wish.operation, wish.effect, found.candidates, found.situation);
  if (std::holds_alternative<model::Permit>(decision)) return found;

  auto lapsed = vault.find_lapsed(wish.operation, now);
  if (!lapsed) return base::pass_on(lapsed);
  add_verified(found.candidates, *lapsed, signers, now);
  return found;
}

Result<model::Differences> differences_from(const vault::Request& approved, const vault::Wish& now) {
  if (approved.wish.manifest.empty() || now.manifest.empty()) return model::Differences{};
  const auto then_effect = model::effect_from_manifest(approved.wish.manifest);
  if (!then_effect) return base::pass_on(then_effect);
  const auto now_effect = model::effect_from_manifest(now.manifest);
  if (!now_effect) return base::pass_on(now_effect);
  return model::compare(*then_effect, *now_effect);
}

Refusal::Reason reason_of(model::DenialKind kind) {
  switch (kind) {
    case model::DenialKind::used_up: return Refusal::Reason::used_up;
    case model::DenialKind::expired: return Refusal::Reason::expired;
    case model::DenialKind::revoked: return Refusal::Reason::revoked;
    case model::DenialKind::stale: return Refusal::Reason::stale;
    case model::DenialKind::locked: return Refusal::Reason::locked;
    case model::DenialKind::no_grant:
    case model::DenialKind::not_yet: return Refusal::Reason::no_grant;
  }
  return Refusal::Reason::no_grant;
}

}  // namespace

vault::Wish make_wish(const model::Operation& operation, const model::Invocation& invocation,
                      const model::Effect& effect) {
  vault::Wish wish;
  wish.operation = operation;
  wish.invocation = invocation;
  wish.summary = model::summarise(effect);
  if (effect.completeness == model::Completeness::whole) {
    std::string manifest = model::manifest(effect);
    wish.effect = crypto::sha256(manifest);
    if (manifest.size() <= vault::k_manifest_max_bytes) wish.manifest = std::move(manifest);
  }
  return wish;
}

Result<vault::Decided> decide(vault::Vault& vault, const Signers& signers, const vault::Wish& wish,
                              base::UnixTime now) {
  base::end_of(base::Step::trust);
  for (int tries = 0; tries < k_most_tries; ++tries) {
    auto found = look_up(vault, signers, wish, now);
    if (!found) return base::pass_on(found);
    const vault::Question question{wish.operation, wish.invocation, wish.effect, wish.summary};
    auto decided = vault.decide(question, found->generation, std::move(found->candidates), now);
    if (decided || decided.error().code != Code::conflict) return decided;
  }
  return fail(Code::busy, "the vault's grants change faster than they can be read", "try again");
}

Result<model::Decision> foresee(vault::Vault& vault, const Signers& signers, const vault::Wish& wish,
                                base::UnixTime now) {
  auto found = look_up(vault, signers, wish, now);
  if (!found) return base::pass_on(found);
  return model::authorize(wish.operation, wish.effect, found->candidates, found->situation);
}

Result<Refusal> foresee_refusal(vault::Vault& vault, const vault::Wish& wish, const model::Denial& denial,
                                base::UnixTime now) {
  Refusal refusal;
  refusal.reason = reason_of(denial.kind);
  refusal.wish = wish;
  refusal.lacking = denial.lacking;
  if (denial.kind == model::DenialKind::locked) {
    const auto lock = vault.lock_status();
    if (!lock) return base::pass_on(lock);
    refusal.lock_reason = lock->reason;
    return refusal;
  }

  std::optional<vault::StoredGrant> missed;
  if (denial.grant) {
    auto stored = vault.grant(*denial.grant);
    if (!stored) return base::pass_on(stored);
    missed = std::move(*stored);
    auto grant = model::decode_grant(missed->statement);
    if (!grant) return base::pass_on(grant);
    refusal.grant = std::move(*grant);
  }

  auto latest = vault.latest_request(wish.operation.agent, vault::wish_key(wish), now);
  if (!latest) return base::pass_on(latest);
  if (*latest) {
    const vault::Request& request = **latest;
    const bool is_newer = !missed || request.asked >= missed->added;
    if (request.state == vault::RequestState::pending) refusal.reason = Refusal::Reason::pending;
    if (request.state == vault::RequestState::denied && is_newer) refusal.reason = Refusal::Reason::denied;
    refusal.request = request;
  }

  if (refusal.reason == Refusal::Reason::stale && refusal.grant->request) {
    auto approved = vault.request(*refusal.grant->request, now);
    if (approved) {
      auto differences = differences_from(*approved, wish);
      if (!differences) return base::pass_on(differences);
      refusal.differences = std::move(*differences);
    }
  }
  return refusal;
}

Refusal without_asking(Refusal refusal) {
  refusal.is_final = true;
  if (refusal.reason == Refusal::Reason::pending || refusal.reason == Refusal::Reason::withdrawn) {
    refusal.reason = Refusal::Reason::no_grant;
    refusal.request.reset();
  }
  return refusal;
}

Result<Refusal> explain(vault::Vault& vault, const vault::Wish& wish, const model::Denial& denial,
                        base::UnixTime now) {
  auto refusal = foresee_refusal(vault, wish, denial, now);
  if (!refusal || refusal->reason != Refusal::Reason::stale || !refusal->grant->request) return refusal;
  const auto approved = vault.request(*refusal->grant->request, now);
  if (approved && approved->state == vault::RequestState::approved) {
    if (auto marked = vault.mark_stale(approved->id, now); !marked) return base::pass_on(marked);
  }
  return refusal;
}

}  // namespace pvm::gate
