// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/unit/system/temporary_directory.hpp"
#include "wrappers/operands/effect.hpp"
#include "wrappers/rm/resolve.hpp"

namespace {

using namespace pvm;
using base::Code;
using model::Extent;
using system::Mounts;
using wrappers::operands::effect_of;
using wrappers::rm::mounts_of;

model::Operation removing(std::vector<model::Resource> resources) {
  model::Operation operation;
  operation.agent = "claude";
  operation.resources = std::move(resources);
  return operation;
}

}  // namespace

TEST_CASE("resources are looked up again by their names, and one beneath a tree is part of it") {
  const test::TemporaryDirectory directory;
  directory.make_directory("d");
  directory.write("d/f", "12345");
  directory.write("e", "1");
  const auto effect = effect_of(removing({{directory.at("d"), Extent::tree},
                                          {directory.at("d/f"), Extent::item},
                                          {directory.at("e"), Extent::item}}),
                                Mounts::cross);
  REQUIRE(effect.has_value());
  REQUIRE(effect->operands.size() == 2);
  CHECK(effect->operands[0].operand == directory.at("d"));
  CHECK(effect->operands[0].entries.size() == 2);
  CHECK(model::summarise(*effect) == model::EffectSummary{2, 1, 6, model::Completeness::whole});
}

TEST_CASE("a resource that is gone is missing, by its name") {
  const test::TemporaryDirectory directory;
  for (const char* name : {"gone", "gone/beneath"}) {
    const auto effect = effect_of(removing({{directory.at(name), Extent::item}}), Mounts::cross);
    REQUIRE_FALSE(effect.has_value());
    CHECK(effect.error().code == Code::missing);
    CHECK(effect.error().message.find(directory.at(name)) != std::string::npos);
  }
}

TEST_CASE("a directory on the way that was swapped for a symlink is not what it was") {
  const test::TemporaryDirectory directory;
  directory.make_directory("real");
  directory.write("real/f", "1");
  std::filesystem::create_symlink(directory.at("real"), directory.at("link"));
  const auto effect = effect_of(removing({{directory.at("link/f"), Extent::item}}), Mounts::cross);
  REQUIRE_FALSE(effect.has_value());
  CHECK(effect.error().code == Code::conflict);
  CHECK(effect.error().message.find("is not what it was") != std::string::npos);
}

TEST_CASE("what rm would never remove is no resource") {
  for (const char* name : {"/", "relative", "/a/../b", "/a/"}) {
    CAPTURE(name);
    CHECK(effect_of(removing({{name, Extent::tree}}), Mounts::cross).error().code == Code::malformed);
  }
}

TEST_CASE("an invocation says whether mounts are crossed") {
  CHECK(mounts_of({"/", {"rm", "-r", "--one-file-system", "a"}}) == Mounts::stay);
  CHECK(mounts_of({"/", {"rm", "-r", "--one", "a"}}) == Mounts::stay);
  CHECK(mounts_of({"/", {"rm", "-r", "--", "--one-file-system"}}) == Mounts::cross);
  CHECK(mounts_of({"/", {"rm", "--unknown"}}) == Mounts::cross);
  CHECK(mounts_of({"/", {}}) == Mounts::cross);
}

TEST_CASE("how far an operation reaches is looked up, not believed") {
  const test::TemporaryDirectory directory;
  directory.make_directory("d");
  directory.write("d/f", "12345");
  directory.write("e", "1");
  auto told_as_item = removing({{directory.at("d"), Extent::item}});
  told_as_item.needs = {model::Attribute::recursive};
  CHECK(effect_of(told_as_item, Mounts::cross).error().code == Code::conflict);
  auto without_a_tree = removing({{directory.at("e"), Extent::item}});
  without_a_tree.needs = {model::Attribute::recursive};
  CHECK(effect_of(without_a_tree, Mounts::cross).error().code == Code::conflict);
  CHECK(effect_of(removing({{directory.at("e"), Extent::item}}), Mounts::cross).has_value());
}
