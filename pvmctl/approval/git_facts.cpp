// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/git_facts.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "libpvm/base/bytes.hpp"
#include "pvmctl/approval/child.hpp"

namespace pvm::pvmctl::approval {
namespace {

constexpr std::chrono::milliseconds k_limit{3000};

// Each of them beats what the repository's own configuration says.
const std::vector<std::string>& overrides() {
  static const std::vector<std::string> words = {
      "--no-pager",
      "--literal-pathspecs",
      "--no-replace-objects",
      "-c",
      "core.fsmonitor=false",
      "-c",
      "core.commitGraph=false",
      "-c",
      "core.hooksPath=/dev/null",
      "-c",
      "core.pager=cat",
      "-c",
      "core.untrackedCache=false",
      "-c",
      "core.attributesFile=/dev/null",
      "-c",
      "core.alternateRefsCommand=/bin/false",
      "-c",
      "core.sshCommand=/bin/false",
      "-c",
      "core.askPass=/bin/false",
      "-c",
      "credential.helper=",
      "-c",
      "diff.external=",
      "-c",
      "gpg.program=/bin/false",
      "-c",
      "log.showSignature=false",
      "-c",
      "protocol.allow=never",
      "-c",
      "submodule.recurse=false",
  };
  return words;
}

bool is_there(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

}  // namespace

GitFacts::GitFacts(std::string program, const system::Environment& environment)
    : program_(std::move(program)), environment_(bare_environment(environment)) {
  for (const char* entry : {"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_OPTIONAL_LOCKS=0",
                            "GIT_ATTR_NOSYSTEM=1", "GIT_GRAFT_FILE=/dev/null", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1",
                            "GIT_ALLOW_PROTOCOL=none"}) {
    environment_.emplace_back(entry);
  }
}

std::optional<std::string> GitFacts::ask(const std::string& directory,
                                         const std::vector<std::string>& words) const {
  ChildCommand command{program_, overrides(), environment_};
  command.arguments.insert(command.arguments.end(), {"-C", directory});
  command.arguments.insert(command.arguments.end(), words.begin(), words.end());
  auto answer = run_captured(command, k_limit);
  if (!answer || answer->status != 0) return std::nullopt;
  return std::move(answer->output);
}

std::optional<std::uint64_t> GitFacts::count_unknown_files(const std::string& top,
                                                           const std::vector<std::string>& paths) const {
  std::vector<std::string> words = {"ls-files", "-z", "--others", "--exclude-standard", "--"};
  words.insert(words.end(), paths.begin(), paths.end());
  const auto list = ask(top, words);
  if (!list) return std::nullopt;
  return static_cast<std::uint64_t>(std::count(list->begin(), list->end(), '\0'));
}

std::optional<std::uint64_t> GitFacts::count_unpushed_commits(const std::string& repository) const {
  auto count = ask(repository, {"rev-list", "--count", "--branches", "--not", "--remotes"});
  if (!count) return std::nullopt;
  if (count->ends_with('\n')) count->pop_back();
  return base::parse_decimal(*count);
}

std::string work_tree_around(const std::string& path) {
  std::string directory = path;
  for (;;) {
    const std::size_t slash = directory.rfind('/');
    if (slash == std::string::npos || directory == "/") return {};
    directory = slash == 0 ? "/" : directory.substr(0, slash);
    const std::string mark = directory == "/" ? "/.git" : directory + "/.git";
    if (is_there(mark)) return directory;
  }
}

}  // namespace pvm::pvmctl::approval
