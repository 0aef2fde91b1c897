// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/ui/push_lines.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace {

using namespace pvm;
using model::Movement;
using pvmctl::approval::Commits;
using pvmctl::approval::UpdateFacts;

const std::string k_a(40, 'a');
const std::string k_b(40, 'b');

model::Effect an_effect(std::vector<model::RefUpdate> updates) {
  model::Effect effect;
  effect.pushes = {{"ssh://h/p", "u@h:p", "/home/u/src/app", model::PushKind::plain, std::move(updates)}};
  return effect;
}

std::string lines(const model::Effect& effect, const std::vector<UpdateFacts>& facts = {}) {
  return pvmctl::ui::push_lines(effect, facts, "/home/u", pvmctl::ui::Colour(system::Environment(), pvmctl::ui::Stream::other));
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a card says where to, which refs, what goes out, what would be lost, and what would run") {
  model::Effect effect = an_effect({{Movement::forced, k_a, k_b, "refs/heads/main"}, {Movement::creation, "", k_b, "refs/tags/v1"}});
  effect.code = {{"core.sshCommand", "ssh -F x"}};
  const std::vector<UpdateFacts> facts = {{"ssh://h/p#refs/heads/main", Commits{3, {"bbbbbbbbbb Mend the parser"}}, Commits{1, {"aaaaaaaaaa Add a test"}}, false}};
  CHECK(lines(effect, facts) ==
        "  to u@h:p, from ~/src/app\n"
        "    refs/heads/main  forced, aaaaaaaaaa -> bbbbbbbbbb\n"
        "      3 commits go out:\n"
        "        bbbbbbbbbb Mend the parser\n"
        "        and 2 more\n"
        "      ! 1 commit would be lost:\n"
        "        aaaaaaaaaa Add a test\n"
        "    refs/tags/v1  new, bbbbbbbbbb\n"
        "  ! runs core.sshCommand: ssh -F x\n");
}

TEST_CASE("what cannot be told is said to be so, and is never nothing") {
  const model::Effect effect = an_effect({{Movement::deletion, k_a, "", "refs/heads/x"}});
  CHECK(has(lines(effect, {{"ssh://h/p#refs/heads/x", std::nullopt, std::nullopt, true}}), "! what would be lost cannot be told: it was never fetched here\n"));
  CHECK(has(lines(effect, {{"ssh://h/p#refs/heads/x", std::nullopt, Commits{0, {}}, false}}), "no commit would be lost\n"));
  CHECK_FALSE(has(lines(effect), "lost"));
  CHECK_FALSE(has(lines(effect, {{"ssh://h/p#refs/heads/other", std::nullopt, Commits{0, {}}, false}}), "lost"));
}

TEST_CASE("a mirror says what it is") {
  model::Effect effect = an_effect({{Movement::deletion, k_a, "", "refs/heads/x"}});
  CHECK_FALSE(has(lines(effect), "mirror"));
  effect.pushes[0].kind = model::PushKind::mirror;
  CHECK(has(lines(effect), ", as a mirror: what is not here goes there too\n"));
}

TEST_CASE("no byte from outside makes a line of its own or dresses the terminal") {
  model::Effect effect = an_effect({{Movement::forced, k_a, k_b, "refs/heads/\n! x\x1b[2J"}});
  effect.pushes[0].url = "h:\n  to elsewhere\xE2\x80\xAE";
  effect.pushes[0].repository = "/home/u/\x07\n";
  effect.code = {{"a\nb", "\x1b]0;x\x07\n"}};
  const std::vector<UpdateFacts> facts = {{model::resource_of(effect.pushes[0], effect.pushes[0].updates[0]), Commits{1, {"bb \x1b[31m\rred\n"}}, Commits{1, {"aa \xC2\x9B\n"}}, false}};
  const std::string text = lines(effect, facts);
  CHECK(std::count(text.begin(), text.end(), '\n') == 7);
  for (const char c : text) CHECK_FALSE((c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)));
  CHECK_FALSE(has(text, "\xE2\x80\xAE"));
  CHECK_FALSE(has(text, "\xC2\x9B"));
}

TEST_CASE("of many refs a hundred are named, over all that is pushed to, and what may lose something before the others") {
  std::vector<model::RefUpdate> updates;
  for (int i = 0; i < 1020; ++i) updates.push_back({Movement::creation, "", k_a, "refs/heads/" + std::to_string(i)});
  model::Effect effect = an_effect(updates);
  effect.pushes.push_back(effect.pushes[0]);
  effect.pushes[0].updates.resize(20);
  const std::string text = lines(effect);
  CHECK(std::count(text.begin(), text.end(), '\n') == 103);
  CHECK(has(text, "    and 940 more refs\n"));
  effect.pushes[1].updates.push_back({Movement::forced, k_a, k_b, "refs/heads/zz"});
  CHECK(has(lines(effect), "    refs/heads/zz  forced"));
  effect.pushes[0].updates.assign(100, {Movement::deletion, k_a, "", "refs/heads/gone"});
  CHECK(has(lines(effect), "! of these 1 are forced, deleted or tags\n"));
}

TEST_CASE("a long URL or ref is cut; of a program only what no screen would show, and that is said") {
  model::Effect effect = an_effect({{Movement::creation, "", k_a, "refs/" + std::string(5000, 'r')}});
  effect.pushes[0].url = std::string(5000, 'u');
  effect.code = {{std::string(5000, 'w'), std::string(5000, 'v')}};
  CHECK(lines(effect).size() < 6000);
  CHECK(has(lines(effect), "! and more that does not fit here\n"));
}
