// SPDX-License-Identifier: Apache-2.0
// Requests: filed, joined, resolved once.
#include <array>

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/model/redact.hpp"
#include "libpvm/vault/request_row.hpp"
#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

std::string fingerprint(const Wish& wish) {
  const std::string effect = wish.effect ? base::to_hex(*wish.effect) : "-";
  return base::to_hex(crypto::sha256(base::to_hex(wish_key(wish)) + " " + effect));
}

AuditEntry request_entry(EntryType type, const Request& request, Details details) {
  AuditEntry entry;
  entry.type = type;
  entry.agent = request.wish.operation.agent;
  entry.scope = scope_of(request.wish.operation, request.wish.scopes);
  entry.grant = request.grant;
  entry.details = details.add("request", request.id.hex()).text();
  return entry;
}

Result<std::uint64_t> count_pending(const Database& database, std::string_view agent) {
  Statement row = database.prepare("SELECT count(*) FROM requests WHERE state = 'pending' AND agent = ?1");
  const auto found = row.bind(agent).step();
  if (!found) return base::pass_on(found);
  return row.counter(0);
}

Result<void> set_state(const Database& database, const base::RequestId& id, RequestState from, RequestState to,
                       base::UnixTime now) {
  Statement update =
      database.prepare("UPDATE requests SET state = ?1, resolved = ?2 WHERE request_id = ?3 AND state = ?4");
  const std::string hex = id.hex();
  auto done = update.bind(to_text(to), base::unix_seconds(now), hex, to_text(from)).run();
  if (!done) return done;
  if (database.changes() != 1) return fail(Code::conflict, "request " + id.brief() + " changed meanwhile");
  return {};
}

Result<void> extend_waiting(const Database& database, const base::RequestId& id, base::UnixTime until) {
  Statement touch = database.prepare("UPDATE requests SET waiting_until = max(waiting_until, ?1) "
                                     "WHERE request_id = ?2 AND state = 'pending'");
  const std::string hex = id.hex();
  return touch.bind(base::unix_seconds(until), hex).run();
}

}  // namespace

std::string_view to_text(RequestState state) {
  constexpr std::array<std::string_view, 6> names = {"pending",   "approved", "denied",
                                                     "cancelled", "expired",  "stale"};
  return names[static_cast<std::size_t>(state)];
}

base::Digest wish_key(const Wish& wish) {
  std::string text = model::canonical_text(wish.operation);
  for (const model::Scope& scope : wish.scopes) {
    text += "scope " + std::string(model::to_text(scope.type())) + " " + base::percent_encode(scope.pattern()) + "\n";
  }
  return crypto::sha256(text);
}

Result<void> SqliteVault::expire_requests(Change& change, std::string_view agent) {
  std::vector<Request> due;
  {
    Statement rows = database_.prepare(std::string("SELECT ") + std::string(k_request_columns) +
                                       " FROM requests WHERE state = 'pending' AND agent = ?1 AND expires < ?2");
    rows.bind(agent, base::unix_seconds(change.now()));
    for (;;) {
      const auto row = rows.step();
      if (!row) return base::pass_on(row);
      if (!*row) break;
      auto request = read_request(rows);
      if (!request) return base::pass_on(request);
      due.push_back(std::move(*request));
    }
  }
  for (const Request& request : due) {
    if (auto done = set_state(database_, request.id, RequestState::pending, RequestState::expired, change.now());
        !done) {
      return done;
    }
    if (auto done = change.append(request_entry(EntryType::expire, request, {})); !done) return base::pass_on(done);
  }
  return {};
}

Result<Filed> SqliteVault::file_request(const NewRequest& asked, base::UnixTime now) {
  const std::string agent = asked.wish.operation.agent;
  const std::string key = base::to_hex(wish_key(asked.wish));
  const std::string print = fingerprint(asked.wish);
  if (!model::are_of_type(asked.wish.scopes, asked.wish.operation.action)) {
    return fail(Code::malformed, "a scope of the wrong type for " + std::string(model::to_text(asked.wish.operation.action)));
  }

  auto change = Change::begin(database_, now, ClockRule::refuse);
  if (!change) return base::pass_on(change);
  if (auto done = expire_requests(*change, agent); !done) return base::pass_on(done);

  auto latest = latest_request(agent, wish_key(asked.wish), now);
  if (!latest) return base::pass_on(latest);
  std::optional<base::RequestId> previous;
  if (*latest && (*latest)->state == RequestState::pending) {
    if (fingerprint((*latest)->wish) == print) {
      if (auto done = extend_waiting(database_, (*latest)->id, now + asked.waits); !done) return base::pass_on(done);
      if (auto done = change->commit(); !done) return base::pass_on(done);
      return Filed{std::move(**latest), Filing::joined};
    }
    // The same wish with another effect: the old question is answered by nobody any more.
    if (auto done = set_state(database_, (*latest)->id, RequestState::pending, RequestState::stale, now); !done) {
      return base::pass_on(done);
    }
    if (auto done = change->append(request_entry(EntryType::stale, **latest, {})); !done) return base::pass_on(done);
  }
  // The approver is shown what differs from the last time this was asked, and what came of it.
  const bool is_repeated = *latest && ((*latest)->state != RequestState::approved ||
                                       fingerprint((*latest)->wish) != print);
  if (is_repeated) previous = (*latest)->id;

  const auto pending = count_pending(database_, agent);
  if (!pending) return base::pass_on(pending);
  if (*pending >= k_pending_per_agent) {
    return fail(Code::limit,
                "agent " + base::quoted(agent) + " has " + std::to_string(*pending) + " requests pending already",
                "wait for answers, or withdraw one: pvmctl status, pvmctl cancel ID");
  }

  Request request{crypto::random_id<base::RequestId>(),
                  RequestState::pending,
                  asked.wish,
                  model::redact(asked.reason),
                  "",
                  asked.wanted_time,
                  asked.wanted_uses,
                  asked.host,
                  asked.ancestry,
                  now,
                  now + asked.life,
                  std::nullopt,
                  now + asked.waits,
                  previous,
                  std::nullopt};
  if (auto done = insert_request(database_, request, key, print); !done) return base::pass_on(done);
  Details details;
  details.add("reason", request.reason).add(request.wish.summary);
  if (auto done = change->append(request_entry(EntryType::request, request, details)); !done) {
    return base::pass_on(done);
  }
  // Synced: the agent is told the id, and may be told to wait for it.
  if (auto done = commit_durably(*change); !done) return base::pass_on(done);
  return Filed{std::move(request), Filing::filed};
}

Result<std::optional<Request>> SqliteVault::find_request(const base::RequestId& id, base::UnixTime now) {
  Statement row = database_.prepare(std::string("SELECT ") + std::string(k_request_columns) +
                                    " FROM requests WHERE request_id = ?1");
  const std::string hex = id.hex();
  const auto found = row.bind(hex).step();
  if (!found) return base::pass_on(found);
  if (!*found) return std::optional<Request>();
  auto request = read_request(row);
  if (!request) return base::pass_on(request);
  if (request->state == RequestState::pending && request->expires < now) request->state = RequestState::expired;
  if (auto done = read_told(*request); !done) return base::pass_on(done);
  return std::optional<Request>(std::move(*request));
}

Result<Request> SqliteVault::request(const base::RequestId& id, base::UnixTime now) {
  auto found = find_request(id, now);
  if (!found) return base::pass_on(found);
  if (!*found) return fail(Code::missing, "there is no request " + id.brief(), "list them with: pvmctl status");
  return std::move(**found);
}

Result<std::optional<Request>> SqliteVault::latest_request(std::string_view agent, const base::Digest& wish_key,
                                                           base::UnixTime now) {
  Statement row = database_.prepare("SELECT request_id FROM requests WHERE agent = ?1 AND wish_key = ?2 "
                                    "AND state <> 'cancelled' ORDER BY asked DESC, rowid DESC LIMIT 1");
  const std::string key = base::to_hex(wish_key);
  const auto found = row.bind(agent, key).step();
  if (!found) return base::pass_on(found);
  if (!*found) return std::optional<Request>();
  const auto id = base::RequestId::from_hex(row.text(0));
  if (!id) return fail(Code::malformed, "the vault holds a request whose id is not an id");
  return find_request(*id, now);
}

Result<std::vector<Request>> SqliteVault::requests(const RequestFilter& filter, base::UnixTime now) {
  std::string columns(k_request_columns);
  if (filter.manifests == Manifests::left_out) columns.replace(columns.find("manifest"), std::string_view("manifest").size(), "NULL");
  Statement rows = database_.prepare("SELECT " + columns +
                                     " FROM requests WHERE (?1 IS NULL OR agent GLOB ?1) "
                                     "AND (?2 IS NULL OR state = ?2) ORDER BY asked DESC, rowid DESC");
  // What is pending by its row may have expired since; of the others the row decides.
  const bool is_rows = filter.state && *filter.state != RequestState::expired;
  const auto state = is_rows ? std::optional<std::string_view>(to_text(*filter.state)) : std::nullopt;
  rows.bind(filter.agent, state);
  std::vector<Request> found;
  while (found.size() < filter.most) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) break;
    auto request = read_request(rows);
    if (!request) return base::pass_on(request);
    if (request->state == RequestState::pending && request->expires < now) request->state = RequestState::expired;
    if (filter.state && request->state != *filter.state) continue;
    if (auto done = read_told(*request); !done) return base::pass_on(done);
    found.push_back(std::move(*request));
  }
  return found;
}

Result<Request> SqliteVault::resolve_row(const base::RequestId& id, const Resolution& resolution, Change& change) {
  auto request = this->request(id, change.now());
  if (!request) return request;
  if (request->state != RequestState::pending) {
    return fail(Code::conflict,
                "request " + id.brief() + " is " + std::string(to_text(request->state)) + ", not pending");
  }
  request->grant = resolution.grant;
  const std::string hex = id.hex();
  const auto grant = resolution.grant ? std::optional<std::string>(resolution.grant->hex()) : std::nullopt;
  // Only what was approved is ever compared with what is there later.
  Statement update = database_.prepare(
      "UPDATE requests SET state = ?1, resolved = ?2, note = ?3, grant_id = ?4, "
      "manifest = CASE ?1 WHEN 'approved' THEN manifest END WHERE request_id = ?5 AND state = 'pending'");
  auto done =
      update.bind(to_text(resolution.to), base::unix_seconds(change.now()), resolution.note, grant, hex).run();
  if (!done) return base::pass_on(done);
  return request;
}

Result<void> SqliteVault::resolve_request(const base::RequestId& id, Resolution resolution, Change& change) {
  resolution.note = model::redact(resolution.note);
  auto request = resolve_row(id, resolution, change);
  if (!request) return base::pass_on(request);
  const model::Operation& asked = request->wish.operation;
  std::string all = id.hex();
  std::vector<model::Resource> resources;
  for (const base::RequestId& further : resolution.further) {
    auto other = resolve_row(further, resolution, change);
    if (!other) return base::pass_on(other);
    const model::Operation& operation = other->wish.operation;
    if (operation.agent != asked.agent || operation.action != asked.action) {
      return fail(Code::conflict,
                  "request " + further.brief() + " is of another agent or action than request " + id.brief());
    }
    all += "," + further.hex();
    resources.insert(resources.end(), operation.resources.begin(), operation.resources.end());
  }
  auto& named = request->wish.operation.resources;
  named.insert(named.end(), resources.begin(), resources.end());
  if (!resolution.further.empty()) resolution.details.add_verbatim("requests", all);
  if (!resolution.note.empty()) resolution.details.add("note", resolution.note);
  AuditEntry entry = request_entry(resolution.entry, *request, std::move(resolution.details));
  if (resolution.to == RequestState::approved) entry.decision = "allow";
  if (resolution.to == RequestState::denied) entry.decision = "deny";
  if (auto written = change.append(std::move(entry)); !written) return base::pass_on(written);
  return {};
}

Result<void> SqliteVault::note_waiting(const base::RequestId& id, base::UnixTime until) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return base::pass_on(transaction);
  if (auto done = extend_waiting(database_, id, until); !done) return done;
  return transaction->commit();
}

Result<void> SqliteVault::deny(const base::RequestId& id, std::string_view note, base::UnixTime now) {
  auto change = Change::begin(database_, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  auto done = resolve_request(id, {RequestState::denied, EntryType::deny, std::string(note)}, *change);
  if (!done) return done;
  return commit_durably(*change);
}

Result<void> SqliteVault::cancel(const base::RequestId& id, base::UnixTime now) {
  auto change = Change::begin(database_, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  auto done = resolve_request(id, {RequestState::cancelled, EntryType::cancel}, *change);
  if (!done) return done;
  return commit_durably(*change);
}

Result<void> SqliteVault::mark_stale(const base::RequestId& id, base::UnixTime now) {
  auto change = Change::begin(database_, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  auto request = this->request(id, now);
  if (!request) return base::pass_on(request);
  if (request->state == RequestState::stale) return {};
  if (auto done = set_state(database_, id, RequestState::approved, RequestState::stale, now); !done) return done;
  if (auto done = change->append(request_entry(EntryType::stale, *request, {})); !done) return base::pass_on(done);
  return change->commit();
}

}  // namespace pvm::vault
