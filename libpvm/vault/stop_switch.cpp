// SPDX-License-Identifier: Apache-2.0
// Lock, panic, unlock.
#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/model/redact.hpp"
#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

Result<void> close_lock(Change& change, std::string_view reason) {
  State& state = change.state();
  if (state.lock_id) return {};
  state.lock_id = crypto::random_id<base::LockId>().hex();
  state.lock_reason = model::redact(reason);
  state.locked_at = change.now();
  ++state.generation;
  AuditEntry entry;
  entry.type = EntryType::lock;
  entry.details = Details().add("lock", *state.lock_id).add("reason", reason).text();
  if (auto done = change.append(std::move(entry)); !done) return base::pass_on(done);
  return {};
}

}  // namespace

Result<LockStatus> SqliteVault::lock_status() {
  const auto state = read_state(database_);
  if (!state) return base::pass_on(state);
  LockStatus status;
  if (!state->lock_id) return status;
  status.state = model::LockState::locked;
  status.id = *state->lock_id;
  status.reason = state->lock_reason;
  status.since = state->locked_at;
  return status;
}

Result<void> SqliteVault::lock(std::string_view reason, base::UnixTime now) {
  auto change = Change::begin(database_, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  if (auto done = close_lock(*change, reason); !done) return done;
  return commit_durably(*change);
}

Result<void> SqliteVault::panic(std::string_view reason, base::UnixTime now) {
  auto change = Change::begin(database_, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  if (auto done = close_lock(*change, reason); !done) return done;

  ++change->state().epoch;
  ++change->state().generation;
  AuditEntry entry;
  entry.type = EntryType::revoke;
  entry.details = Details().add("what", "all").add("epoch", change->state().epoch).text();
  if (auto done = change->append(std::move(entry)); !done) return base::pass_on(done);

  auto pending = requests({std::nullopt, RequestState::pending, SIZE_MAX}, now);
  if (!pending) return base::pass_on(pending);
  for (const Request& request : *pending) {
    auto done = resolve_request(request.id, {RequestState::cancelled, EntryType::cancel}, *change);
    if (!done) return done;
  }
  return commit_durably(*change);
}

Result<void> SqliteVault::unlock(std::string_view lock_id, std::string_view statement, std::string_view signature,
                                 std::string_view approver, base::UnixTime now) {
  auto change = Change::begin(database_, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  State& state = change->state();
  if (!state.lock_id) return fail(Code::conflict, "the vault is not locked");
  if (*state.lock_id != lock_id) {
    return fail(Code::conflict, "the vault was locked anew meanwhile", "unlock once more");
  }
  state.lock_id = std::nullopt;
  state.lock_reason.clear();
  ++state.generation;
  AuditEntry entry;
  entry.type = EntryType::unlock;
  entry.details = Details()
                      .add("lock", lock_id)
                      .add("approver", approver)
                      .add_verbatim("statement", statement)
                      .add_verbatim("signature", signature)
                      .text();
  if (auto done = change->append(std::move(entry)); !done) return base::pass_on(done);
  return commit_durably(*change);
}

}  // namespace pvm::vault
