// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/remote/drafted.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"
#include "pvmctl/remote/host.hpp"

namespace pvm::pvmctl::remote {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t k_most_proof = 63;  // hashes, as log::k_most_hashes
constexpr std::int64_t k_oldest_request = std::int64_t{366} * 24 * 3600;

base::Failure not_asked_for(const std::string& what) {
  return fail(Code::untrusted, "the draft that came back " + what, "nothing was signed");
}

const std::string* find_text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() ? nullptr : found->get_ptr<const Json::string_t*>();
}

std::optional<log::Testified> parse_testified(const Json& json, const model::TreeHead& head) {
  const std::string* edge = find_text(json, "edge");
  const auto proof = json.find("consistency");
  if (edge == nullptr || proof == json.end() || !proof->is_array() || proof->size() > k_most_proof) return std::nullopt;
  const auto hashes = base::from_base64(*edge);
  auto tree = hashes ? crypto::TreeEdge::from_parts(head.size, base::as_text(*hashes)) : crypto::TreeEdge();
  if (!hashes || !tree) return std::nullopt;
  log::Testified testified{std::move(*tree), {}};
  for (const Json& one : *proof) {
    const auto* text = one.get_ptr<const Json::string_t*>();
    const auto hash = text != nullptr ? base::digest_from_base64(*text) : std::nullopt;
    if (!hash) return std::nullopt;
    testified.proof.push_back(*hash);
  }
  return testified;
}

Result<void> check_once(const model::Grant& grant, const approval::Choice& choice) {
  if (grant.uses != 1U) return not_asked_for("is for more than one use");
  const auto life = grant.terms.window.not_after - grant.terms.window.not_before;
  if (life > k_longest_unsaid) return not_asked_for("would live for " + base::human_duration(life));
  if (grant.effect || choice.binding == approval::Binding::unbound) return {};
  return not_asked_for("is not bound to what is there now (if the request asks for scopes, say --for)");
}

Result<void> check_lasting(const model::Grant& grant, const approval::Choice& choice) {
  if (grant.uses != choice.uses.value_or(approval::Uses{}).most) return not_asked_for("is for another number of uses");
  const auto life = grant.terms.window.not_after - grant.terms.window.not_before;
  const base::Seconds most = choice.life.value_or(k_longest_unsaid);
  if (life <= most) return {};
  return not_asked_for("would live for " + base::human_duration(life) + ", and at most " + base::human_duration(most) +
                       " was said");
}

Result<void> check_scopes(const model::Grant& grant, const approval::Choice& choice) {
  if (choice.scopes.empty()) return {};
  for (const model::Scope& scope : grant.terms.scopes) {
    if (std::ranges::find(choice.scopes, scope) != choice.scopes.end()) continue;
    return not_asked_for("covers " + base::quoted(scope.pattern(), 300) + ", which you did not say");
  }
  return {};
}

Result<void> check_time(const model::Grant& grant, base::UnixTime now) {
  const base::Seconds ahead = grant.terms.window.not_before - now;
  if (ahead <= k_clock_difference && -ahead <= k_clock_difference) return {};
  return fail(Code::clock,
              "the clocks differ: by theirs it is " + base::iso_time(grant.terms.window.not_before) + ", " +
                  base::human_duration(ahead.count() > 0 ? ahead : -ahead) +
                  (ahead.count() > 0 ? " ahead of this one" : " behind this one"),
              "nothing was signed; set the clock right that is wrong");
}

}  // namespace

Result<Drafted> parse_drafted(std::string_view output) {
  const auto json = parse_object(output);
  if (!json) return base::pass_on(json);
  const std::string* statement = find_text(*json, "statement");
  const std::string* card = find_text(*json, "card");
  const std::string* host = find_text(*json, "host");
  if (statement == nullptr || card == nullptr || host == nullptr) {
    return fail(Code::malformed, "what came back is no draft",
                "is pvmctl there of the same version? compare: pvmctl --version");
  }
  auto grant = model::decode_grant(*statement);
  if (!grant) return fail(Code::malformed, "the draft that came back is no grant: " + grant.error().message);
  auto testified = parse_testified(*json, grant->log);
  if (!testified) return fail(Code::malformed, "the draft that came back testifies nothing of the audit log");
  Drafted drafted{*statement, std::move(*grant), *card, *host, std::nullopt, std::move(*testified)};
  if (const auto age = json->find("age"); age != json->end() && age->is_number_integer()) {
    drafted.age = base::Seconds(std::clamp(age->get<std::int64_t>(), std::int64_t{0}, k_oldest_request));
  }
  return drafted;
}

Result<void> check_drafted(const model::Grant& grant, const Asked& asked) {
  if (!grant.request || asked.request.empty() || !grant.request->hex().starts_with(asked.request)) {
    return not_asked_for("is about another request");
  }
  if (grant.approver != asked.approver) return not_asked_for("names another approver, " + base::quoted(grant.approver, 128));
  if (grant.via != asked.via) return not_asked_for("says it was given by way of " + base::quoted(grant.via, 128));
  if (auto good = check_time(grant, asked.now); !good) return good;
  if (auto good = check_scopes(grant, asked.choice); !good) return good;
  const bool is_lasting = asked.choice.life || asked.choice.uses;
  return is_lasting ? check_lasting(grant, asked.choice) : check_once(grant, asked.choice);
}

}  // namespace pvm::pvmctl::remote
