// SPDX-License-Identifier: Apache-2.0
// What the key of a service may say yes to, and what it may not, whatever it signs.
#include <functional>

#include "libpvm/model/limited_grant.hpp"
#include "signing.hpp"

using namespace pvm;
using namespace pvm::test;

namespace {

constexpr const char* k_limited = "pvm-grant-limited-v1";

/// A service's key beside that of a person.
class LimitedVault : public SigningVault {
 public:
  explicit LimitedVault(const std::string& namespaces = k_limited) {
    const std::string line = "serve@host namespaces=\"" + namespaces + "\" " + service_.make_key("service", "ed25519") + "\n";
    auto signers = crypto::parse_allowed_signers(line);
    REQUIRE(signers);
    both_ = this->signers();
    both_.insert(both_.end(), signers->begin(), signers->end());
  }

  [[nodiscard]] const gate::Signers& both() const { return both_; }
  [[nodiscard]] std::string sign_as_service(const std::string& statement, std::string_view name_space = k_limited) {
    return service_.sign("service", statement, name_space);
  }
  [[nodiscard]] base::Result<model::Grant> verify(const model::Grant& grant, std::string_view name_space = k_limited) {
    const auto text = model::encode(grant);
    REQUIRE(text);
    return gate::verify_grant(*text, sign_as_service(*text, name_space), both_, k_noon);
  }

 private:
  SshKeygen service_;
  gate::Signers both_;
};

// Answers an existing request, once, for what was shown.
model::Grant once(LimitedVault& vault) {
  const auto wish = wish_for("/w/a");
  auto grant = vault.grant_for("/w/a");
  grant.effect = wish.effect;
  grant.request = crypto::random_id<base::RequestId>();
  grant.uses = 1;
  grant.approver = "serve@host";
  grant.via = "serve/slack/U123";
  grant.terms.window = {k_noon, k_noon + base::Seconds(4 * 3600)};
  return grant;
}

// Answers it for half an hour.
model::Grant lasting(LimitedVault& vault) {
  auto grant = once(vault);
  grant.effect.reset();
  grant.uses.reset();
  grant.terms.window.not_after = k_noon + base::Seconds(1800);
  return grant;
}

}  // namespace

TEST_CASE("a service's key says yes once to what was shown, or for half an hour to what was asked") {
  LimitedVault vault;
  CHECK(vault.verify(once(vault)));
  CHECK(vault.verify(lasting(vault)));
  auto bound = lasting(vault);
  bound.effect = once(vault).effect;
  CHECK(vault.verify(bound));
}

TEST_CASE("whatever else a service's key signs is no grant") {
  LimitedVault vault;
  const auto refuses = [&vault](model::Grant grant, const std::function<void(model::Grant&)>& change, std::string_view because) {
    change(grant);
    const auto verified = vault.verify(grant);
    CAPTURE(because);
    REQUIRE_FALSE(verified);
    CHECK(verified.error().code == base::Code::untrusted);
    CHECK_MESSAGE(verified.error().message.find(because) != std::string::npos, verified.error().message);
  };
  const auto both_kinds = [&](const std::function<void(model::Grant&)>& change, std::string_view because) {
    refuses(once(vault), change, because);
    refuses(lasting(vault), change, because);
  };
  both_kinds([](model::Grant& grant) { grant.request.reset(); }, "answers no request");
  both_kinds([](model::Grant& grant) { grant.terms.agent = "*"; }, "more than one agent");
  both_kinds([](model::Grant& grant) { grant.terms.agent = "claude@*"; }, "more than one agent");
  both_kinds([](model::Grant& grant) { grant.terms.may.add(model::Attribute::force); }, "force");
  both_kinds([](model::Grant& grant) { grant.terms.may.add(model::Attribute::deletion); }, "delete");
  both_kinds([](model::Grant& grant) { grant.terms.may.add(model::Attribute::mirror); }, "mirror");
  both_kinds([](model::Grant& grant) { grant.via = "cli"; }, "door");
  both_kinds([](model::Grant& grant) { grant.via = "serve"; }, "door");
  both_kinds([](model::Grant& grant) { grant.via = "server/page/alice"; }, "door");
  refuses(once(vault), [](model::Grant& grant) { grant.uses = 2; }, "30 min");
  refuses(once(vault), [](model::Grant& grant) { grant.uses.reset(); }, "30 min");
  refuses(once(vault), [](model::Grant& grant) { grant.effect.reset(); }, "30 min");
  refuses(once(vault), [](model::Grant& grant) { grant.terms.window.not_after = k_noon + base::Seconds(12 * 3600 + 1); }, "12 h");
  refuses(lasting(vault), [](model::Grant& grant) { grant.terms.window.not_after += base::Seconds(1); }, "30 min");
  for (const char* wide : {"/w/*", "/w/**/x", "/w/a?", "/w/[ab]", "/w/a/", "/**", "/"}) {
    CAPTURE(wide);
    refuses(lasting(vault), [&](model::Grant& grant) { grant.terms.scopes = {scope(wide)}; }, "by its name");
    refuses(lasting(vault), [&](model::Grant& grant) { grant.terms.scopes.push_back(scope(wide)); }, "by its name");
  }
}

TEST_CASE("what a service's key signs as a person's grant is none") {
  LimitedVault vault;
  const auto verified = vault.verify(once(vault), "pvm-grant-v1");
  REQUIRE_FALSE(verified);
  CHECK(verified.error().message.find("not trusted with namespace 'pvm-grant-v1'") != std::string::npos);
}

TEST_CASE("a person's key that is not listed for limited grants makes none") {
  LimitedVault vault;
  auto grant = once(vault);
  grant.approver = "alice@host";
  const auto text = model::encode(grant);
  REQUIRE(text);
  CHECK_FALSE(gate::verify_grant(*text, vault.sign(*text, k_limited), vault.both(), k_noon));
}

TEST_CASE("a service's key in another's name makes no grant") {
  LimitedVault vault;
  auto grant = once(vault);
  grant.approver = "alice@host";
  CHECK_FALSE(vault.verify(grant));
}

TEST_CASE("a limited grant runs what it was given for, and no other thing") {
  LimitedVault vault;
  const auto wish = wish_for("/w/a");
  const auto filed = vault->file_request(request_for(wish), k_noon);
  REQUIRE(filed);
  auto grant = once(vault);
  grant.request = filed->request.id;
  const auto text = model::encode(grant);
  REQUIRE(text);
  REQUIRE(vault->store_grant({grant, *text, vault.sign_as_service(*text), false}, "", k_noon));
  const auto decide = [&vault](const vault::Wish& what) { return gate::decide(*vault, vault.both(), what, k_noon); };
  CHECK_FALSE(is_receipt(decide(wish_for("/w/a", 4))));
  CHECK_FALSE(is_receipt(decide(wish_for("/w/b"))));
  CHECK(is_receipt(decide(wish)));
  CHECK_FALSE(is_receipt(decide(wish)));
}

TEST_CASE("in the log a limited grant vouches as far as its key was trusted, and beyond its limits not at all") {
  LimitedVault vault;
  const auto kept = [&vault](const model::Grant& grant) {
    const auto text = model::encode(grant);
    REQUIRE(text);
    return vault::StoredGrant{grant.id, *text, vault.sign_as_service(*text), 0, std::nullopt, k_noon};
  };
  CHECK(gate::judge_grant(kept(once(vault)), vault.both()) == vault::Witness::trusted);
  CHECK(gate::judge_grant(kept(once(vault)), vault.signers()) == vault::Witness::untrusted);
  auto wide = lasting(vault);
  wide.terms.scopes = {scope("/w/*")};
  CHECK(gate::judge_grant(kept(wide), vault.both()) == vault::Witness::untrusted);
  auto altered = kept(once(vault));
  altered.statement += " ";
  CHECK(gate::judge_grant(altered, vault.both()) == vault::Witness::forged);
}
