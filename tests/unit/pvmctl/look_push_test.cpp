// SPDX-License-Identifier: Apache-2.0
// Looking at a request to push: only the agent's git knows the other side, so what is signed is of what is shown.
#include <doctest/doctest.h>

#include "libpvm/crypto/sha256.hpp"
#include "libpvm/gate/decide.hpp"
#include "pvmctl/approval/look.hpp"

namespace {

using namespace pvm;
using model::Movement;
using pvmctl::approval::look_at;
using pvmctl::approval::View;

const std::string k_a(40, 'a');
const std::string k_b(40, 'b');

model::Effect an_effect() {
  model::Effect effect;
  effect.pushes = {{"ssh://h/p", "h:p", "/w", model::PushKind::plain, {{Movement::forced, k_a, k_b, "refs/heads/main"}, {Movement::creation, "", k_b, "refs/tags/v"}}}};
  effect.code = {{"core.sshCommand", "ssh -F x"}};
  return effect;
}

vault::Request a_request() {
  const model::Effect effect = an_effect();
  base::RequestId::Raw raw{};
  raw.fill(5);
  vault::Request request{base::RequestId(raw), vault::RequestState::pending, {}, "", "", {}, {}, "laptop", "", {}, {}, {}, {}, {}, {}};
  request.wish = gate::make_wish(model::operation_of(effect.pushes, "claude"), {"/w", {"git", "push"}}, effect);
  return request;
}

base::Digest digest_of(const std::string& manifest) { return crypto::sha256(manifest); }

// The request as somebody who writes to the vault would have it, with a digest that fits its manifest.
vault::Request with(const model::Effect& effect) {
  vault::Request request = a_request();
  request.wish.manifest = model::manifest(effect);
  request.wish.effect = digest_of(request.wish.manifest);
  return request;
}

bool is_refused(const View& view) { return view.is_gone && view.obstacle == "the request contradicts itself"; }

}  // namespace

TEST_CASE("what is shown of a push is its manifest, and the digest is of what is shown") {
  const View view = look_at(a_request(), "laptop");
  REQUIRE(view.fresh.has_value());
  CHECK(*view.fresh == an_effect());
  CHECK(view.digest == digest_of(model::manifest(*view.fresh)));
  CHECK(view.summary.refs == 2);
  CHECK(view.summary.overwritten == 1);
  CHECK_FALSE(view.is_gone);
  CHECK_FALSE(view.is_changed);
  CHECK_FALSE(view.is_elsewhere);
  CHECK(view.obstacle == "what is on the other side was looked up by the agent's git");
}

TEST_CASE("a request whose operation is not its manifest's is refused") {
  vault::Request request = a_request();
  request.wish.operation.resources.pop_back();  // a tag that nobody is told of
  CHECK(is_refused(look_at(request, "laptop")));
  request = a_request();
  request.wish.operation.resources.push_back({"ssh://h/p#refs/tags/w", model::Extent::item});
  CHECK(is_refused(look_at(request, "laptop")));
  request = a_request();
  request.wish.operation.resources.front().name = "ssh://h/q#refs/heads/main";
  CHECK(is_refused(look_at(request, "laptop")));
  request = a_request();
  request.wish.operation.resources.front().extent = model::Extent::tree;
  CHECK(is_refused(look_at(request, "laptop")));
  request = a_request();
  request.wish.operation.needs = {model::Attribute::tag};  // the force is not said
  CHECK(is_refused(look_at(request, "laptop")));
  request = a_request();
  request.wish.operation.needs.add(model::Attribute::mirror);
  CHECK(is_refused(look_at(request, "laptop")));
}

TEST_CASE("a manifest of another push than the operation's is refused, also with the digest that fits") {
  model::Effect effect = an_effect();
  effect.pushes[0].updates[0].movement = Movement::fast_forward;
  CHECK(is_refused(look_at(with(effect), "laptop")));
  effect = an_effect();
  effect.pushes[0].name = "ssh://h/q";
  CHECK(is_refused(look_at(with(effect), "laptop")));
  effect = an_effect();
  effect.pushes[0].kind = model::PushKind::mirror;
  CHECK(is_refused(look_at(with(effect), "laptop")));
  CHECK(is_refused(look_at(with(model::Effect{}), "laptop")));
  effect = model::Effect{};
  effect.operands = {{"/w/x", {{'f', 1, 1, 1, 1, ""}}}};
  CHECK(is_refused(look_at(with(effect), "laptop")));
}

TEST_CASE("a digest that is not the manifest's is refused, and never signed") {
  vault::Request request = a_request();
  request.wish.effect = digest_of("another");
  const View view = look_at(request, "laptop");
  CHECK(is_refused(view));
  CHECK(view.digest == digest_of(request.wish.manifest));
  request.wish.effect = std::nullopt;
  CHECK(is_refused(look_at(request, "laptop")));
  // The ids, the code and the URL are in no operation; the digest alone holds them.
  for (int which = 0; which < 4; ++which) {
    model::Effect effect = an_effect();
    if (which == 0) effect.pushes[0].updates[0].new_id = k_a;
    if (which == 1) effect.code.clear();
    if (which == 2) effect.pushes[0].url = "elsewhere:p";
    if (which == 3) effect.pushes[0].repository = "/elsewhere";
    request = a_request();
    request.wish.manifest = model::manifest(effect);
    CHECK(is_refused(look_at(request, "laptop")));
    CHECK_FALSE(look_at(with(effect), "laptop").is_gone);
    CHECK(look_at(with(effect), "laptop").digest == digest_of(model::manifest(effect)));
  }
}

TEST_CASE("a summary that the agent made up is not shown") {
  vault::Request request = a_request();
  request.wish.summary = {0, 0, 0, model::Completeness::whole, 1, 0};
  const View view = look_at(request, "laptop");
  CHECK(view.summary.refs == 2);
  CHECK(view.summary.overwritten == 1);
}

TEST_CASE("a list of refs that is not there, or cannot be read, is as told and says so") {
  for (const char* manifest : {"", "x", "pvm-effect/1\npush a\n", "pvm-effect/2\n"}) {
    vault::Request request = a_request();
    request.wish.manifest = manifest;
    const View view = look_at(request, "laptop");
    CHECK_FALSE(view.fresh.has_value());
    CHECK(view.obstacle == "the list of refs is not there, or cannot be read");
    CHECK(view.digest == request.wish.effect);
  }
}

TEST_CASE("a push of another machine is shown as its request has it, and refused where it contradicts itself") {
  vault::Request request = a_request();
  View view = look_at(request, "desk\ntop");
  CHECK(view.is_elsewhere);
  CHECK(view.fresh.has_value());
  CHECK(view.obstacle == "it is on another machine, 'laptop'");
  request.wish.operation.needs = {};
  view = look_at(request, "desktop");
  CHECK(is_refused(view));
  CHECK(view.is_elsewhere);
}
