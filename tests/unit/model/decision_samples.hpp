// SPDX-License-Identifier: Apache-2.0
// Candidates, operations and situations for the tests of the decision: all is well with each of them unless a
// test says otherwise.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "libpvm/model/decision.hpp"

namespace pvm::model::test {

inline constexpr std::int64_t k_start = 1000;
inline constexpr std::int64_t k_now = 1500;
inline constexpr std::int64_t k_end = 2000;

template <class Id>
Id numbered(std::uint8_t number) {
  typename Id::Raw raw{};
  raw.back() = number;
  return Id(raw);
}

inline base::GrantId id(std::uint8_t number) {
  return numbered<base::GrantId>(number);
}

inline base::Digest digest(std::uint8_t fill) {
  base::Digest value{};
  value.fill(fill);
  return value;
}

inline const base::Digest k_shown = digest(1);
inline const base::Digest k_other = digest(2);

inline Scope scope(std::string_view pattern) {
  auto parsed = Scope::parse(ScopeType::path, pattern);
  REQUIRE(parsed);
  return std::move(*parsed);
}

/// A candidate that fits, of one use, unless a test says otherwise.
struct Sample {
  Candidate candidate;

  Sample(std::uint8_t number, std::string_view pattern)
      : candidate{{id(number),
                   numbered<base::VaultId>(1),
                   {"claude",
                    Action::rm,
                    {scope(pattern)},
                    {Attribute::recursive},
                    {base::from_unix(k_start), base::from_unix(k_end)}},
                   std::nullopt,
                   std::nullopt,
                   1,
                   7,
                   {},
                   "alice",
                   "cli",
                   ""}} {}

  Sample& also(std::string_view pattern) {
    candidate.grant.terms.scopes.push_back(scope(pattern));
    return *this;
  }
  Sample& may(Attributes attributes) {
    candidate.grant.terms.may = attributes;
    return *this;
  }
  Sample& window(std::int64_t from, std::int64_t to) {
    candidate.grant.terms.window = {base::from_unix(from), base::from_unix(to)};
    return *this;
  }
  Sample& bound_to(const base::Digest& effect) {
    candidate.grant.effect = effect;
    return *this;
  }
  Sample& unlimited() {
    candidate.grant.uses.reset();
    return *this;
  }
  Sample& uses(std::uint32_t most, std::uint64_t used) {
    candidate.grant.uses = most;
    candidate.used = used;
    return *this;
  }
  Sample& used_up() { return uses(1, 1); }
  Sample& revoked() {
    candidate.revocation = Revocation::revoked;
    return *this;
  }
  Sample& of_epoch(std::uint64_t epoch) {
    candidate.grant.epoch = epoch;
    return *this;
  }
  Sample& expired() { return window(k_start, k_now - 1); }
  Sample& not_yet() { return window(k_now + 1, k_end); }
};

inline Operation removing(std::initializer_list<const char*> paths) {
  Operation operation{"claude", Action::rm, {Attribute::recursive}, {}};
  for (const char* path : paths) operation.resources.push_back({path, Extent::tree});
  return operation;
}

inline Situation at(std::int64_t seconds) {
  return {base::from_unix(seconds), numbered<base::VaultId>(1), 7, LockState::open};
}

inline std::vector<Candidate> candidates_of(std::initializer_list<Sample> samples) {
  std::vector<Candidate> candidates;
  for (const Sample& sample : samples) candidates.push_back(sample.candidate);
  return candidates;
}

inline Decision decide(const Operation& operation, std::initializer_list<Sample> samples,
                       const Situation& situation = at(k_now), std::optional<base::Digest> effect = k_shown) {
  return authorize(operation, effect, candidates_of(samples), situation);
}

using Grants = std::vector<base::GrantId>;

/// The grants of the permit; the test fails on a denial.
inline Grants permitted(const Decision& decision) {
  REQUIRE(std::holds_alternative<Permit>(decision));
  return std::get<Permit>(decision).grants();
}

/// The denial; the test fails on a permit.
inline Denial denied(const Decision& decision) {
  REQUIRE(std::holds_alternative<Denial>(decision));
  return std::get<Denial>(decision);
}

inline void check_denied(const Decision& decision, DenialKind kind, std::optional<base::GrantId> grant) {
  const Denial denial = denied(decision);
  CHECK(to_text(denial.kind) == to_text(kind));
  CHECK(denial.grant == grant);
}

inline void check_no_grant(const Decision& decision) {
  check_denied(decision, DenialKind::no_grant, std::nullopt);
}

}  // namespace pvm::model::test
