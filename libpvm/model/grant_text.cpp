// SPDX-License-Identifier: Apache-2.0
// A grant's text, both ways. Whether a value may stand in a field is judged in one place,
// `field_out_of_range`; the reader alone judges how it is written.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/model/field_values.hpp"
#include "libpvm/model/fields.hpp"
#include "libpvm/model/grant.hpp"

namespace pvm::model {
namespace {

constexpr std::string_view k_digest_prefix = "sha256:";
constexpr std::string_view k_unlimited = "unlimited";

bool has_no_repetition(const std::vector<Scope>& scopes) {
  std::set<std::string_view> patterns;
  return std::all_of(scopes.begin(), scopes.end(),
                     [&](const Scope& scope) { return patterns.insert(scope.pattern()).second; });
}

// The name of the first field whose value the format cannot carry; empty where there is none.
std::string_view field_out_of_range(const Grant& grant) {
  const Window& window = grant.terms.window;
  if (!is_agent_pattern(grant.terms.agent)) return "agent";
  const std::vector<Scope>& scopes = grant.terms.scopes;
  if (scopes.empty() || !has_no_repetition(scopes) || !are_of_type(scopes, grant.terms.action)) return "scope";
  if (grant.uses && (*grant.uses == 0 || *grant.uses > k_max_uses)) return "uses";
  if (!is_moment(window.not_before)) return "not-before";
  if (!is_moment(window.not_after) || window.not_after < window.not_before) return "not-after";
  if (grant.epoch > k_max_count) return "epoch";
  if (grant.log.size > k_max_count) return "log";
  if (!is_label(grant.approver)) return "approver";
  if (!is_label(grant.via)) return "via";
  return {};
}

std::string scope_value(const Scope& scope) {
  return std::string(to_text(scope.type())) + " " + base::percent_encode(scope.pattern());
}

std::string write_fields(const Grant& grant) {
  const Terms& terms = grant.terms;
  std::string out = "pvm-grant/1\n";
  append_field(out, "id", grant.id.hex());
  append_field(out, "vault", grant.vault.hex());
  append_field(out, "agent", base::percent_encode(terms.agent));
  append_field(out, "action", to_text(terms.action));
  append_field(out, "request", grant.request ? grant.request->hex() : std::string(k_none));
  for (const Scope& scope : terms.scopes) append_field(out, "scope", scope_value(scope));
  append_field(
      out, "effect",
      grant.effect ? std::string(k_digest_prefix) + base::to_hex(*grant.effect) : std::string(k_none));
  append_field(out, "may", terms.may.text());
  append_field(out, "uses", grant.uses ? std::to_string(*grant.uses) : std::string(k_unlimited));
  append_field(out, "not-before", std::to_string(base::unix_seconds(terms.window.not_before)));
  append_field(out, "not-after", std::to_string(base::unix_seconds(terms.window.not_after)));
  append_field(out, "epoch", std::to_string(grant.epoch));
  append_field(out, "log", head_value(grant.log));
  append_field(out, "approver", base::percent_encode(grant.approver));
  append_field(out, "via", base::percent_encode(grant.via));
  append_field(out, "reason", base::percent_encode(grant.reason));
  return out;
}

std::optional<base::Digest> parse_effect(std::string_view text) {
  if (!text.starts_with(k_digest_prefix)) return std::nullopt;
  return base::digest_from_hex(text.substr(k_digest_prefix.size()));
}

std::optional<Scope> parse_scope(std::string_view text) {
  const auto words = split_words<2>(text);
  if (!words) return std::nullopt;
  const auto type = scope_type_from_text((*words)[0]);
  if (!type) return std::nullopt;
  const auto pattern = base::percent_decode((*words)[1]);
  if (!pattern) return std::nullopt;
  auto scope = Scope::parse(*type, *pattern);
  const bool is_normal = scope && scope->pattern() == *pattern;
  if (!is_normal) return std::nullopt;
  return std::move(*scope);
}

std::optional<std::uint32_t> parse_uses(std::string_view text) {
  const auto uses = base::parse_decimal(text, k_max_uses);
  if (!uses) return std::nullopt;
  return static_cast<std::uint32_t>(*uses);
}

std::vector<Scope> take_scopes(FieldReader& in) {
  std::vector<Scope> scopes;
  do {
    auto scope = in.field("scope", parse_scope);
    if (scope) scopes.push_back(std::move(*scope));
  } while (in.is_next("scope"));
  return scopes;
}

// Reads the fields, without a look at what their values allow.
base::Result<Grant> read_fields(std::string_view text) {
  FieldReader in("grant", text);
  in.header("pvm-grant");
  const auto id = in.field("id", base::GrantId::from_hex);
  const auto vault = in.field("vault", base::VaultId::from_hex);
  const auto agent = in.field("agent", base::percent_decode);
  const auto action = in.field("action", action_from_text);
  const auto request = in.field("request", empty_for(k_none, base::RequestId::from_hex));
  auto scopes = take_scopes(in);
  const auto effect = in.field("effect", empty_for(k_none, parse_effect));
  const auto may = in.field("may", Attributes::from_text);
  const auto uses = in.field("uses", empty_for(k_unlimited, parse_uses));
  const auto not_before = in.field("not-before", parse_moment);
  const auto not_after = in.field("not-after", parse_moment);
  const auto epoch = in.field("epoch", parse_count);
  const auto log = in.field("log", parse_head);
  const auto approver = in.field("approver", base::percent_decode);
  const auto via = in.field("via", base::percent_decode);
  const auto reason = in.field("reason", base::percent_decode);
  if (auto fault = in.finish()) return *fault;

  Terms terms{*agent, *action, std::move(scopes), *may, {*not_before, *not_after}};
  return Grant{*id,    *vault, std::move(terms), *request, *effect, *uses,
               *epoch, *log,   *approver,        *via,     *reason};
}

}  // namespace

base::Result<std::string> encode(const Grant& grant) {
  const std::string_view field = field_out_of_range(grant);
  if (!field.empty()) {
    return base::fail(base::Code::malformed,
                      "grant: the field '" + std::string(field) + "' holds what it must not");
  }
  std::string text = write_fields(grant);
  if (text.size() > k_grant_max_bytes) {
    return base::fail(base::Code::limit, "grant: the text is " + base::grouped(text.size()) +
                                             " bytes, over " + base::grouped(k_grant_max_bytes));
  }
  return text;
}

base::Result<Grant> decode_grant(std::string_view text) {
  if (text.size() > k_grant_max_bytes) {
    return base::fail(base::Code::malformed,
                      "grant: the text is over " + base::grouped(k_grant_max_bytes) + " bytes");
  }
  auto grant = read_fields(text);
  if (!grant) return grant;
  const auto again = encode(*grant);
  if (!again) return base::pass_on(again);
  if (*again != text) return base::fail(base::Code::malformed, "grant: not written in its only form");
  return grant;
}

}  // namespace pvm::model
