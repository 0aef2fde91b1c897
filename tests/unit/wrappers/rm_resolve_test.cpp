// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "tests/unit/wrappers/rm_scene.hpp"
#include "wrappers/rm/resolve.hpp"

namespace pvm::wrappers::rm {
namespace {

using model::Extent;
using test::command_of;
using test::resolved;
using test::Scene;
using test::typed;
using test::Words;
using test::WorkingDirectory;

// "item /a" or "tree /a" of each resource.
Words resources(const Resolved& what) {
  Words lines;
  for (const auto& resource : what.operation.resources) {
    lines.push_back((resource.extent == Extent::tree ? "tree " : "item ") + resource.name);
  }
  return lines;
}

Words effect_operands(const Resolved& what) {
  Words paths;
  for (const auto& operand : what.effect.operands) paths.push_back(operand.operand);
  return paths;
}

}  // namespace

TEST_CASE("the refused do not keep the others from being resolved") {
  const Scene scene;
  const Resolved what = resolved({"missing", "file", "full", "to_file"});
  CHECK(typed(what) == Words{"file", "to_file"});
  CHECK(what.own_words ==
        "rm: cannot remove 'missing': No such file or directory\nrm: cannot remove 'full': Is a directory\n");
  CHECK(what.own_status == 1);
}

TEST_CASE("a file is one item, named by its real path") {
  const Scene scene;
  const Resolved what = resolved({"file"});
  CHECK(what.operation.agent == "claude");
  CHECK(what.operation.action == model::Action::rm);
  CHECK(what.operation.needs.is_empty());
  CHECK(resources(what) == Words{"item " + scene.at("file")});
  CHECK(effect_operands(what) == Words{scene.at("file")});
  CHECK(what.effect.operands[0].entries.size() == 1);
  CHECK(what.effect.operands[0].entries[0].size == 2);
  CHECK(what.own_words.empty());
  CHECK(what.own_status == 0);
  REQUIRE(what.targets.size() == 1);
  CHECK(what.targets[0].type == 'f');
  CHECK(what.targets[0].name == "file");
  CHECK(what.parents[what.targets[0].parent].real_path == scene.place.path());
}

TEST_CASE("a directory under -r is a tree and needs recursive; a file under -r needs nothing more") {
  const Scene scene;
  for (const char* option : {"-r", "-R", "--recursive"}) {
    const Resolved tree = resolved({option, "full"});
    CHECK(resources(tree) == Words{"tree " + scene.at("full")});
    CHECK(tree.operation.needs == model::Attributes{model::Attribute::recursive});
    CHECK(tree.effect.operands[0].entries.size() == 3);
    const Resolved file = resolved({option, "file", "to_full"});
    CHECK(resources(file) == Words{"item " + scene.at("file"), "item " + scene.at("to_full")});
    CHECK(file.operation.needs.is_empty());
  }
}

TEST_CASE("an empty directory under -d is one item") {
  const Scene scene;
  for (const char* operand : {"empty", "empty/", "full/sub", "full/sub//"}) {
    const Resolved what = resolved({"-d", operand});
    CAPTURE(operand);
    CHECK(typed(what) == Words{operand});
    CHECK(what.operation.needs.is_empty());
    CHECK(what.operation.resources.at(0).extent == Extent::item);
    CHECK(what.targets[0].type == 'd');
  }
}

TEST_CASE("under -d a directory is empty where all that is in it was named before") {
  const Scene scene;
  CHECK(typed(resolved({"-d", "full/sub", "to_full/f", "full"})) == Words{"full/sub", "to_full/f", "full"});
  const Resolved too_early = resolved({"-d", "full", "full/f", "full/sub"});
  CHECK(typed(too_early) == Words{"full/f", "full/sub"});
  CHECK(too_early.own_words == "rm: cannot remove 'full': Directory not empty\n");
  CHECK(resolved({"-d", "full/f", "full"}).own_words == "rm: cannot remove 'full': Directory not empty\n");
}

TEST_CASE("a symlink is a target for itself, and a slash after it is taken off under -r") {
  const Scene scene;
  CHECK(resources(resolved({"to_full"})) == Words{"item " + scene.at("to_full")});
  CHECK(resources(resolved({"dangling"})) == Words{"item " + scene.at("dangling")});
  for (const char* operand : {"to_full/", "to_full//", "./to_full///"}) {
    CAPTURE(operand);
    const Resolved what = resolved({"-r", operand});
    CHECK(resources(what) == Words{"item " + scene.at("to_full")});
    CHECK(what.targets[0].type == 'l');
    CHECK_FALSE(what.targets[0].typed.ends_with('/'));
    CHECK(what.operation.needs.is_empty());
    CHECK(what.effect.operands[0].entries.size() == 1);
  }
}

TEST_CASE("a real directory keeps the slashes it was typed with") {
  const Scene scene;
  const Resolved what = resolved({"-r", "full//"});
  CHECK(typed(what) == Words{"full//"});
  CHECK(resources(what) == Words{"tree " + scene.at("full")});
  CHECK(what.targets[0].name == "full");
}

TEST_CASE("a symlinked parent is resolved, and so are dots on the way") {
  const Scene scene;
  const Words ways = {"full/f",        "to_full/f",          "./full//f", "to_empty/../full/f",
                      "full/sub/../f", scene.at("to_full/f")};
  const Resolved what = resolved(ways);
  CHECK(typed(what) == ways);
  CHECK(what.parents.size() == 1);
  CHECK(what.parents[0].real_path == scene.at("full"));
  CHECK(resources(what) == Words{"item " + scene.at("full/f")});
  for (const Target& target : what.targets) CHECK(target.path == scene.at("full/f"));
}

TEST_CASE("dots after a symlink are the kernel's, not the text's") {
  const Scene scene;
  scene.place.directory("other");
  scene.place.directory("other/deep");
  scene.place.file("other/file");
  scene.place.link("link", "other/deep");
  CHECK(resources(resolved({"link/../file"})) == Words{"item " + scene.at("other/file")});
}

TEST_CASE("a working directory that is a symlink is named by its real path") {
  const Scene scene;
  const WorkingDirectory here(scene.at("to_full"));
  CHECK(resources(resolved({"f", "../file"})) ==
        Words{"item " + scene.at("file"), "item " + scene.at("full/f")});
}

TEST_CASE("a working directory that was removed resolves nothing") {
  const Scene scene;
  const WorkingDirectory here(scene.at("empty"));
  REQUIRE(::rmdir(scene.at("empty").c_str()) == 0);
  const Resolved what = resolved({"file"});
  CHECK(what.targets.empty());
  CHECK(what.own_words == "rm: cannot remove 'file': No such file or directory\n");
}

TEST_CASE("names of any bytes are resolved as they are") {
  const Scene scene;
  const Words names = {"new\nline", "\xff\xfe", "sp ace", "-rf", "it's", "*", "%41", "\x01", " ", "...", "~"};
  for (const std::string& name : names) scene.place.file(name);
  Words words = {"--"};
  words.insert(words.end(), names.begin(), names.end());
  const Resolved what = resolved(words);
  CHECK(typed(what) == names);
  CHECK(what.own_words.empty());
  for (const std::string& name : names) {
    CHECK(std::ranges::count(resources(what), "item " + scene.at(name)) == 1);
  }
}

TEST_CASE("a repeated operand is one resource and one effect, and stays repeated for rm") {
  const Scene scene;
  const Resolved what = resolved({"-r", "file", "full", "./file", "full/", "file"});
  CHECK(typed(what) == Words{"file", "full", "./file", "full/", "file"});
  CHECK(resources(what) == Words{"item " + scene.at("file"), "tree " + scene.at("full")});
  CHECK(effect_operands(what) == Words{scene.at("file"), scene.at("full")});
}

TEST_CASE("what is beneath another operand is part of that one's effect") {
  const Scene scene;
  scene.place.file("full-2");  // sorts between "full" and "full/f"
  const Resolved what = resolved({"-r", "full/f", "to_full/sub", "full-2", "full"});
  CHECK(resources(what) == Words{"tree " + scene.at("full"), "item " + scene.at("full-2"),
                                 "item " + scene.at("full/f"), "tree " + scene.at("full/sub")});
  CHECK(effect_operands(what) == Words{scene.at("full"), scene.at("full-2")});
  const Resolved link = resolved({"-r", "to_full", "full/f"});
  CHECK(effect_operands(link) == Words{scene.at("full/f"), scene.at("to_full")});
}

TEST_CASE("an unreadable directory is in the effect as such") {
  const Scene scene;
  scene.place.set_mode("full", 0);
  const Resolved what = resolved({"-r", "full"});
  scene.place.set_mode("full", 0700);
  CHECK(resources(what) == Words{"tree " + scene.at("full")});
  const auto& entries = what.effect.operands.at(0).entries;
  CHECK(entries.at(0).type == (::geteuid() == 0 ? 'd' : 'u'));
  CHECK(entries.size() == (::geteuid() == 0 ? 3U : 1U));
}

TEST_CASE("more entries than the bound make the effect bounded, and every operand is still named") {
  const Scene scene;
  scene.place.directory("many");
  for (const char* part : {"many/a", "many/b"}) {
    scene.place.directory(part);
    const std::string first = scene.at(std::string(part) + "/0");
    scene.place.file(std::string(part) + "/0");
    for (int at = 1; at < 50'001; ++at) {  // links are cheaper than files
      REQUIRE(::link(first.c_str(), scene.at(std::string(part) + '/' + std::to_string(at)).c_str()) == 0);
    }
  }
  const Resolved what = resolved({"-r", "many", "to_file"});
  CHECK(what.effect.completeness == model::Completeness::bounded);
  CHECK(effect_operands(what) == Words{scene.at("many"), scene.at("to_file")});
  std::size_t entries = 0;
  for (const auto& operand : what.effect.operands) entries += operand.entries.size();
  CHECK(entries == model::k_effect_bound);
  CHECK(resolved({"-r", "many/a"}).effect.completeness == model::Completeness::whole);
}

TEST_CASE("more parents than descriptors are refused, and nothing is resolved in part") {
  const Scene scene;
  Words words;
  for (int at = 0; at < 80; ++at) {
    const std::string directory = "p" + std::to_string(at);
    scene.place.directory(directory);
    scene.place.file(directory + "/f");
    words.push_back(directory + "/f");
  }
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const struct rlimit lower = {64, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &lower) == 0);
  const auto what = resolve(command_of(words), "claude", "rm");
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE_FALSE(what.has_value());
  CHECK(what.error().code == base::Code::limit);
  CHECK(resolved(words).parents.size() == 80);
}

TEST_CASE("with Landlock one rm runs, with the operands as typed and the parents as its bounds") {
  const Scene scene;
  const RmCommand command =
      command_of({"-rv", "full/sub/", "file", "missing", "to_full/", "to_full/f", "full/f"});
  const auto what = resolve(command, "claude", "rm");
  REQUIRE(what.has_value());
  const auto plans = plan(command, *what, "/bin/rm", "rm", {"LANG=C"}, system::Confinement::landlock);
  REQUIRE(plans.size() == 1);
  CHECK(plans[0].program == "/bin/rm");
  CHECK(plans[0].argv ==
        Words{"rm", "-r", "-v", "--", "full/sub/", "file", "to_full", "to_full/f", "full/f"});
  CHECK(plans[0].environment == Words{"LANG=C"});
  CHECK(plans[0].working_directory == -1);
  REQUIRE(what->parents.size() == 2);
  CHECK(plans[0].removal_roots ==
        std::vector<int>{what->parents[0].descriptor.get(), what->parents[1].descriptor.get()});
}

TEST_CASE("without Landlock one rm runs in each parent, with bare names") {
  const Scene scene;
  const RmCommand command = command_of({"-r", "full/f", "file", "full/sub//", "to_full/", "-I"});
  const auto what = resolve(command, "claude", "rm");
  REQUIRE(what.has_value());
  const auto plans = plan(command, *what, "/bin/rm", "rm", {}, system::Confinement::none);
  REQUIRE(plans.size() == 2);
  CHECK(plans[0].argv == Words{"rm", "-r", "-I", "--", "f", "sub"});
  CHECK(plans[1].argv == Words{"rm", "-r", "-I", "--", "file", "to_full"});
  for (const auto& one : plans) {
    CHECK(one.removal_roots.empty());
    CHECK(one.program == "/bin/rm");
  }
  CHECK(plans[0].working_directory == what->parents[0].descriptor.get());
  CHECK(plans[1].working_directory == what->parents[1].descriptor.get());
  CHECK(what->parents[0].real_path == scene.at("full"));
}

TEST_CASE("a dangling symlink is there, a missing name is not") {
  const Scene scene;
  CHECK(operands::is_there("dangling"));
  CHECK(operands::is_there("full"));
  CHECK_FALSE(operands::is_there("missing"));
  CHECK_FALSE(operands::is_there("file/x"));
}

TEST_CASE("-r is handed on only where there is a directory, so that a file swapped for one is not emptied") {
  const Scene scene;
  const auto argv_of = [](const Words& words) {
    const RmCommand command = command_of(words);
    const auto what = resolve(command, "claude", "rm");
    REQUIRE(what.has_value());
    return plan(command, *what, "/bin/rm", "rm", {}, system::Confinement::landlock).front().argv;
  };
  CHECK(argv_of({"-rf", "file"}) == Words{"rm", "-f", "--", "file"});
  CHECK(argv_of({"-rf", "file", "full"}) == Words{"rm", "-r", "-f", "--", "file", "full"});
  CHECK(argv_of({"-rI", "file"}) == Words{"rm", "-r", "-I", "--", "file"});  // -I asks otherwise with -r
}

TEST_CASE("-I asks for each operand where those that are left out would have made it ask") {
  const Scene scene;
  const RmCommand command = command_of({"-I", "file", "no1", "no2", "no3"});
  const auto what = resolve(command, "claude", "rm");
  REQUIRE(what.has_value());
  const auto plans = plan(command, *what, "/bin/rm", "rm", {}, system::Confinement::landlock);
  CHECK(plans.front().argv == Words{"rm", "-i", "--", "file"});
}

}  // namespace pvm::wrappers::rm
