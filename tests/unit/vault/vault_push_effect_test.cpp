// SPDX-License-Identifier: Apache-2.0
// What a vault keeps of what a push would move.
#include <doctest/doctest.h>

#include <algorithm>

#include "libpvm/vault/audit.hpp"
#include "tests/unit/vault/vault_fixture.hpp"

namespace pvm::test {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

model::Effect effect_of_push() {
  const std::string a(40, 'a');
  const std::string b(40, 'b');
  model::Effect effect;
  effect.pushes = {{"https://h/p", "https://h/p", "/w", model::PushKind::plain,
                    {{model::Movement::forced, a, b, "refs/heads/main"}, {model::Movement::deletion, a, "", "refs/heads/old"}, {model::Movement::creation, "", b, "refs/heads/z"}}}};
  effect.code = {{"core.sshCommand", "ssh -F x"}};
  return effect;
}

vault::Wish push_wish(const model::Effect& effect = effect_of_push()) {
  return gate::make_wish(model::operation_of(effect.pushes, "claude"), {"/w", {"git", "push", "-f", "--all"}}, effect);
}

Values only(const std::string& details, const std::vector<std::string>& names) {
  Values values = vault::read_details(details);
  std::erase_if(values, [&names](const auto& value) { return std::ranges::find(names, value.first) == names.end(); });
  return values;
}

const std::vector<std::string> k_counts = {"refs", "overwritten", "files", "directories", "bytes"};

TEST_CASE("a request for a push is read as it was filed: refs, those overwritten, manifest and digest") {
  TestVault vault;
  const vault::Wish wish = push_wish();
  CHECK(wish.summary.refs == 3);
  CHECK(wish.summary.overwritten == 2);
  const auto filed = vault->file_request(request_for(wish), k_noon);
  REQUIRE_MESSAGE(filed.has_value(), filed.error().message);
  const auto read = vault->request(filed->request.id, k_noon);
  REQUIRE(read.has_value());
  CHECK(read->wish.summary == wish.summary);
  CHECK(read->wish.operation == wish.operation);
  CHECK(read->wish.effect == wish.effect);
  CHECK(model::effect_from_manifest(read->wish.manifest).value() == effect_of_push());
}

TEST_CASE("the same push joins the pending request, another one does not") {
  TestVault vault;
  const auto first = vault->file_request(request_for(push_wish()), k_noon);
  const auto again = vault->file_request(request_for(push_wish()), k_noon);
  REQUIRE((first.has_value() && again.has_value()));
  CHECK(first->request.id == again->request.id);
  model::Effect other = effect_of_push();
  other.pushes[0].updates[0].new_id = std::string(40, 'c');
  const auto changed = vault->file_request(request_for(push_wish(other)), k_noon);
  REQUIRE(changed.has_value());
  CHECK(changed->request.id != first->request.id);
  other = effect_of_push();
  other.code.clear();
  CHECK(push_wish(other).effect != push_wish().effect);
}

TEST_CASE("counts that a push cannot have are not read, and a negative one is no huge one") {
  TestVault vault;
  const auto filed = vault->file_request(request_for(push_wish()), k_noon);
  REQUIRE(filed.has_value());
  vault.tamper("UPDATE requests SET bytes = 77, files = -1, directories = -9223372036854775808");
  const auto read = vault->request(filed->request.id, k_noon);
  REQUIRE(read.has_value());
  CHECK(read->wish.summary == model::EffectSummary{});
}

TEST_CASE("the log says of a push how many refs it moves and overwrites") {
  TestVault vault;
  REQUIRE(vault->file_request(request_for(push_wish()), k_noon).has_value());
  REQUIRE(vault.decide(push_wish()).has_value());  // no
  const auto entries = vault.entries();
  int seen = 0;
  for (const auto& entry : entries) {
    if (entry.type != vault::EntryType::request && entry.type != vault::EntryType::decision) continue;
    ++seen;
    CHECK(only(entry.details, k_counts) == Values{{"refs", "3"}, {"overwritten", "2"}});
    CHECK(entry.scope.find("https://h/p#refs/heads/old") != std::string::npos);
  }
  CHECK(seen == 2);
}

TEST_CASE("the log says of what is removed what it said before") {
  TestVault vault;
  REQUIRE(vault->file_request(request_for(wish_for("/w/a")), k_noon).has_value());
  CHECK(only(vault.entries().back().details, k_counts) == Values{{"files", "1"}, {"directories", "1"}, {"bytes", "3"}});
  vault::Details details;
  details.add(model::EffectSummary{1, 2, 3, model::Completeness::whole, 0, 0});
  CHECK(details.text() == "files=1 directories=2 bytes=3");
  vault::Details push;
  push.add(model::EffectSummary{0, 0, 0, model::Completeness::whole, 5, 0});
  CHECK(push.text() == "refs=5 overwritten=0");
}

}  // namespace
}  // namespace pvm::test
