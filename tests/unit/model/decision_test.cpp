// SPDX-License-Identifier: Apache-2.0
// What permits, and which grants a permit takes.
#include "libpvm/model/decision.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <optional>
#include <type_traits>
#include <variant>

#include "tests/unit/model/decision_samples.hpp"

using namespace pvm::model;
using namespace pvm::model::test;

TEST_CASE("only the authorizer can make a permit") {
  CHECK_FALSE(std::is_default_constructible_v<Permit>);
  CHECK_FALSE(std::is_constructible_v<Permit, Grants>);
}

TEST_CASE("a grant that covers the resource permits and loses a use") {
  CHECK(permitted(decide(removing({"/w/a"}), {Sample(1, "/w")})) == Grants{id(1)});
}

TEST_CASE("without any grant everything is denied and every resource is lacking") {
  const Denial denial = denied(decide(removing({"/w/a", "/w/b"}), {}));
  CHECK(denial.kind == DenialKind::no_grant);
  CHECK(denial.lacking == removing({"/w/a", "/w/b"}).resources);
  CHECK_FALSE(denial.grant);
}

TEST_CASE("an operation without resources is denied, whatever was granted") {
  check_no_grant(decide(removing({}), {Sample(1, "/w").unlimited()}));
}

TEST_CASE("a grant permits in the first and in the last second of its window") {
  CHECK(permitted(decide(removing({"/w/a"}), {Sample(1, "/w")}, at(k_start))) == Grants{id(1)});
  CHECK(permitted(decide(removing({"/w/a"}), {Sample(1, "/w")}, at(k_end))) == Grants{id(1)});
}

TEST_CASE("a grant denies one second before and one second after its window") {
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w")}, at(k_start - 1)), DenialKind::not_yet, id(1));
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w")}, at(k_end + 1)), DenialKind::expired, id(1));
}

TEST_CASE("two grants that cover two operands permit together and both lose a use") {
  CHECK(permitted(decide(removing({"/v/a", "/w/a"}), {Sample(1, "/w"), Sample(2, "/v")})).size() == 2);
}

TEST_CASE("one use of a grant covers the whole operation") {
  CHECK(permitted(decide(removing({"/w/a", "/w/b", "/w/c"}), {Sample(1, "/w")})) == Grants{id(1)});
}

TEST_CASE("one use is enough for resources that different scopes of the grant cover") {
  CHECK(permitted(decide(removing({"/v/a", "/w/b"}), {Sample(1, "/w").also("/v")})) == Grants{id(1)});
}

TEST_CASE("all or nothing: one resource without a grant denies, and it alone is lacking") {
  const Denial denial = denied(decide(removing({"/v/a", "/w/a", "/x/a"}), {Sample(1, "/w")}));
  CHECK(denial.kind == DenialKind::no_grant);
  CHECK(denial.lacking == removing({"/v/a", "/x/a"}).resources);
}

TEST_CASE("an item scope does not permit the removal of a tree") {
  check_no_grant(decide(removing({"/w/x.d"}), {Sample(1, "/w/*.d")}));
  CHECK(permitted(decide(removing({"/w/x.d"}), {Sample(1, "/w/*.d/")})) == Grants{id(1)});
}

TEST_CASE("more may be granted than is needed") {
  const Sample wide = Sample(1, "/w").may({Attribute::recursive, Attribute::force});
  CHECK(permitted(decide(removing({"/w/a"}), {wide})) == Grants{id(1)});
}

TEST_CASE("a grant permits until its last use and not once more") {
  CHECK(permitted(decide(removing({"/w/a"}), {Sample(1, "/w").uses(3, 2)})) == Grants{id(1)});
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w").uses(3, 3)}), DenialKind::used_up, id(1));
}

TEST_CASE("a grant used more often than it allows is used up, however high the count") {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w").uses(3, 4)}), DenialKind::used_up, id(1));
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w").uses(3, 1ULL << 32)}), DenialKind::used_up, id(1));
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w").uses(3, most)}), DenialKind::used_up, id(1));
}

TEST_CASE("an unlimited grant permits however often it was used") {
  Sample sample = Sample(1, "/w").unlimited();
  sample.candidate.used = std::numeric_limits<std::uint64_t>::max();
  CHECK(permitted(decide(removing({"/w/a"}), {sample})) == Grants{id(1)});
}

TEST_CASE("a grant bound to the effect that would happen permits") {
  CHECK(permitted(decide(removing({"/w/a"}), {Sample(1, "/w").bound_to(k_shown)})) == Grants{id(1)});
}

TEST_CASE("a grant must be of the present epoch: an earlier one is revoked, a later one out of revocation's reach") {
  CHECK(permitted(decide(removing({"/w/a"}), {Sample(1, "/w").of_epoch(7)})) == Grants{id(1)});
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w").of_epoch(8)}), DenialKind::revoked, id(1));
  check_denied(decide(removing({"/w/a"}), {Sample(1, "/w").of_epoch(6)}), DenialKind::revoked, id(1));
}

// Which grant is taken.

TEST_CASE("an unlimited grant is taken before a bound one, wherever it stands") {
  const Sample bound = Sample(1, "/w").bound_to(k_shown);
  const Sample unlimited = Sample(2, "/w").unlimited();
  CHECK(permitted(decide(removing({"/w/a"}), {bound, unlimited})) == Grants{id(2)});
  CHECK(permitted(decide(removing({"/w/a"}), {unlimited, bound})) == Grants{id(2)});
}

TEST_CASE("a bound grant is taken before a counted one, wherever it stands") {
  const Sample counted = Sample(1, "/w").uses(9, 0);
  const Sample bound = Sample(2, "/w").bound_to(k_shown);
  CHECK(permitted(decide(removing({"/w/a"}), {counted, bound})) == Grants{id(2)});
  CHECK(permitted(decide(removing({"/w/a"}), {bound, counted})) == Grants{id(2)});
}

TEST_CASE("an unlimited grant is taken before a counted one") {
  CHECK(permitted(decide(removing({"/w/a"}), {Sample(1, "/w"), Sample(2, "/w").unlimited()})) ==
        Grants{id(2)});
}

TEST_CASE("of bound grants the one without a count is taken") {
  const Sample once = Sample(1, "/w").bound_to(k_shown);
  const Sample often = Sample(2, "/w").bound_to(k_shown).unlimited();
  CHECK(permitted(decide(removing({"/w/a"}), {once, often})) == Grants{id(2)});
}

TEST_CASE("of grants without a count the one that is not bound is taken") {
  const Sample bound = Sample(1, "/w").bound_to(k_shown).unlimited();
  const Sample unbound = Sample(2, "/w").unlimited();
  CHECK(permitted(decide(removing({"/w/a"}), {bound, unbound})) == Grants{id(2)});
}

TEST_CASE("a bound grant that is stale is passed over for a counted one") {
  CHECK(permitted(decide(removing({"/w/a"}), {Sample(1, "/w").bound_to(k_other), Sample(2, "/w")})) ==
        Grants{id(2)});
}

TEST_CASE("of equal grants the one that ends first is taken") {
  const Sample late = Sample(1, "/w").window(k_start, k_end + 1);
  const Sample early = Sample(2, "/w").window(k_start, k_end);
  CHECK(permitted(decide(removing({"/w/a"}), {late, early})) == Grants{id(2)});
}

TEST_CASE("a grant that is taken for one resource is not joined by another for the next") {
  const Sample both = Sample(1, "/w");
  const Sample second_only = Sample(2, "/w/b").window(k_start, k_now);
  CHECK(permitted(decide(removing({"/w/a", "/w/b"}), {second_only, both})) == Grants{id(1)});
}

TEST_CASE("a bound grant is not spent where a counted one is needed anyhow and covers the same") {
  const Sample bound = Sample(1, "/w/a").bound_to(k_shown);
  const Sample counted = Sample(2, "/w");
  CHECK(permitted(decide(removing({"/w/a", "/w/b"}), {bound, counted})) == Grants{id(2)});
}

TEST_CASE("a counted grant is not spent where unlimited ones cover everything between them") {
  const Sample a = Sample(1, "/w/a").unlimited();
  const Sample b = Sample(2, "/w/b").unlimited();
  CHECK(permitted(decide(removing({"/w/a", "/w/b"}), {Sample(3, "/w"), a, b})) == Grants{id(1), id(2)});
}

TEST_CASE("a grant that is offered twice is spent once") {
  CHECK(permitted(decide(removing({"/w/a", "/w/b"}), {Sample(1, "/w"), Sample(1, "/w")})) == Grants{id(1)});
}

TEST_CASE("two statements with the same id do not add up") {
  const Decision decision = decide(removing({"/w/a", "/w/b"}), {Sample(1, "/w/a"), Sample(1, "/w/b")});
  CHECK(denied(decision).lacking == removing({"/w/b"}).resources);
}

TEST_CASE("a grant that cannot be used does not stand in the way of one that can") {
  const Decision decision =
      decide(removing({"/w/a"}), {Sample(1, "/w").revoked(), Sample(2, "/w").expired(),
                                  Sample(3, "/w").not_yet(), Sample(4, "/w").used_up(), Sample(5, "/w")});
  CHECK(permitted(decision) == Grants{id(5)});
}
