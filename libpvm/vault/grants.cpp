// SPDX-License-Identifier: Apache-2.0
// Grants: kept, listed, revoked.
#include "libpvm/base/text.hpp"
#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view k_columns = "grant_id, statement, signature, used, revoked, added";
// Not revoked, uses left, not below the floor, not over.
constexpr std::string_view k_is_live =
    "revoked IS NULL AND (use_limit IS NULL OR used < use_limit) AND not_after >= ?1 "
    "AND epoch >= (SELECT epoch FROM state WHERE one = 1)";

Result<StoredGrant> read_grant(const Statement& row) {
  const auto id = base::GrantId::from_hex(row.text(0));
  if (!id) return fail(Code::malformed, "the vault holds a grant whose id is not an id");
  StoredGrant grant{*id, row.text(1), row.text(2), row.counter(3), std::nullopt, base::from_unix(row.integer(5))};
  if (const auto revoked = row.maybe_integer(4)) grant.revoked = base::from_unix(*revoked);
  return grant;
}

Result<void> insert_anchors(const Database& database, const model::Grant& grant) {
  Statement insert = database.prepare("INSERT OR IGNORE INTO grant_anchors(agent, action, anchor, not_after, grant_id) "
                                      "VALUES(?1, ?2, ?3, ?4, ?5)");
  const std::string id = grant.id.hex();
  for (const model::Scope& scope : grant.terms.scopes) {
    insert.reset();
    auto done = insert
                    .bind(grant.terms.agent, model::to_text(grant.terms.action), Blob{scope.anchor()},
                          base::unix_seconds(grant.terms.window.not_after), id)
                    .run();
    if (!done) return done;
  }
  return {};
}

Result<void> insert_grant(const Database& database, const SignedGrant& kept, base::UnixTime now) {
  const model::Grant& grant = kept.grant;
  const std::string id = grant.id.hex();
  const auto limit = grant.uses ? std::optional<std::int64_t>(*grant.uses) : std::nullopt;
  Statement insert = database.prepare(
      "INSERT INTO grants(grant_id, agent, action, not_after, epoch, use_limit, added, statement, signature) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
  auto done = insert
                  .bind(id, grant.terms.agent, model::to_text(grant.terms.action),
                        base::unix_seconds(grant.terms.window.not_after), static_cast<std::int64_t>(grant.epoch),
                        limit, base::unix_seconds(now), Blob{kept.statement}, Blob{kept.signature})
                  .run();
  if (!done) return done;
  return insert_anchors(database, grant);
}

Result<bool> is_known(const Database& database, const base::GrantId& id) {
  Statement row = database.prepare("SELECT 1 FROM grants WHERE grant_id = ?1");
  const std::string hex = id.hex();
  return row.bind(hex).step();
}

Details grant_details(const SignedGrant& kept) {
  const model::Grant& grant = kept.grant;
  Details details;
  details.add("approver", grant.approver)
      .add("via", grant.via)
      .add("uses", grant.uses ? std::to_string(*grant.uses) : "unlimited")
      .add("not-after", base::iso_time(grant.terms.window.not_after))
      .add("may", grant.terms.may.text())
      .add("log", grant.log.size);
  if (grant.effect) details.add("effect", "sha256:" + base::to_hex(*grant.effect));
  if (kept.unattended) details.add("unattended", "yes");
  if (!grant.reason.empty()) details.add("reason", grant.reason);
  return details;
}

}  // namespace

Result<void> SqliteVault::store_grant(const SignedGrant& kept, std::string_view note, base::UnixTime now) {
  const model::Grant& grant = kept.grant;
  if (!model::are_of_type(grant.terms.scopes, grant.terms.action)) {
    return fail(Code::malformed, "a grant with a scope of the wrong type for " + std::string(model::to_text(grant.terms.action)));
  }
  auto change = Change::begin(database_, now, ClockRule::refuse);
  if (!change) return base::pass_on(change);
  if (grant.vault != id_) return fail(Code::conflict, "the grant is for another vault, " + grant.vault.brief());
  if (grant.epoch != change->state().epoch) {
    return fail(Code::conflict, "grants were revoked while this one was being made", "approve once more");
  }
  const auto known = is_known(database_, grant.id);
  if (!known) return base::pass_on(known);
  if (*known) return fail(Code::conflict, "grant " + grant.id.brief() + " is in the vault already");

  if (!grant.request && !kept.further.empty()) return fail(Code::conflict, "a grant without a request answers none");

  if (auto done = insert_grant(database_, kept, now); !done) return done;
  Details details = grant_details(kept);
  if (grant.request) {
    Resolution approval{RequestState::approved, EntryType::approve, std::string(note), grant.id, std::move(details),
                        kept.further};
    if (auto done = resolve_request(*grant.request, std::move(approval), *change); !done) return done;
  } else {
    if (!note.empty()) details.add("note", note);
    AuditEntry entry;
    entry.type = EntryType::allow;
    entry.agent = grant.terms.agent;
    entry.scope = scope_of({}, grant.terms.scopes);
    entry.decision = "allow";
    entry.grant = grant.id;
    entry.details = details.text();
    if (auto done = change->append(std::move(entry)); !done) return base::pass_on(done);
  }
  ++change->state().generation;
  return commit_durably(*change);
}

Result<std::vector<StoredGrant>> SqliteVault::grants(const GrantFilter& filter) {
  std::string sql = "SELECT " + std::string(k_columns) + " FROM grants WHERE (?2 IS NULL OR agent IN (?2, ?4, ?5)) ";
  if (filter.live_at) sql += "AND " + std::string(k_is_live) + " ";
  sql += "ORDER BY added DESC, rowid DESC LIMIT ?3";
  const auto at = filter.live_at ? std::optional<std::int64_t>(base::unix_seconds(*filter.live_at)) : std::nullopt;
  Statement rows = database_.prepare(sql);
  std::vector<std::string> patterns = model::agent_patterns_for(filter.agent.value_or(""));
  patterns.resize(3, patterns.back());
  rows.bind(at, filter.agent, static_cast<std::int64_t>(filter.most), patterns[1], patterns[2]);
  std::vector<StoredGrant> found;
  for (;;) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) return found;
    auto grant = read_grant(rows);
    if (!grant) return base::pass_on(grant);
    found.push_back(std::move(*grant));
  }
}

Result<StoredGrant> SqliteVault::grant(const base::GrantId& id) {
  Statement row = database_.prepare("SELECT " + std::string(k_columns) + " FROM grants WHERE grant_id = ?1");
  const std::string hex = id.hex();
  const auto found = row.bind(hex).step();
  if (!found) return base::pass_on(found);
  if (!*found) return fail(Code::missing, "there is no grant " + id.brief(), "list them with: pvmctl grants");
  return read_grant(row);
}

Result<base::GrantId> SqliteVault::grant_by_prefix(std::string_view prefix) {
  const auto hex =
      id_by_prefix("SELECT grant_id FROM grants WHERE grant_id >= ?1 AND grant_id < ?2 LIMIT 4", prefix, "grant");
  if (!hex) return base::pass_on(hex);
  const auto id = base::GrantId::from_hex(*hex);
  if (!id) return fail(Code::malformed, "the vault holds a grant whose id is not an id");
  return *id;
}

Result<void> SqliteVault::revoke(const base::GrantId& id, base::UnixTime now) {
  auto change = Change::begin(database_, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  const auto known = is_known(database_, id);
  if (!known) return base::pass_on(known);
  if (!*known) return fail(Code::missing, "there is no grant " + id.brief(), "list them with: pvmctl grants");
  Statement update = database_.prepare("UPDATE grants SET revoked = ?1 WHERE grant_id = ?2 AND revoked IS NULL");
  const std::string hex = id.hex();
  if (auto done = update.bind(base::unix_seconds(now), hex).run(); !done) return done;
  if (database_.changes() == 0) return sync();  // revoked before; that it is on the disk is promised again
  AuditEntry entry;
  entry.type = EntryType::revoke;
  entry.grant = id;
  entry.details = Details().add("what", "grant").text();
  if (auto done = change->append(std::move(entry)); !done) return base::pass_on(done);
  ++change->state().generation;
  return commit_durably(*change);
}

Result<std::uint64_t> SqliteVault::revoke_agent(std::string_view agent, base::UnixTime now) {
  auto change = Change::begin(database_, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  // Written for every grant that is not revoked yet; those that ended anyway are not counted.
  Statement count = database_.prepare("SELECT count(*) FROM grants WHERE agent = ?2 AND " + std::string(k_is_live));
  const auto row = count.bind(base::unix_seconds(now), agent).step();
  if (!row) return base::pass_on(row);
  const std::uint64_t live = count.counter(0);
  Statement update = database_.prepare("UPDATE grants SET revoked = ?1 WHERE agent = ?2 AND revoked IS NULL");
  if (auto done = update.bind(base::unix_seconds(now), agent).run(); !done) return base::pass_on(done);
  AuditEntry entry;
  entry.type = EntryType::revoke;
  entry.agent = agent;
  entry.details = Details().add("what", "agent").add("grants", live).text();
  if (auto done = change->append(std::move(entry)); !done) return base::pass_on(done);
  ++change->state().generation;
  if (auto done = commit_durably(*change); !done) return base::pass_on(done);
  return live;
}

Result<std::uint64_t> SqliteVault::revoke_all(base::UnixTime now) {
  auto change = Change::begin(database_, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  Statement count = database_.prepare("SELECT count(*) FROM grants WHERE " + std::string(k_is_live));
  const auto row = count.bind(base::unix_seconds(now)).step();
  if (!row) return base::pass_on(row);
  const std::uint64_t live = count.counter(0);
  ++change->state().epoch;
  ++change->state().generation;
  AuditEntry entry;
  entry.type = EntryType::revoke;
  entry.details =
      Details().add("what", "all").add("grants", live).add("epoch", change->state().epoch).text();
  if (auto done = change->append(std::move(entry)); !done) return base::pass_on(done);
  if (auto done = commit_durably(*change); !done) return base::pass_on(done);
  return live;
}

Result<std::uint64_t> SqliteVault::epoch() {
  const auto state = read_state(database_);
  if (!state) return base::pass_on(state);
  return state->epoch;
}

}  // namespace pvm::vault
