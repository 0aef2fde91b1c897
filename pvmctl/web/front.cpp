// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/front.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/web/api.hpp"
#include "pvmctl/web/page.hpp"

namespace pvm::pvmctl::web {
namespace {

using base::Code;

constexpr std::size_t k_most_buckets = 4096;

// Headers that decide something: twice would be two meanings, one for us and one for a proxy before us.
constexpr std::array<std::string_view, 9> k_single = {"host",         "origin",       "cookie",        "content-length", "content-type",
                                                      "x-pvm-key",    "last-event-id", "sec-fetch-site", "authorization"};

std::optional<std::string_view> find_header(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return std::string_view(value);
  }
  return std::nullopt;
}

Answer refusal(unsigned status, std::string message, std::string hint = {}) {
  Answer answer = error_answer({Code::usage, std::move(message), std::move(hint)});
  answer.status = status;
  return answer;
}

Answer too_many() {
  Answer answer = refusal(429, "too many requests", "wait a second");
  answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

Answer for_post() {
  Answer answer = refusal(405, "this path is for POST");
  answer.headers.emplace_back("Allow", "POST");
  return answer;
}

// What cannot be read as one request only: what follows it on the connection might be part of it.
Answer ending(unsigned status, std::string message) {
  Answer answer = refusal(status, std::move(message));
  answer.ends_connection = true;
  return answer;
}

std::optional<Answer> find_fault(const HttpRequest& request) {
  for (const std::string_view name : k_single) {
    const auto is_named = [name](const auto& header) { return header.first == name; };
    if (std::ranges::count_if(request.headers, is_named) > 1) return ending(400, "the header " + std::string(name) + " is there twice");
  }
  // Some parsers take a list of equal lengths for one.
  const auto length = find_header(request, "content-length");
  if (length && !base::parse_decimal(*length)) return ending(400, "a length is digits alone");
  if (find_header(request, "transfer-encoding")) return ending(400, "a body has a Content-Length here, and no Transfer-Encoding");
  if (find_header(request, "expect")) return ending(417, "nothing is to be expected");
  if (request.method != "GET" && request.method != "POST") return ending(405, "GET and POST are all there is");
  if (request.method == "GET" && !request.body.empty()) return ending(400, "a GET has no body");
  return std::nullopt;
}

bool is_json(const HttpRequest& request) {
  const auto type = find_header(request, "content-type");
  return type && (*type == "application/json" || *type == "application/json; charset=utf-8");
}

std::string cookie_name_for(const Origins& origins, Transport transport) {
  if (transport == Transport::secure) return "__Host-pvm";
  const std::string& origin = origins.first();
  const std::size_t colon = origin.rfind(':');
  return "pvm-" + (colon > 5 ? origin.substr(colon + 1) : std::string("80"));
}

}  // namespace

Front::Front(Parts parts, Origins origins, Transport transport)
    : parts_(parts), origins_(std::move(origins)), transport_(transport), cookie_name_(cookie_name_for(origins_, transport)) {}

Front::Taken Front::take(const HttpRequest& request, Moment now) {
  if (auto fault = find_fault(request)) return {std::move(*fault)};
  const auto target = parse_target(request.target);
  if (!target) return {refusal(400, "the path or the query is not one of ours")};
  const bool is_api = target->path.size() >= 2 && target->path[0] == "api" && target->path[1] == "v1";
  Provenance from{is_api ? Purpose::reads : Purpose::shows, find_header(request, "host").value_or(""),
                  find_header(request, "origin"), find_header(request, "sec-fetch-site")};
  if (request.method == "POST") from.purpose = Purpose::changes;
  if (const auto good = origins_.check(from); !good) {
    ++parts_.metrics.refused_provenance;
    return {error_answer(good.error())};
  }
  return is_api ? take_api(request, *target, now) : take_good(request, *target, now);
}

// The page, and what monitors ask: the same for everybody.
Front::Taken Front::take_good(const HttpRequest& request, const Target& target, Moment now) {
  if (request.method != "GET") return {refusal(405, "this path is for GET")};
  // The page's own files cost nothing, and who would log in needs them.
  const bool is_counted = !target.path.empty() && (target.path[0] == "healthz" || target.path[0] == "metrics");
  if (is_counted && !is_within_rate(request.peer, now)) return {too_many()};
  return {show(target)};
}

Front::Taken Front::take_api(const HttpRequest& request, const Target& target, Moment now) {
  Call call{request.method, target, request.body, {}};
  call.target.path.erase(call.target.path.begin(), call.target.path.begin() + 2);
  const std::string door = call.target.path.size() == 1 ? call.target.path[0] : "";
  const bool is_post = request.method == "POST";
  if (is_post && !is_json(request)) return {refusal(415, "the body is to be application/json")};
  if ((door == "login" || door == "logout") && !is_post) return {for_post()};
  if (door == "login") return {log_in(request, now)};

  const auto cookie = find_cookie(find_header(request, "cookie").value_or(""), cookie_name_);
  const Session* session =
      cookie ? parts_.sessions.find(*cookie, find_header(request, "x-pvm-key").value_or(""), parts_.clock.now()) : nullptr;
  if (session == nullptr) {
    if (!is_within_rate(request.peer, now)) return {too_many()};
    return {refusal(401, "you are not logged in", "run: pvmctl login")};
  }
  if (known_.size() > 2 * k_most_sessions) std::erase_if(known_, [now](const auto& bucket) { return bucket.second.is_full(now); });
  if (!known_.try_emplace(session->number, 600.0, 300.0).first->second.take(now)) {
    ++parts_.metrics.limited;
    return {too_many(), true};
  }
  call.person = session->person;
  if (door == "events" && !is_post) return {listen(request, *session), true};
  if (door == "logout") return {log_out(*session), true};
  if (door == "session" && !is_post) {
    Json json;
    json["principal"] = json_text(session->person.principal);
    json["unattended"] = session->person.is_unattended;
    json["until"] = base::iso_time(session->opened + k_session_life);
    return {json_answer(json), true};
  }
  return {answer_call(parts_.desk, call), true};
}

Answer Front::show(const Target& target) {
  const std::string name = target.path.empty() ? "" : target.path[0];
  if (target.path.size() > 1) return refusal(404, "there is nothing at this path");
  if (name == "healthz") {
    const auto counts = parts_.desk.counts();
    if (!counts) return refusal(503, counts.error().message, counts.error().hint);
    return {200, "text/plain; charset=utf-8", "ok\n"};
  }
  if (name == "metrics") {
    const auto counts = parts_.desk.counts();
    if (!counts) return refusal(503, counts.error().message, counts.error().hint);
    return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(parts_.metrics, *counts)};
  }
  // The page is the same wherever it begins; what it shows first stands behind the '#', which no server sees.
  const PageFile* file = find_page_file(name.empty() || name == "login" ? "index.html" : name);
  if (file == nullptr) return refusal(404, "there is nothing at this path");
  return {200, std::string(file->type), std::string(file->text)};
}

// A good token is never refused for the rate of others: who floods this keeps nobody out.
Answer Front::log_in(const HttpRequest& request, Moment now) {
  const Json json = Json::parse(request.body, nullptr, /*allow_exceptions=*/false);
  const auto token = json.is_object() ? json.find("token") : json.end();
  const bool is_text = json.is_object() && json.size() == 1 && token != json.end() && token->is_string();
  if (!is_text) return refusal(400, "the body is to be {\"token\": …}");
  const auto opened = parts_.sessions.open(token->get<std::string>(), parts_.clock.now());
  parts_.metrics.sessions = parts_.sessions.count();
  if (!opened) {
    ++parts_.metrics.failed_logins;
    if (!is_within_rate(request.peer, now)) return too_many();
    return error_answer(opened.error());
  }
  ++parts_.metrics.logins;
  Json reply;
  reply["key"] = opened->key;
  reply["principal"] = json_text(opened->session.person.principal);
  Answer answer = json_answer(reply);
  answer.headers.emplace_back("Set-Cookie", cookie(opened->cookie));
  return answer;
}

Answer Front::log_out(const Session& session) {
  known_.erase(session.number);
  parts_.sessions.close(session.number);
  parts_.metrics.sessions = parts_.sessions.count();
  Answer answer = json_answer(Json::object());
  answer.headers.emplace_back("Set-Cookie", cookie("") + "; Max-Age=0");
  return answer;
}

Outcome Front::listen(const HttpRequest& request, const Session& session) const {
  const auto last = find_header(request, "last-event-id");
  if (!last) return EventStream{session.number, parts_.events.newest()};
  const auto id = base::parse_decimal(*last);
  if (!id) return refusal(400, "Last-Event-ID is no number");
  return EventStream{session.number, *id};
}

bool Front::is_within_rate(const std::string& peer, Moment now) {
  if (strangers_.size() >= k_most_buckets) {
    std::erase_if(strangers_, [now](const auto& bucket) { return bucket.second.is_full(now); });
    if (strangers_.size() >= k_most_buckets) strangers_.clear();
  }
  const bool is_within = strangers_.try_emplace(peer, 400.0, 200.0).first->second.take(now);
  if (!is_within) ++parts_.metrics.limited;
  return is_within;
}

std::string Front::cookie(const std::string& value) const {
  return cookie_name_ + "=" + value + "; Path=/; HttpOnly; SameSite=Strict" +
         (transport_ == Transport::secure ? "; Secure" : "");
}

}  // namespace pvm::pvmctl::web
