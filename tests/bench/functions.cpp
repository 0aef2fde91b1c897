// SPDX-License-Identifier: Apache-2.0
// functions FEW MANY GRANTED [--benchmark_…]: what single functions cost, by Google Benchmark.
//
// FEW and MANY are vaults of fill_vault with a grant for what is beneath GRANTED. The names:
//   lookup/granted/few    candidates for a path with a grant, from a vault held open (denied: without one)
//   hostile/NAME/1, /2    a pattern made to be slow, over a name that it just does not match; in /2 the
//                         pattern is twice as long; NAME_tree: over that name with all beneath it
//   both/NAME/1, /2       the same, but in /2 the name is twice as long, too
//   and one for each of the other functions on the way of a call
// A benchmark whose function does not give what it should is an error in its report.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libpvm/base/time.hpp"
#include "libpvm/crypto/allowed_signers.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/gate/trust.hpp"
#include "libpvm/model/redact.hpp"
#include "libpvm/model/scope.hpp"
#include "libpvm/system/safe_file.hpp"
#include "libpvm/vault/audit.hpp"
#include "libpvm/vault/vault.hpp"

namespace {

using namespace pvm;
using benchmark::State;

// ---- hostile patterns ---------------------------------------------------------------------------

constexpr std::size_t k_pattern_bytes = 2000;  // twice that is the longest a scope can be
constexpr std::size_t k_name_bytes = 4000;

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() + piece.size() <= bytes) text += piece;
  return text;
}

/// A pattern of about so many bytes: pieces between a head and a tail; and the pieces of the name.
struct Hostile {
  const char* name;
  const char* head;
  const char* piece;
  const char* tail;
  const char* of_name;
};
constexpr std::array<Hostile, 7> k_hostile = {{
    {"stars", "/**/", "a*", "b", "a"},
    {"stars_in_each", "/", "**/a*a*a*b/", "c", "aaaaaaaaaaaaaaa/"},
    {"any_names", "/", "**/a/", "b", "a/"},
    {"any_names_and_stars", "/", "**/*a*/", "b", "aa/"},
    {"question_marks", "/**/*", "?", "b", "a"},
    {"sets", "/**/", "*[!b-y]", "z", "a"},
    {"classes", "/**/", "*[[:alpha:]a-z]", "0", "a"},
}};

std::string pattern_of(const Hostile& hostile, std::size_t bytes) {
  return hostile.head + repeated(hostile.piece, bytes - 10) + hostile.tail;
}

std::string name_of(const Hostile& hostile, std::size_t bytes) {
  std::string name = "/" + repeated(hostile.of_name, bytes);
  if (name.ends_with('/')) name.pop_back();
  return name;
}

void match(State& state, const std::string& pattern, const model::Resource& resource) {
  const auto scope = model::Scope::parse(model::ScopeType::path, pattern);
  if (!scope) return state.SkipWithError(scope.error().message.c_str());
  bool is_covered = false;
  for (auto _ : state) benchmark::DoNotOptimize(is_covered = scope->covers(resource));
  if (is_covered) state.SkipWithError("the pattern covers what it should not");
}

void add_match(const std::string& name, const std::string& pattern, model::Extent extent,
               const std::string& matched) {
  benchmark::RegisterBenchmark(name.c_str(), match, pattern, model::Resource{matched, extent});
}

void add_hostile() {
  for (const Hostile& hostile : k_hostile) {
    const std::string long_name = name_of(hostile, 2 * k_name_bytes);
    for (const std::size_t times : {std::size_t{1}, std::size_t{2}}) {
      const std::string name = hostile.name;
      const std::string end = "/" + std::to_string(times);
      const std::string pattern = pattern_of(hostile, k_pattern_bytes * times);
      add_match("hostile/" + name + end, pattern, model::Extent::item, long_name);
      add_match("hostile/" + name + "_tree" + end, pattern, model::Extent::tree, long_name);
      add_match("both/" + name + end, pattern, model::Extent::item, name_of(hostile, times * k_name_bytes));
    }
  }
}

// ---- the vault ----------------------------------------------------------------------------------

using SharedVault = std::shared_ptr<vault::Vault>;

model::Operation removal_of(const std::string& path) {
  return {"bench", model::Action::rm, {}, {{path, model::Extent::item}}};
}

void look_up(State& state, const SharedVault& vault, const std::string& path, std::size_t expected) {
  const model::Operation operation = removal_of(path);
  const base::UnixTime now = base::SystemClock().now();
  for (auto _ : state) {
    const auto found = vault->find_candidates(operation, now);
    if (!found) return state.SkipWithError(found.error().message.c_str());
    if (found->grants.size() != expected) return state.SkipWithError("other candidates than there are");
  }
}

void verify_grant(State& state, const vault::StoredGrant& stored, const gate::Signers& signers) {
  const base::UnixTime now = base::SystemClock().now();
  for (auto _ : state) {
    const auto candidate = gate::verify_stored(stored, signers, now);
    if (!candidate) return state.SkipWithError(candidate.error().message.c_str());
  }
}

base::Result<gate::Signers> read_signers(const std::string& directory) {
  constexpr std::size_t k_longest = 65536;
  const auto text =
      system::read_checked_file(directory + "/allowed_signers", system::Guard::own_or_root, k_longest);
  if (!text) return base::pass_on(text);
  return crypto::parse_allowed_signers(*text);
}

base::Result<void> add_lookups(const SharedVault& vault, const std::string& name,
                               const std::string& granted) {
  const auto found = vault->find_candidates(removal_of(granted), base::SystemClock().now());
  if (!found) return base::pass_on(found);
  if (found->grants.size() != 1) return base::fail(base::Code::missing, "no grant, or several: " + granted);
  benchmark::RegisterBenchmark(("lookup/granted/" + name).c_str(), look_up, vault, granted, 1);
  benchmark::RegisterBenchmark(("lookup/denied/" + name).c_str(), look_up, vault, "/srv/none/victim", 0);
  return {};
}

base::Result<void> add_verification(const SharedVault& vault, const std::string& directory,
                                    const std::string& granted) {
  auto found = vault->find_candidates(removal_of(granted), base::SystemClock().now());
  if (!found) return base::pass_on(found);
  const auto signers = read_signers(directory);
  if (!signers) return base::pass_on(signers);
  benchmark::RegisterBenchmark("verify_grant", verify_grant, found->grants.at(0), *signers);
  return {};
}

base::Result<void> add_vaults(const std::string& few, const std::string& many, const std::string& granted) {
  const std::string file = granted + "/victim";
  auto small = vault::open_vault(few, vault::Sharing::own);
  if (!small) return base::pass_on(small);
  auto large = vault::open_vault(many, vault::Sharing::own);
  if (!large) return base::pass_on(large);
  const SharedVault shared(std::move(*small));
  if (auto done = add_lookups(shared, "few", file); !done) return done;
  if (auto done = add_lookups(std::move(*large), "many", file); !done) return done;
  return add_verification(shared, few, file);
}

// ---- the rest -----------------------------------------------------------------------------------

void add_function(const char* name, const std::function<std::size_t()>& call) {
  benchmark::RegisterBenchmark(name, [call](State& state) {
    std::size_t size = 0;
    for (auto _ : state) benchmark::DoNotOptimize(size = call());
    if (size == 0) state.SkipWithError("it gave nothing");
  });
}

vault::AuditEntry an_entry() {
  vault::AuditEntry entry;
  entry.entry = 123'456;
  entry.time = base::from_unix(1'790'000'000);
  entry.type = vault::EntryType::decision;
  entry.agent = "bench";
  entry.scope = "/home/alice/app/src/module_12/unit.cpp";
  entry.decision = "deny";
  entry.details = vault::Details()
                      .add("action", "rm")
                      .add("why", "no-grant")
                      .add("command", "rm -f src/module_12/unit.cpp")
                      .add("cwd", "/home/alice/app")
                      .text();
  return entry;
}

void add_functions() {
  add_function("sha256_1KiB", [text = std::string(1024, 'x')] { return crypto::sha256(text).size(); });
  add_function("encode_record", [entry = an_entry()] { return vault::encode_record(entry).size(); });
  add_function("redact", [] {
    return model::redact(
               "curl -H 'Authorization: Bearer abcdef0123456789' https://host/path -o src/module_12/unit.cpp")
        .size();
  });
  add_function("parse_scope", [] {
    const auto scope = model::Scope::parse(model::ScopeType::path, "/home/alice/app/build/**/*.[oa]");
    return scope ? scope->pattern().size() : 0;
  });
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 4) {
    std::fputs("usage: functions FEW MANY GRANTED [--benchmark_...]\n", stderr);
    return 2;
  }
  if (const auto done = add_vaults(argv[1], argv[2], argv[3]); !done) {
    std::fprintf(stderr, "functions: %s\n", done.error().message.c_str());
    return 1;
  }
  add_hostile();
  add_functions();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
