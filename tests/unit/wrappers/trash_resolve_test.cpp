// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <time.h>

#include <filesystem>
#include <map>

#include "tests/unit/system/playground.hpp"
#include "wrappers/operands/effect.hpp"
#include "wrappers/trash/bins.hpp"
#include "wrappers/trash/resolve.hpp"

namespace pvm::wrappers::trash {
namespace {

using model::Extent;
using test::Playground;
using test::WorkingDirectory;
using Words = std::vector<std::string>;

struct Scene {
  Playground place;
  WorkingDirectory here{place.path()};

  Scene() {
    place.file("file", "12");
    place.file("none");
    place.directory("full");
    place.file("full/f", "123");
    place.directory("full/sub");
    place.link("to_full", "full");
    place.link("dangling", "nowhere");
  }
  [[nodiscard]] std::string at(std::string_view name) const { return place.path(name); }
};

Resolved resolved(const Words& operands) {
  TrashCommand command;
  command.operands = operands;
  auto result = resolve(command, "claude");
  REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().message));
  return std::move(*result);
}

Words paths(const Resolved& what) {
  Words words;
  for (const Target& target : what.targets) words.push_back(target.path);
  return words;
}

// What trash-put says of an operand, which is not handed on, and the status that goes with it.
void check_refused(const std::string& operand, const std::string& kind, int status = 74) {
  CAPTURE(operand);
  const Resolved what = resolved({operand});
  CHECK(what.targets.empty());
  CHECK(what.operation.resources.empty());
  CHECK(what.own_words == "trash-put: cannot trash " + kind + " '" + as_python_writes(operand) + "'\n");
  CHECK(what.own_status == status);
}

}  // namespace

TEST_CASE("a path is normalised as text, as Python does it") {
  for (const auto& [path, expected] : std::vector<std::pair<std::string, std::string>>{
           {"", "."},          {".", "."},           {"./", "."},       {"a", "a"},           {"a/", "a"},
           {"a//b", "a/b"},    {"a/./b", "a/b"},     {"a/../b", "b"},   {"a/..", "."},        {"..", ".."},
           {"../", ".."},      {"../../a", "../../a"}, {"a/../..", ".."}, {"a/b/../../..", ".."}, {"/", "/"},
           {"//", "//"},       {"///", "/"},         {"//a", "//a"},    {"///a", "/a"},       {"/..", "/"},
           {"/../a", "/a"},    {"//../a", "//a"},    {"/a/../..", "/"}, {"a/b/c/../..", "a"}, {"...", "..."}}) {
    CHECK(normalised(path) == expected);
  }
}

TEST_CASE("a directory is one tree, whatever was typed, and all else one item") {
  const Scene scene;
  const Resolved what = resolved({"file", "full", "to_full/", "dangling", "none"});
  CHECK(paths(what) == Words{scene.at("file"), scene.at("full"), scene.at("to_full"), scene.at("dangling"), scene.at("none")});
  CHECK(what.operation.agent == "claude");
  CHECK(what.operation.action == model::Action::trash);
  CHECK(what.operation.needs == model::Attributes{model::Attribute::recursive});
  CHECK(what.operation.resources == std::vector<model::Resource>{{scene.at("dangling"), Extent::item},
                                                                {scene.at("file"), Extent::item},
                                                                {scene.at("full"), Extent::tree},
                                                                {scene.at("none"), Extent::item},
                                                                {scene.at("to_full"), Extent::item}});
  CHECK(model::summarise(what.effect) == model::EffectSummary{5, 2, 5, model::Completeness::whole});
  CHECK(what.own_words.empty());
  CHECK(what.own_status == 0);
  CHECK(resolved({"file"}).operation.needs.is_empty());
}

TEST_CASE("what an operand is to trash-put, not to the kernel, is what is resolved") {
  const Scene scene;
  scene.place.file("full/sub/x");
  scene.place.link("deep", "full/sub");
  scene.place.file("x");
  for (const auto& [operand, path] : std::vector<std::pair<std::string, std::string>>{
           {"deep/../x", "x"},          // the kernel's would be full/x
           {"nowhere/../x", "x"},       // the kernel's would be none
           {"full/sub/../", "full"},
           {"x/", "x"},                 // the kernel's would be none
           {"deep/", "deep"},           // the kernel's would be full/sub
           {"deep/x", "full/sub/x"},
           {"full//./sub///", "full/sub"}}) {
    const Resolved what = resolved({operand});
    CHECK(paths(what) == Words{scene.at(path)});
    CHECK(what.targets[0].typed == operand);
  }
}

TEST_CASE("what trash-put does not trash is answered in its words, and not handed on") {
  const Scene scene;
  check_refused("missing", "non existent");
  check_refused("missing/", "non existent");
  check_refused("file/x", "non existent");
  check_refused("", "non existent");
  check_refused("/", "directory");
  check_refused("//", "directory");
  check_refused("/../", "directory");
  check_refused("./", "directory");
  check_refused("../", "directory");
  check_refused("full/../", "directory");
  check_refused(".", "directory", 0);
  check_refused("..", "directory", 0);
  check_refused("full/.", "'.' directory", 0);
  check_refused("full/..", "'..' directory", 0);
  check_refused("file/.", "non existent", 0);
  check_refused("/proc", "directory");  // a mount point
  check_refused("mis\xff\nsing", "non existent");
  const std::string longest(245, 'n');
  scene.place.file(longest);
  CHECK(paths(resolved({longest})) == Words{scene.at(longest)});
  scene.place.file(longest + "n", "x");
  check_refused(longest + "n", "regular file");
  scene.place.file("\xff");
  check_refused("\xff", "regular empty file");
  const Resolved mixed = resolved({"missing", "file", ".", "full/f"});
  CHECK(paths(mixed) == Words{scene.at("file"), scene.at("full/f")});
  CHECK(mixed.own_words == "trash-put: cannot trash non existent 'missing'\ntrash-put: cannot trash directory '.'\n");
  CHECK(mixed.own_status == 74);
}

TEST_CASE("a directory beneath one that is not UTF-8 cannot be recorded either") {
  const Scene scene;
  scene.place.directory("\xe9t\xe9");
  scene.place.file("\xe9t\xe9/f");
  check_refused("\xe9t\xe9/f", "regular empty file");
}

TEST_CASE("one trash-put runs, confined to the parents and the trash; else one in each parent") {
  const Scene scene;
  TrashCommand command;
  command.verbose = true;
  command.operands = {"full/f", "file", "missing", "full/sub/"};
  const auto what = resolve(command, "claude");
  REQUIRE(what.has_value());
  const gate::RealCommand real{"trash-put", "/usr/bin/trash-put", {"HOME=/h"}};
  const auto confined = plan(command, *what, real, {77}, system::Confinement::landlock);
  REQUIRE(confined.size() == 1);
  CHECK(confined[0].argv == Words{"trash-put", "-v", "--", "full/f", "file", "full/sub/"});
  CHECK(confined[0].program == "/usr/bin/trash-put");
  CHECK(confined[0].environment == Words{"HOME=/h"});
  CHECK(confined[0].moves == system::Moves::allowed);
  CHECK(confined[0].removal_roots ==
        std::vector<int>{what->parents[0].descriptor.get(), what->parents[1].descriptor.get(), 77});
  const auto apart = plan(command, *what, real, {77}, system::Confinement::none);
  REQUIRE(apart.size() == 2);
  CHECK(apart[0].argv == Words{"trash-put", "-v", "--", "f", "sub"});
  CHECK(apart[0].working_directory == what->parents[0].descriptor.get());
  CHECK(apart[1].argv == Words{"trash-put", "-v", "--", "file"});
  CHECK(apart[1].removal_roots.empty());
  const auto by_gio = plan(command, *what, {"gio", "/usr/bin/gio", {}}, {}, system::Confinement::landlock);
  CHECK(by_gio[0].argv == Words{"gio", "trash", "--", "./full/f", "./file", "./full/sub/"});
}

TEST_CASE("to the trash a directory is never an item, so one in a file's place is told") {
  const Scene scene;
  model::Operation operation;
  operation.agent = "claude";
  operation.action = model::Action::trash;
  operation.resources = {{scene.at("full"), Extent::item}};
  CHECK(operands::effect_of(operation, system::Mounts::cross).error().code == base::Code::conflict);
  operation.resources = {{scene.at("full"), Extent::tree}};
  operation.needs.add(model::Attribute::recursive);
  CHECK(operands::effect_of(operation, system::Mounts::cross).has_value());
}

TEST_CASE("where something was put is found by what was written beside it, from the start of the run on") {
  const Scene scene;
  const Resolved what = resolved({"file", "full", "dangling", "none", "full/f"});
  scene.place.directory("Trash");
  scene.place.directory("Trash/info");
  scene.place.directory("Trash/files");
  const std::vector<Bin> home = {{scene.at("Trash"), ""}};
  const timespec ever{0, 0};
  CHECK(restorable_text(home, what.targets, ever).empty());
  const auto put = [&](const std::string& name, const std::string& info) {
    scene.place.file("Trash/info/" + name + ".trashinfo", info);
    scene.place.file("Trash/files/" + name);
  };
  put("other", "[Trash Info]\nPath=/elsewhere\n");
  put("broken", "[Trash Info]\nPath=%2\nDeletionDate=x\n");
  put("odd", "[Trash Info]\nPath=%zz\n");
  put("empty", "");
  scene.place.file("Trash/info/lost.trashinfo", "[Trash Info]\nPath=" + scene.at("none") + "\n");  // and no file
  scene.place.link("Trash/info/link.trashinfo", "/dev/zero");
  CHECK(restorable_text(home, what.targets, ever).empty());
  put("file_1", "[Trash Info]\nPath=" + scene.at("fil%65") + "\nDeletionDate=2026-01-01T00:00:00\n");
  CHECK(restorable_text(home, what.targets, ever) == "restorable from '" + scene.at("Trash/files/file_1") + "'");
  const timespec later{::time(nullptr) + 60, 0};
  CHECK(restorable_text(home, what.targets, later).empty());
  for (const char* name : {"full", "dangling", "none"}) put(name, "[Trash Info]\nPath=" + scene.at(name) + "\n");
  CHECK(restorable_text(home, what.targets, ever).ends_with("' and 1 more"));
  // Of a file system of its own the path is relative.
  const std::vector<Bin> of_top = {{scene.at("Trash"), scene.place.path()}};
  put("relative", "[Trash Info]\nPath=full/f\n");
  CHECK(restorable_text(of_top, {what.targets[4]}, ever) == "restorable from '" + scene.at("Trash/files/relative") + "'");
}

TEST_CASE("the trash is looked for where trash-put puts things") {
  const Scene scene;
  const Resolved what = resolved({"file"});
  using Variables = std::map<std::string, std::string, std::less<>>;
  const auto first = [&](const Variables& variables) { return bins_for(what, system::Environment(variables)).front().path; };
  CHECK(first({{"HOME", "/h"}, {"XDG_DATA_HOME", "/d"}}) == "/d/Trash");
  CHECK(first({{"HOME", "/h"}}) == "/h/.local/share/Trash");
  const auto bins = bins_for(what, system::Environment());
  REQUIRE(bins.size() == 2);
  CHECK(scene.place.path().starts_with(bins[0].top));
  CHECK(bins[0].path.find("/.Trash/") != std::string::npos);
  CHECK(bins[1].path.find("/.Trash-") != std::string::npos);
  // The home trash is made where it lacks, and only where things can come to it.
  CHECK(open_infos({{scene.at("data/Trash"), ""}, {scene.at("no/.Trash-1"), "/"}}, what).size() == 1);
  CHECK(std::filesystem::is_directory(scene.at("data/Trash/info")));
  CHECK_FALSE(std::filesystem::exists(scene.at("no")));
  CHECK(open_infos({{"/proc/nowhere/Trash", ""}}, what).empty());
  // One that leads elsewhere is not to widen what may be removed.
  scene.place.directory("led");
  scene.place.link("led/info", "/");
  CHECK(open_infos({{scene.at("led"), ""}}, what).empty());
}

}  // namespace pvm::wrappers::trash
