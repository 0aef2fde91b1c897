// SPDX-License-Identifier: Apache-2.0
// What is denied, and which reason and near miss a denial tells.
#include <doctest/doctest.h>

#include <optional>
#include <vector>

#include "libpvm/model/decision.hpp"
#include "tests/unit/model/decision_samples.hpp"

using namespace pvm::model;
using namespace pvm::model::test;
namespace base = pvm::base;

TEST_CASE("a locked vault denies everything, whatever was granted, and every resource is lacking") {
  Situation situation = at(k_now);
  situation.lock = LockState::locked;
  const Denial denial = denied(decide(removing({"/w/a", "/w/b"}), {Sample(1, "/w").unlimited()}, situation));
  CHECK(denial.kind == DenialKind::locked);
  CHECK(denial.lacking == removing({"/w/a", "/w/b"}).resources);
  CHECK_FALSE(denial.grant);
}

TEST_CASE("a locked vault is told before any other reason") {
  Situation situation = at(k_now);
  situation.lock = LockState::locked;
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w").revoked()}, situation), DenialKind::locked,
               std::nullopt);
  check_denied(decide(removing({}), {}, situation), DenialKind::locked, std::nullopt);
}

TEST_CASE("a revoked grant is refused even if unexpired") {
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w").unlimited().revoked()}), DenialKind::revoked,
               id(1));
}

TEST_CASE("a grant below the revocation floor counts as revoked") {
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w").unlimited().of_epoch(6)}), DenialKind::revoked,
               id(1));
}

TEST_CASE("a grant bound to another effect is stale") {
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w").bound_to(k_other)}), DenialKind::stale, id(1));
}

TEST_CASE("a bound grant is stale where the effect is past its bound") {
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w").bound_to(k_shown)}, at(k_now), std::nullopt),
               DenialKind::stale, id(1));
}

TEST_CASE("an unbound grant permits an effect past its bound") {
  CHECK(permitted(decide(removing({"/w/a"}), {Sample(1, "/w")}, at(k_now), std::nullopt)) == Grants{id(1)});
}

TEST_CASE("an unlimited grant can be stale too") {
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w").unlimited().bound_to(k_other)}), DenialKind::stale,
               id(1));
}

TEST_CASE("a grant of another vault is not even a near miss") {
  Situation situation = at(k_now);
  situation.vault = numbered<base::VaultId>(2);
  check_no_grant(decide(removing({"/w/a"}), {Sample(1, "/w"), Sample(2, "/w").expired()}, situation));
}

TEST_CASE("a grant of another agent is not even a near miss") {
  Operation operation = removing({"/w/a"});
  operation.agent = "claude2";
  check_no_grant(decide(operation, {Sample(1, "/w"), Sample(2, "/w").revoked()}));
}

TEST_CASE("a grant for another action is not even a near miss") {
  Operation operation = removing({"/w/a"});
  operation.action = Action::trash;
  check_no_grant(decide(operation, {Sample(1, "/w"), Sample(2, "/w").bound_to(k_other)}));
}

TEST_CASE("a grant that lacks an attribute is not even a near miss") {
  check_no_grant(decide(removing({"/w/a"}), {Sample(1, "/w").may({}), Sample(2, "/w").may({}).used_up()}));
  check_no_grant(decide(removing({"/w/a"}), {Sample(1, "/w").may({Attribute::force})}));
}

TEST_CASE("attributes do not add up over grants") {
  Operation operation = removing({"/w/a"});
  operation.needs = {Attribute::recursive, Attribute::force};
  check_no_grant(decide(
      operation, {Sample(1, "/w").may({Attribute::recursive}), Sample(2, "/w").may({Attribute::force})}));
}

TEST_CASE("a grant that covers nothing of what is lacking is no near miss") {
  check_no_grant(decide(removing({"/w/a"}), {Sample(1, "/v").revoked()}));
  check_no_grant(decide(removing({"/v/a", "/w/a"}), {Sample(1, "/v"), Sample(2, "/v/a").bound_to(k_other)}));
}

TEST_CASE("the nearest miss is told: stale, used up, revoked, expired, not yet") {
  const Sample not_yet = Sample(1, "/w").not_yet();
  const Sample expired = Sample(2, "/w").expired();
  const Sample revoked = Sample(3, "/w").revoked();
  const Sample used_up = Sample(4, "/w").used_up();
  const Sample stale = Sample(5, "/w").bound_to(k_other);
  const Operation operation = removing({"/w/a"});
  check_denied(decide(operation, {not_yet}), DenialKind::not_yet, id(1));
  check_denied(decide(operation, {not_yet, expired}), DenialKind::expired, id(2));
  check_denied(decide(operation, {not_yet, expired, revoked}), DenialKind::revoked, id(3));
  check_denied(decide(operation, {not_yet, expired, revoked, used_up}), DenialKind::used_up, id(4));
  check_denied(decide(operation, {not_yet, expired, revoked, used_up, stale}), DenialKind::stale, id(5));
  check_denied(decide(operation, {stale, used_up, revoked, expired, not_yet}), DenialKind::stale, id(5));
}

TEST_CASE("the best miss over all lacking resources is told") {
  const Sample expired = Sample(1, "/v").expired();
  const Sample stale = Sample(2, "/w").bound_to(k_other);
  const Denial denial = denied(decide(removing({"/u/a", "/v/a", "/w/a"}), {expired, stale}));
  CHECK(denial.kind == DenialKind::stale);
  CHECK(denial.grant == id(2));
  CHECK(denial.lacking == removing({"/u/a", "/v/a", "/w/a"}).resources);
}

TEST_CASE("of equal misses the one that ends last is told, wherever it stands") {
  const Sample early = Sample(1, "/w").window(k_start, k_now - 20);
  const Sample late = Sample(2, "/w").window(k_start, k_now - 10);
  check_denied(decide(removing({"/w/a"}), {early, late}), DenialKind::expired, id(2));
  check_denied(decide(removing({"/w/a"}), {late, early}), DenialKind::expired, id(2));
}

TEST_CASE("a grant is stale only where nothing else is wrong with it") {
  const Operation operation = removing({"/w/a"});
  const Sample bound = Sample(1, "/w").bound_to(k_other);
  check_denied(decide(operation, {Sample(bound).used_up()}), DenialKind::used_up, id(1));
  check_denied(decide(operation, {Sample(bound).revoked()}), DenialKind::revoked, id(1));
  check_denied(decide(operation, {Sample(bound).expired()}), DenialKind::expired, id(1));
  check_denied(decide(operation, {Sample(bound).not_yet()}), DenialKind::not_yet, id(1));
}

TEST_CASE("a grant with several faults is told by the most final of them") {
  const Operation operation = removing({"/w/a"});
  check_denied(decide(operation, {Sample(1, "/w").used_up().expired()}), DenialKind::expired, id(1));
  check_denied(decide(operation, {Sample(1, "/w").revoked().expired()}), DenialKind::expired, id(1));
  check_denied(decide(operation, {Sample(1, "/w").revoked().used_up()}), DenialKind::revoked, id(1));
  check_denied(decide(operation, {Sample(1, "/w").revoked().not_yet()}), DenialKind::revoked, id(1));
}

TEST_CASE("nothing is spent by a denial: the same candidates give the same answer again") {
  const std::vector<Candidate> candidates = candidates_of({Sample(1, "/w")});
  const Operation operation = removing({"/v/a", "/w/a"});
  check_no_grant(authorize(operation, k_shown, candidates, at(k_now)));
  check_no_grant(authorize(operation, k_shown, candidates, at(k_now)));
  CHECK(candidates.front().used == 0);
}

TEST_CASE("every kind of denial has a word of its own") {
  CHECK(to_text(DenialKind::no_grant) == "no-grant");
  CHECK(to_text(DenialKind::not_yet) == "not-yet");
  CHECK(to_text(DenialKind::expired) == "expired");
  CHECK(to_text(DenialKind::revoked) == "revoked");
  CHECK(to_text(DenialKind::used_up) == "used-up");
  CHECK(to_text(DenialKind::stale) == "stale");
  CHECK(to_text(DenialKind::locked) == "locked");
}
