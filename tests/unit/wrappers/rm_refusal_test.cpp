// SPDX-License-Identifier: Apache-2.0
// Operands that rm refuses by itself: they are not handed on, and the words are its own.
#include <doctest/doctest.h>
#include <unistd.h>

#include "libpvm/base/text.hpp"
#include "tests/unit/wrappers/real_rm.hpp"
#include "tests/unit/wrappers/rm_scene.hpp"
#include "wrappers/rm/resolve.hpp"

namespace pvm::wrappers::rm {
namespace {

using test::command_of;
using test::resolved;
using test::run_real_rm;
using test::Scene;
using test::typed;
using test::Words;

// That nothing of `words` is handed on, and what is said instead is what a real rm says.
void check_refused_as_by_rm(const Scene& scene, const Words& words) {
  CAPTURE(base::shell_command(words));
  const Resolved what = resolved(words);
  CHECK(what.targets.empty());
  CHECK(what.operation.resources.empty());
  CHECK(what.effect.operands.empty());
  Words argv = {"rm"};
  argv.insert(argv.end(), words.begin(), words.end());
  const auto real = run_real_rm(argv, scene.place.path());
  CHECK(what.own_words == real.errors);
  CHECK(what.own_status == real.status);
}

void check_refused(const Words& words, const std::string& expected) {
  CAPTURE(base::shell_command(words));
  const Resolved what = resolved(words);
  CHECK(what.targets.empty());
  CHECK(what.own_words == expected);
  CHECK(what.own_status == 1);
}

}  // namespace

TEST_CASE("the root is never a target, however it is written") {
  const Scene scene;
  scene.place.link("root", "/");
  const std::string how = "rm: use --no-preserve-root to override this failsafe\n";
  check_refused({"-r", "/"}, "rm: it is dangerous to operate recursively on '/'\n" + how);
  check_refused({"-rf", "///"}, "rm: it is dangerous to operate recursively on '/'\n" + how);
  check_refused({"-r", "//"}, "rm: it is dangerous to operate recursively on '//' (same as '/')\n" + how);
  check_refused({"-r", "root/"},
                "rm: it is dangerous to operate recursively on 'root/' (same as '/')\n" + how);
  check_refused({"-r", "--no-preserve-root", "/"}, "rm: it is dangerous to operate recursively on '/'\n");
  check_refused({"-rf", "--preserve-root=all", "--no-preserve-root", "root//"},
                "rm: it is dangerous to operate recursively on 'root/' (same as '/')\n");
  check_refused({"/"}, "rm: cannot remove '/': Is a directory\n");
  check_refused({"-f", "//"}, "rm: cannot remove '//': Is a directory\n");
  check_refused({"-d", "/"}, "rm: cannot remove '/': Directory not empty\n");
  check_refused({"-r", "/."}, "rm: refusing to remove '.' or '..' directory: skipping '/.'\n");
  check_refused({"-r", "/.."}, "rm: refusing to remove '.' or '..' directory: skipping '/..'\n");
}

TEST_CASE("'.' and '..' are never targets, whatever is written around them") {
  const Scene scene;
  const std::string refusing = "rm: refusing to remove '.' or '..' directory: skipping ";
  for (const char* options : {"-r", "-rf", "-rd", "-ri"}) {
    check_refused({options, "."}, refusing + "'.'\n");
    check_refused({options, ".."}, refusing + "'..'\n");
    check_refused({options, "./"}, refusing + "'./'\n");
    check_refused({options, "..//"}, refusing + "'../'\n");
    check_refused({options, "full/."}, refusing + "'full/.'\n");
    check_refused({options, "full/sub/..//"}, refusing + "'full/sub/../'\n");
    check_refused({options, "to_full/."}, refusing + "'to_full/.'\n");
    check_refused({options, "to_full/.."}, refusing + "'to_full/..'\n");
  }
  check_refused({"-d", "empty/."}, refusing + "'empty/.'\n");
  check_refused({"."}, "rm: cannot remove '.': Is a directory\n");
  check_refused({"-f", ".."}, "rm: cannot remove '..': Is a directory\n");
  check_refused({"-d", "."}, "rm: cannot remove '.': Directory not empty\n");
  check_refused({"-r", "missing/.."}, "rm: cannot remove 'missing/..': No such file or directory\n");
  check_refused({"-r", "file/."}, "rm: cannot remove 'file/.': Not a directory\n");
}

TEST_CASE("what rm would not remove is refused in rm's words, with every option that changes them") {
  const Scene scene;
  const std::string long_name(300, 'n');
  const Words operands = {"missing",
                          "missing/",
                          "missing///",
                          "missing/x",
                          "",
                          "file/",
                          "file///",
                          "file/x",
                          "file/x/",
                          "to_file/",
                          "dangling/",
                          "dangling//",
                          "dangling/x",
                          "loop/",
                          "loop/x",
                          "to_file/x",
                          long_name,
                          "it's",
                          "new\nline",
                          "\xff\xfe",
                          "a b",
                          "full/gone",
                          "to_full/gone",
                          "'",
                          "-x",
                          long_name + "/x",
                          std::string(5000, 'a')};
  for (const std::string& operand : operands) {
    for (const char* option :
         {"-v", "-f", "-d", "-df", "-r", "-rf", "-i", "--interactive=never", "-fi", "-I"}) {
      check_refused_as_by_rm(scene, {option, "--", operand});
    }
  }
}

TEST_CASE("a directory without -r is refused in rm's words") {
  const Scene scene;
  const Words operands = {"empty",    "full",      "full/",      "full//",
                          "to_full/", "to_empty/", "to_empty//", "full/sub"};
  for (const std::string& operand : operands) {
    for (const char* option : {"-v", "-f", "-i", "--one-file-system", "--preserve-root=all"}) {
      check_refused_as_by_rm(scene, {option, operand});
    }
  }
  for (const char* operand : {"full", "full/", "to_full/", "to_empty/", "to_empty//"}) {
    for (const char* option : {"-d", "-df", "-dv"}) check_refused_as_by_rm(scene, {option, operand});
  }
}

TEST_CASE("refusals of several operands come in the order typed") {
  const Scene scene;
  check_refused_as_by_rm(scene, {"missing", "full", "file/", "missing", "to_full/"});
  check_refused_as_by_rm(scene, {"-f", "missing", "full", "file/"});
}

TEST_CASE("messages call rm by the name given") {
  const Scene scene;
  const auto what = resolve(command_of({"missing"}), "claude", "/bin/rm");
  REQUIRE(what.has_value());
  CHECK(what->own_words == "/bin/rm: cannot remove 'missing': No such file or directory\n");
}

TEST_CASE("what cannot be looked up is refused in rm's words") {
  const Scene scene;
  scene.place.set_mode("full", 0);
  if (::geteuid() == 0) {  // may look up everything
    CHECK(typed(resolved({"full/f"})) == Words{"full/f"});
  } else {
    for (const char* option : {"-v", "-f", "-r", "-i"})
      check_refused_as_by_rm(scene, {option, "full/f", "full/f/"});
    check_refused_as_by_rm(scene, {"-d", "full"});
  }
  scene.place.set_mode("full", 0700);
}

}  // namespace pvm::wrappers::rm
