// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/request_row.hpp"

#include "libpvm/base/text.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

base::Failure damaged(std::string_view field) {
  return fail(Code::malformed, "a request in the vault has an unreadable " + std::string(field),
              "a human must look at it: pvmctl doctor");
}

std::optional<RequestState> state_from_text(std::string_view text) {
  for (const auto state : {RequestState::pending, RequestState::approved, RequestState::denied,
                           RequestState::cancelled, RequestState::expired, RequestState::stale}) {
    if (to_text(state) == text) return state;
  }
  return std::nullopt;
}

std::string scopes_text(const std::vector<model::Scope>& scopes) {
  std::string out;
  for (const model::Scope& scope : scopes) out += base::percent_encode(scope.pattern()) + "\n";
  return out;
}

Result<std::vector<model::Scope>> scopes_from_text(std::string_view text, model::Action action) {
  std::vector<model::Scope> scopes;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return damaged("scope");
    const auto pattern = base::percent_decode(text.substr(0, end));
    if (!pattern) return damaged("scope");
    auto scope = model::Scope::parse(model::scope_type_of(action), *pattern);
    if (!scope) return base::pass_on(scope);
    if (scope->pattern() != *pattern) return damaged("scope");
    scopes.push_back(std::move(*scope));
    text.remove_prefix(end + 1);
  }
  return scopes;
}

std::optional<base::UnixTime> maybe_time(const Statement& row, int column) {
  const auto seconds = row.maybe_integer(column);
  if (!seconds) return std::nullopt;
  return base::from_unix(*seconds);
}

template <class Id>
Result<std::optional<Id>> maybe_id(const Statement& row, int column, std::string_view field) {
  const auto text = row.maybe_text(column);
  if (!text) return std::optional<Id>();
  const auto id = Id::from_hex(*text);
  if (!id) return damaged(field);
  return id;
}

template <class Time>
std::optional<std::int64_t> maybe_seconds(const std::optional<Time>& time) {
  if (!time) return std::nullopt;
  if constexpr (std::is_same_v<Time, base::UnixTime>) {
    return base::unix_seconds(*time);
  } else {
    return time->count();
  }
}

// A push has refs where others have files, and those overwritten where others have directories.
model::EffectSummary read_summary(const Statement& row, model::Action action) {
  model::EffectSummary summary;
  summary.completeness = row.integer(9) != 0 ? model::Completeness::bounded : model::Completeness::whole;
  if (action == model::Action::push) {
    summary.refs = row.counter(6);
    summary.overwritten = row.counter(7);
  } else {
    summary.files = row.counter(6);
    summary.directories = row.counter(7);
    summary.bytes = row.counter(8);
  }
  return summary;
}

Result<Wish> read_wish(const Statement& row) {
  Wish wish;
  auto operation = model::operation_from_text(row.text(2));
  if (!operation) return base::pass_on(operation);
  wish.operation = std::move(*operation);
  auto scopes = scopes_from_text(row.text(3), wish.operation.action);
  if (!scopes) return base::pass_on(scopes);
  wish.scopes = std::move(*scopes);
  if (!wish.scopes.empty() && !wish.operation.resources.empty()) return damaged("scope");
  auto invocation = model::invocation_from_text(row.text(4));
  if (!invocation) return base::pass_on(invocation);
  wish.invocation = std::move(*invocation);
  if (const auto effect = row.maybe_text(5)) {
    wish.effect = base::digest_from_hex(*effect);
    if (!wish.effect) return damaged("effect");
  }
  wish.summary = read_summary(row, wish.operation.action);
  wish.manifest = row.text(10);
  return wish;
}

}  // namespace

Result<Request> read_request(const Statement& row) {
  const auto id = base::RequestId::from_hex(row.text(0));
  if (!id) return damaged("id");
  const auto state = state_from_text(row.text(1));
  if (!state) return damaged("state");
  auto wish = read_wish(row);
  if (!wish) return base::pass_on(wish);
  const auto previous = maybe_id<base::RequestId>(row, 21, "earlier request");
  if (!previous) return base::pass_on(previous);
  const auto grant = maybe_id<base::GrantId>(row, 22, "grant");
  if (!grant) return base::pass_on(grant);
  std::optional<base::Seconds> wanted_time;
  if (const auto seconds = row.maybe_integer(13)) wanted_time = base::Seconds(*seconds);
  return Request{*id,
                 *state,
                 std::move(*wish),
                 row.text(11),
                 row.text(12),
                 wanted_time,
                 row.maybe_text(14),
                 row.text(15),
                 row.text(16),
                 base::from_unix(row.integer(17)),
                 base::from_unix(row.integer(18)),
                 maybe_time(row, 19),
                 base::from_unix(row.integer(20)),
                 *previous,
                 *grant};
}

Result<void> insert_request(const Database& database, const Request& request, const std::string& wish_key,
                            const std::string& fingerprint) {
  const Wish& wish = request.wish;
  const std::string id = request.id.hex();
  const std::string operation = model::canonical_text(wish.operation);
  const std::string scopes = scopes_text(wish.scopes);
  const std::string invocation = model::canonical_text(wish.invocation);
  const auto effect = wish.effect ? std::optional<std::string>(base::to_hex(*wish.effect)) : std::nullopt;
  const auto manifest = wish.manifest.empty() ? std::nullopt : std::optional<Blob>(Blob{wish.manifest});
  const auto previous = request.previous ? std::optional<std::string>(request.previous->hex()) : std::nullopt;
  const auto grant = request.grant ? std::optional<std::string>(request.grant->hex()) : std::nullopt;
  const std::int64_t bounded = wish.summary.completeness == model::Completeness::bounded ? 1 : 0;
  const bool is_push = wish.operation.action == model::Action::push;
  const auto files = static_cast<std::int64_t>(is_push ? wish.summary.refs : wish.summary.files);
  const auto directories = static_cast<std::int64_t>(is_push ? wish.summary.overwritten : wish.summary.directories);
  Statement insert = database.prepare(
      "INSERT INTO requests(request_id, agent, action, state, wish_key, fingerprint, operation, scopes, invocation, "
      "effect, files, directories, bytes, bounded, manifest, reason, note, wanted_time, wanted_uses, host, ancestry, "
      "asked, expires, resolved, waiting_until, previous, grant_id) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
      "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)");
  return insert
      .bind(id, wish.operation.agent, model::to_text(wish.operation.action), to_text(request.state), wish_key,
            fingerprint, operation, scopes, invocation, effect, files, directories,
            static_cast<std::int64_t>(wish.summary.bytes),
            bounded, manifest, request.reason, request.note, maybe_seconds(request.wanted_time), request.wanted_uses,
            request.host, request.ancestry, base::unix_seconds(request.asked), base::unix_seconds(request.expires),
            maybe_seconds(request.resolved), base::unix_seconds(request.waiting_until), previous, grant)
      .run();
}

}  // namespace pvm::vault
