// SPDX-License-Identifier: Apache-2.0
// Decisions: uses, revocation, lock, clock, and what the log says of them.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>

#include "vault_fixture.hpp"

using namespace pvm;
using namespace pvm::test;

TEST_CASE("without a grant the answer is no, and it is in the log") {
  TestVault vault;
  CHECK(denial_of(vault.decide(wish_for("/w/build"))) == "no-grant");
  const auto entries = vault.entries();
  REQUIRE(entries.size() == 2);
  CHECK(entries[1].type == vault::EntryType::decision);
  CHECK(entries[1].decision == "deny");
  CHECK(entries[1].agent == "claude");
  CHECK(entries[1].scope == "/w/build");
}

TEST_CASE("a grant of one use gives one receipt") {
  TestVault vault;
  vault.store(vault.grant_for("/w/build"));
  CHECK(is_receipt(vault.decide(wish_for("/w/build"))));
  CHECK(denial_of(vault.decide(wish_for("/w/build"))) == "no-grant");  // used up ones are no candidates
  const auto entries = vault.entries();
  CHECK(entries[entries.size() - 2].decision == "allow");
  CHECK(entries.back().decision == "deny");
}

TEST_CASE("a candidate read before another process used the grant up is refused under the lock") {
  TestVault vault;
  vault.store(vault.grant_for("/w/build"));
  const auto wish = wish_for("/w/build");
  auto candidates = vault->find_candidates(wish.operation, k_noon);
  REQUIRE(candidates);
  REQUIRE(candidates->grants.size() == 1);
  CHECK(is_receipt(vault.decide(wish)));

  auto grant = model::decode_grant(candidates->grants[0].statement);
  REQUIRE(grant);
  const vault::Question question{wish.operation, wish.invocation, wish.effect, wish.summary};
  CHECK(denial_of(vault->decide(question, candidates->generation, {{*grant, 0, model::Revocation::none}}, k_noon)) ==
        "used-up");
}

TEST_CASE("a decision on candidates of an older generation must look again") {
  TestVault vault;
  vault.store(vault.grant_for("/w/build"));
  const auto wish = wish_for("/w/build");
  auto candidates = vault->find_candidates(wish.operation, k_noon);
  REQUIRE(candidates);
  REQUIRE(vault->revoke(candidates->grants[0].id, k_noon));
  auto grant = model::decode_grant(candidates->grants[0].statement);
  REQUIRE(grant);
  const vault::Question question{wish.operation, wish.invocation, wish.effect, wish.summary};
  const auto decided =
      vault->decide(question, candidates->generation, {{*grant, 0, model::Revocation::none}}, k_noon);
  REQUIRE_FALSE(decided.has_value());
  CHECK(decided.error().code == base::Code::conflict);
}

TEST_CASE("a grant whose row went away permits nothing, whatever the caller believes") {
  TestVault vault;
  const auto grant = vault.grant_for("/w/build");
  const auto wish = wish_for("/w/build");
  auto candidates = vault->find_candidates(wish.operation, k_noon);
  REQUIRE(candidates);
  const vault::Question question{wish.operation, wish.invocation, wish.effect, wish.summary};
  CHECK(denial_of(vault->decide(question, candidates->generation, {{grant, 0, model::Revocation::none}}, k_noon)) ==
        "revoked");
}

TEST_CASE("one single-use grant raced by 100 processes gives one receipt") {
  TestVault vault;
  vault.store(vault.grant_for("/w/build"));
  const std::string directory = vault.directory().path();
  vault.close();
  constexpr int k_racers = 100;
  std::vector<pid_t> children;
  for (int i = 0; i < k_racers; ++i) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto mine = vault::open_vault(directory, vault::Sharing::own);
      if (!mine) ::_exit(3);
      const auto wish = wish_for("/w/build");
      for (int tries = 0; tries < 50; ++tries) {
        auto candidates = (*mine)->find_candidates(wish.operation, k_noon);
        if (!candidates) ::_exit(3);
        std::vector<model::Candidate> believed;
        for (const auto& stored : candidates->grants) {
          believed.push_back({*model::decode_grant(stored.statement), stored.used, model::Revocation::none});
        }
        const vault::Question question{wish.operation, wish.invocation, wish.effect, wish.summary};
        auto decided = (*mine)->decide(question, candidates->generation, believed, k_noon);
        if (!decided && decided.error().code == base::Code::conflict) continue;
        if (!decided) ::_exit(4);
        ::_exit(std::holds_alternative<vault::Receipt>(*decided) ? 0 : 1);
      }
      ::_exit(5);
    }
    children.push_back(child);
  }
  int receipts = 0;
  int denials = 0;
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 0) ++receipts;
    if (WEXITSTATUS(status) == 1) ++denials;
  }
  CHECK(receipts == 1);
  CHECK(denials == k_racers - 1);
  auto again = vault::open_vault(directory, vault::Sharing::own);
  REQUIRE(again);
  auto report = (*again)->verify_log(TestVault::believing(), {});
  REQUIRE(report);
  CHECK(report->faults.empty());
  CHECK(report->head.size == 2 + k_racers);
}

TEST_CASE("a revoked grant is refused, one by one, by agent and all at once") {
  TestVault vault;
  const auto first = vault.grant_for("/w/a");
  vault.store(first);
  REQUIRE(vault->revoke(first.id, k_noon));
  CHECK(denial_of(vault.decide(wish_for("/w/a"))) == "no-grant");

  vault.store(vault.grant_for("/w/b"));
  CHECK(vault->revoke_agent("somebody-else", k_noon).value_or(99) == 0);
  CHECK(vault->revoke_agent("claude", k_noon).value_or(99) == 1);
  CHECK(denial_of(vault.decide(wish_for("/w/b"))) == "no-grant");

  vault.store(vault.grant_for("/w/c"));
  CHECK(vault->revoke_all(k_noon).value_or(99) == 1);
  CHECK(denial_of(vault.decide(wish_for("/w/c"))) == "revoked");

  const auto fresh = vault.grant_for("/w/c");
  vault.store(fresh);
  CHECK(is_receipt(vault.decide(wish_for("/w/c"))));
}

TEST_CASE("a grant made before revoke --all cannot be stored after it") {
  TestVault vault;
  const auto grant = vault.grant_for("/w/a");
  REQUIRE(vault->revoke_all(k_noon));
  auto text = model::encode(grant);
  REQUIRE(text);
  const auto stored = vault->store_grant({grant, *text, "s", false}, "", k_noon);
  REQUIRE_FALSE(stored.has_value());
  CHECK(stored.error().code == base::Code::conflict);
}

TEST_CASE("a grant is stored once, and only in its own vault") {
  TestVault vault;
  TestVault other;
  const auto grant = vault.grant_for("/w/a");
  vault.store(grant);
  auto text = model::encode(grant);
  REQUIRE(text);
  CHECK_FALSE(vault->store_grant({grant, *text, "s", false}, "", k_noon).has_value());
  CHECK_FALSE(other->store_grant({grant, *text, "s", false}, "", k_noon).has_value());
}

TEST_CASE("a locked vault refuses whatever the grants say, until it is unlocked") {
  TestVault vault;
  vault.store(vault.grant_for("/w/a"));
  REQUIRE(vault->lock("stop now", k_noon));
  CHECK(denial_of(vault.decide(wish_for("/w/a"))) == "locked");
  const auto status = vault->lock_status();
  REQUIRE(status);
  CHECK(status->state == model::LockState::locked);
  CHECK(status->reason == "stop now");
  CHECK_FALSE(vault->unlock("00", "t", "s", "alice", k_noon).has_value());
  REQUIRE(vault->unlock(status->id, "t", "s", "alice", k_noon));
  CHECK_FALSE(vault->unlock(status->id, "t", "s", "alice", k_noon).has_value());
  CHECK(is_receipt(vault.decide(wish_for("/w/a"))));
}

TEST_CASE("panic locks, revokes and cancels in one go") {
  TestVault vault;
  vault.store(vault.grant_for("/w/a"));
  const auto filed = vault->file_request(request_for(wish_for("/w/b")), k_noon);
  REQUIRE(filed);
  REQUIRE(vault->panic("leak", k_noon));
  CHECK(vault->request(filed->request.id, k_noon)->state == vault::RequestState::cancelled);
  CHECK(vault->lock_status()->state == model::LockState::locked);
  CHECK(vault->grants({std::nullopt, k_noon, 10})->empty());
  CHECK(vault.verified().faults.empty());
}

TEST_CASE("a clock behind the log refuses decisions and grants, but not what takes permission away") {
  TestVault vault;
  const auto grant = vault.grant_for("/w/a");
  vault.store(grant);
  const auto past = k_noon - base::Seconds(61);
  const auto decided = vault.decide(wish_for("/w/a"), past);
  REQUIRE_FALSE(decided.has_value());
  CHECK(decided.error().code == base::Code::clock);
  const auto late = vault.grant_for("/w/b");
  auto text = model::encode(late);
  REQUIRE(text);
  CHECK(vault->store_grant({late, *text, "s", false}, "", past).error().code == base::Code::clock);
  CHECK(vault->revoke(grant.id, past).has_value());
  CHECK(vault->lock("stop", past).has_value());

  TestVault tolerant;
  tolerant.store(tolerant.grant_for("/w/a"));
  CHECK(denial_of(tolerant.decide(wish_for("/w/a"), k_noon - base::Seconds(60))) == "not-yet");
}

TEST_CASE("an outcome refers to its receipt") {
  TestVault vault;
  vault.store(vault.grant_for("/w/a"));
  auto decided = vault.decide(wish_for("/w/a"));
  REQUIRE(is_receipt(decided));
  const auto entry = std::get<vault::Receipt>(*decided).entry();
  REQUIRE(vault->record_outcome(entry, "claude", "exit 0", k_noon));
  const auto last = vault.entries().back();
  CHECK(last.type == vault::EntryType::outcome);
  CHECK(last.details == "entry=" + std::to_string(entry) + " outcome=exit%200");
}

TEST_CASE("a -wal or -shm file taken away while the vault is open makes a receipt impossible") {
  for (const char* suffix : {"-wal", "-shm"}) {
    TestVault vault;
    vault.store(vault.grant_for("/w/a"));
    REQUIRE(::unlink((vault.file() + suffix).c_str()) == 0);
    const auto decided = vault.decide(wish_for("/w/a"));
    CAPTURE(suffix);
    REQUIRE_FALSE(decided.has_value());
    CHECK(decided.error().code == base::Code::unsafe);
  }
}

TEST_CASE("a -wal file replaced by a copy makes a receipt impossible") {
  TestVault vault;
  vault.store(vault.grant_for("/w/a"));
  const std::string copy = contents_of(vault.file() + "-wal");
  REQUIRE(::unlink((vault.file() + "-wal").c_str()) == 0);
  vault.directory().write("vault.db-wal", copy);
  CHECK_FALSE(is_receipt(vault.decide(wish_for("/w/a"))));
}

TEST_CASE("a descriptor inherited on the replaced -wal file does not stand for SQLite's own") {
  for (const char* suffix : {"-wal", "-shm"}) {
    TestVault vault;
    vault.store(vault.grant_for("/w/a"));
    const std::string path = vault.file() + suffix;
    REQUIRE(::rename(path.c_str(), (path + ".aside").c_str()) == 0);
    const int inherited = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);  // as exec leaves it: not close-on-exec
    REQUIRE(inherited >= 0);
    const auto decided = vault.decide(wish_for("/w/a"));
    ::close(inherited);
    CAPTURE(suffix);
    REQUIRE_FALSE(decided.has_value());
    CHECK(decided.error().code == base::Code::unsafe);
  }
}

TEST_CASE("a row that shows as another agent's, or as ended, permits nothing") {
  for (const char* sql : {"UPDATE grants SET agent = 'nobody'", "UPDATE grants SET not_after = 0",
                          "UPDATE grants SET action = 'push'"}) {
    TestVault vault;
    vault.store(vault.grant_for("/w/a"));
    vault.tamper(sql);
    CAPTURE(sql);
    CHECK(denial_of(vault.decide(wish_for("/w/a"))) == "no-grant");
  }
}

TEST_CASE("operands may stand on different grants, and one without spends none") {
  TestVault vault;
  const auto first = vault.grant_for("/w/a");
  const auto second = vault.grant_for("/w/b");
  vault.store(first);
  vault.store(second);
  auto both = wish_for("/w/a");
  both.operation.resources = {{"/w/a", model::Extent::tree}, {"/w/b", model::Extent::tree}};
  auto three = both;
  three.operation.resources.push_back({"/w/c", model::Extent::tree});
  CHECK(denial_of(vault.decide(three)) == "no-grant");
  CHECK(vault->grant(first.id)->used == 0);
  CHECK(is_receipt(vault.decide(both)));
  CHECK(vault->grant(first.id)->used == 1);
  CHECK(vault->grant(second.id)->used == 1);
}

TEST_CASE("a row too many in the index hides no grant") {
  for (const char* change : {"not_after + 9", "not_after - 9"}) {
    TestVault vault;
    vault.store(vault.grant_for("/w/a"));
    vault.tamper("INSERT INTO grant_anchors SELECT agent, action, anchor, " + std::string(change) +
                 ", grant_id FROM grant_anchors");
    CAPTURE(change);
    CHECK(is_receipt(vault.decide(wish_for("/w/a"))));
  }
}

TEST_CASE("of many operands each is looked for as one alone is") {
  TestVault vault;
  for (const char* path : {"/w/d/f000", "/w/d/f007", "/w/d/f150", "/w/d/f199", "/w", "/v", "/w/a", "/w/d/f",
                           "/w/d/f0001", "/w/d/f200", "/x"}) {
    vault.store(vault.grant_for(path));
  }
  auto wish = wish_for("/w/d/f000");
  wish.operation.resources.clear();
  for (int number = 0; number < 200; ++number) {
    const std::string digits = std::to_string(1000 + number).substr(1);
    wish.operation.resources.push_back({"/w/d/f" + digits, model::Extent::item});
  }
  const auto found = vault->find_candidates(wish.operation, k_noon);
  REQUIRE(found);
  std::set<std::string> names;
  for (const vault::StoredGrant& grant : found->grants) {
    const auto text = model::decode_grant(grant.statement);
    REQUIRE(text);
    names.insert(text->terms.scopes.front().pattern());
  }
  CHECK(names == std::set<std::string>{"/w", "/w/d/f000", "/w/d/f007", "/w/d/f150", "/w/d/f199"});
}

TEST_CASE("a grant for every agent of a program permits those, and no agent of another") {
  TestVault vault;
  model::Grant wide = vault.grant_for("/w/build");
  wide.uses = 5;
  wide.terms.agent = "claude@*";
  vault.store(wide);
  CHECK(is_receipt(vault.decide(wish_for("/w/build", 3, "claude@~/app"))));
  CHECK(is_receipt(vault.decide(wish_for("/w/build", 3, "claude@"))));
  CHECK(denial_of(vault.decide(wish_for("/w/build", 3, "claude"))) == "no-grant");
  CHECK(denial_of(vault.decide(wish_for("/w/build", 3, "codex@~/app"))) == "no-grant");
}

TEST_CASE("a grant for every agent permits each, and revoking one agent's leaves it") {
  TestVault vault;
  model::Grant wide = vault.grant_for("/w/build");
  wide.uses = 5;
  wide.terms.agent = "*";
  vault.store(wide);
  CHECK(is_receipt(vault.decide(wish_for("/w/build", 3, "codex"))));
  const auto own = vault->revoke_agent("codex", k_noon);
  REQUIRE(own);
  CHECK(*own == 0);
  CHECK(is_receipt(vault.decide(wish_for("/w/build", 3, "codex"))));
  vault::GrantFilter filter;
  filter.agent = "anyone@here";
  const auto listed = vault->grants(filter);
  REQUIRE_MESSAGE(listed.has_value(), listed.error().message);
  CHECK(listed->size() == 1);
  CHECK(vault->revoke_agent("*", k_noon));
  CHECK(denial_of(vault.decide(wish_for("/w/build", 3, "codex"))) == "no-grant");
}

TEST_CASE("an index that leads to a grant by another agent's pattern than its own leads nowhere") {
  TestVault vault;
  model::Grant narrow = vault.grant_for("/w/build");
  narrow.uses = 5;
  narrow.terms.agent = "claude@~/app";
  vault.store(narrow);
  vault.close();
  {
    auto database = vault::Database::open(vault.file(), vault::OpenMode::existing);
    REQUIRE(database);
    REQUIRE(database->execute("UPDATE grant_anchors SET agent = '*'"));
  }
  auto again = vault.reopen();
  REQUIRE(again);
  vault.adopt(std::move(*again));
  CHECK(denial_of(vault.decide(wish_for("/w/build", 3, "codex"))) == "no-grant");
  CHECK(denial_of(vault.decide(wish_for("/w/build", 3, "claude@~/app"))) == "no-grant");
}
