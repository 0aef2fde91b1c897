// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/api.hpp"

#include <array>
#include <set>

#include "libpvm/base/text.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::pvmctl::web {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t k_most_scopes = 16;

unsigned status_of(Code code) {
  switch (code) {
    case Code::usage:
    case Code::malformed: return 400;
    case Code::refused:
    case Code::untrusted: return 403;
    case Code::missing: return 404;
    case Code::conflict:
    case Code::exists:
    case Code::clock:
    case Code::limit: return 409;
    case Code::busy: return 503;
    default: return 500;
  }
}

Answer answer(const Result<Json>& result) { return result ? json_answer(*result) : error_answer(result.error()); }

Answer answer(const Result<void>& result) { return result ? json_answer(Json::object()) : error_answer(result.error()); }

/// The body as an object that has no member but `known`, each at most once. Errors: malformed.
Result<Json> read_body(const std::string& body, const std::set<std::string>& known) {
  std::set<std::string> seen;
  bool is_repeated = false;
  const auto look = [&](int depth, Json::parse_event_t event, const Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1) is_repeated = !seen.insert(parsed.get<std::string>()).second || is_repeated;
    return depth <= 2;  // what nests deeper is dropped, and so of the wrong type
  };
  Json json = Json::parse(body, look, /*allow_exceptions=*/false);
  if (!json.is_object() || is_repeated) return fail(Code::malformed, "the body is no JSON object with each name once");
  for (const auto& member : json.items()) {
    if (!known.contains(member.key())) return fail(Code::malformed, "unknown member " + base::quoted(member.key(), 64));
  }
  return json;
}

/// A text member; empty where it is not there. Errors: malformed; limit (over what a reason may have).
Result<std::string> text_member(const Json& json, const std::string& name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return std::string();
  if (!found->is_string()) return fail(Code::malformed, "'" + name + "' is no text");
  auto text = found->get<std::string>();
  if (text.size() > vault::k_reason_max_bytes) return fail(Code::limit, "'" + name + "' is over 1,000 bytes");
  return text;
}

Result<std::optional<std::uint64_t>> number_member(const Json& json, const std::string& name, std::uint64_t most) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return std::optional<std::uint64_t>();
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() == 0 || found->get<std::uint64_t>() > most) {
    return fail(Code::malformed, "'" + name + "' is no whole number from 1 to " + std::to_string(most));
  }
  return std::optional<std::uint64_t>(found->get<std::uint64_t>());
}

/// As it stands in a path: the whole id. Errors: missing.
Result<std::string> id_in(const Call& call) {
  const std::string& id = call.target.path[1];
  if (base::RequestId::from_hex(id)) return id;
  return fail(Code::missing, "there is no " + base::quoted(id, 64), "give the whole id");
}

Result<std::uint64_t> number_in(const Call& call, const char* name) {
  const auto found = call.target.query.find(name);
  if (found == call.target.query.end()) return std::uint64_t{0};
  const auto number = base::parse_decimal(found->second, model::k_max_count);
  if (!number) return fail(Code::usage, std::string("'") + name + "' is no number");
  return *number;
}

std::string words_in(const Call& call) {
  const auto found = call.target.query.find("q");
  return found == call.target.query.end() ? "" : found->second;
}

Result<void> read_scopes(const Json& json, Order& order) {
  const auto scopes = json.find("scopes");
  if (scopes == json.end()) return {};
  if (!scopes->is_array() || scopes->size() > k_most_scopes) return fail(Code::malformed, "'scopes' is no list of at most 16");
  for (const Json& scope : *scopes) {
    if (!scope.is_string()) return fail(Code::malformed, "a scope is no text");
    order.scopes.push_back(scope.get<std::string>());
  }
  return {};
}

Result<Order> order_in(const Call& call) {
  const auto id = id_in(call);
  if (!id) return base::pass_on(id);
  const auto json = read_body(call.body, {"for_seconds", "uses", "scopes", "note", "seen"});
  if (!json) return base::pass_on(json);
  const auto life = number_member(*json, "for_seconds", 12 * 3600);
  if (!life) return base::pass_on(life);
  const auto uses = number_member(*json, "uses", model::k_max_uses);
  if (!uses) return base::pass_on(uses);
  const auto note = text_member(*json, "note");
  if (!note) return base::pass_on(note);
  const auto seen = text_member(*json, "seen");
  if (!seen) return base::pass_on(seen);
  Order order;
  order.request = *id;
  if (*life) order.life = base::Seconds(static_cast<std::int64_t>(**life));
  if (*uses) order.uses = static_cast<std::uint32_t>(**uses);
  if (auto good = read_scopes(*json, order); !good) return base::pass_on(good);
  order.note = *note;
  if (!seen->empty()) order.seen = *seen;
  return order;
}

Outcome list_history(Desk& desk, const Call& call) {
  const auto from = number_in(call, "from");
  if (!from) return error_answer(from.error());
  return Later{[&desk, words = words_in(call), from = *from] { return answer(desk.history(words, from)); }};
}

Outcome list_audit(Desk& desk, const Call& call) {
  const auto before = number_in(call, "before");
  if (!before) return error_answer(before.error());
  return Later{[&desk, words = words_in(call), before = *before] { return answer(desk.audit(words, before)); }};
}

Outcome show_request(Desk& desk, const Call& call) {
  const auto id = id_in(call);
  if (!id) return error_answer(id.error());
  return Later{[&desk, id = *id] { return answer(desk.review(id)); }};
}

Outcome approve(Desk& desk, const Call& call) {
  const auto order = order_in(call);
  if (!order) return error_answer(order.error());
  return Later{[&desk, order = *order, person = call.person] { return answer(desk.approve(order, person)); }};
}

Outcome deny(Desk& desk, const Call& call) {
  const auto id = id_in(call);
  if (!id) return error_answer(id.error());
  const auto json = read_body(call.body, {"note"});
  if (!json) return error_answer(json.error());
  const auto note = text_member(*json, "note");
  return note ? answer(desk.deny(*id, *note)) : error_answer(note.error());
}

Outcome revoke(Desk& desk, const Call& call) {
  const auto id = id_in(call);
  if (!id) return error_answer(id.error());
  const auto json = read_body(call.body, {});
  return json ? answer(desk.revoke(*id)) : error_answer(json.error());
}

Outcome stop(Desk& desk, const Call& call) {
  const auto json = read_body(call.body, {"reason"});
  if (!json) return error_answer(json.error());
  const auto reason = text_member(*json, "reason");
  if (!reason) return error_answer(reason.error());
  return answer(call.target.path[0] == "panic" ? desk.panic(*reason) : desk.lock(*reason));
}

struct Route {
  const char* method;
  std::array<const char*, 3> path;  // "*": an id; nullptr: the path is over
  Outcome (*work)(Desk&, const Call&);
};

constexpr std::array<Route, 11> k_routes = {{
    {"GET", {"status"}, [](Desk& desk, const Call&) -> Outcome { return answer(desk.status()); }},
    {"GET", {"requests"}, [](Desk& desk, const Call&) -> Outcome { return answer(desk.pending()); }},
    {"GET", {"requests", "*"}, show_request},
    {"POST", {"requests", "*", "approve"}, approve},
    {"POST", {"requests", "*", "deny"}, deny},
    {"GET", {"decisions"}, list_history},
    {"GET", {"grants"}, [](Desk& desk, const Call&) -> Outcome { return Later{[&desk] { return answer(desk.grants()); }}; }},
    {"POST", {"grants", "*", "revoke"}, revoke},
    {"GET", {"audit"}, list_audit},
    {"POST", {"lock"}, stop},
    {"POST", {"panic"}, stop},
}};

bool is_at(const Route& route, const std::vector<std::string>& path) {
  std::size_t length = 0;
  while (length < route.path.size() && route.path[length] != nullptr) ++length;
  if (path.size() != length) return false;
  for (std::size_t i = 0; i < length; ++i) {
    const std::string_view wanted = route.path[i];
    if (wanted != "*" && wanted != path[i]) return false;
  }
  return true;
}

}  // namespace

Answer json_answer(const Json& json) {
  return {200, "application/json", json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"};
}

Answer error_answer(const base::Error& error) {
  Json json;
  json["error"] = error.message;
  json["hint"] = error.hint;
  Answer answer = json_answer(json);
  answer.status = status_of(error.code);
  return answer;
}

Outcome answer_call(Desk& desk, const Call& call) {
  std::string methods;
  for (const Route& route : k_routes) {
    if (!is_at(route, call.target.path)) continue;
    if (call.method == route.method) return route.work(desk, call);
    methods += (methods.empty() ? "" : ", ") + std::string(route.method);
  }
  if (methods.empty()) return error_answer({Code::missing, "there is nothing at this path", "see share/openapi.yaml"});
  Answer refusal = error_answer({Code::usage, "this path is for " + methods, ""});
  refusal.status = 405;
  refusal.headers.emplace_back("Allow", methods);
  return refusal;
}

}  // namespace pvm::pvmctl::web
